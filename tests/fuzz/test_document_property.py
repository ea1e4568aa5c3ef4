"""Whatever stands in an answer about trainings, the page is what an independent count makes of it (G11)."""

import json
import sys
import time
from datetime import datetime
from typing import Any

import pytest
from answer_target import target
from hypothesis import given, settings
from hypothesis import strategies as st

SHORT, LONG = 120, 15_000

Values = st.SearchStrategy[Any]

ODD: Values = st.sampled_from([None, "", True, 0, 1, -1, 2.0, 1e300, "1", "true", [], {}, [{}], "\ud800", 10**30])
TITLES = st.sampled_from(["Passwords", " Passwords", "passwords", "Pass\u2028words", "Test 1", "(other titles)", "\0"])
NAMES = TITLES | st.text(max_size=3) | st.sampled_from(["x" * 200, "x" * 201])
IDS = st.sampled_from(["eN1", "eN2", "a\nb", "x" * 256, "x" * 257]) | st.text(max_size=2)
MOMENTS = st.builds(
    "{}{}".format,
    st.datetimes(datetime(2026, 6, 1), datetime(2027, 1, 1)).map(datetime.isoformat)  # noqa: DTZ001 - what follows
    | st.sampled_from(["0001-01-01T00:00:00", "9999-12-31T23:59:59", "2026-11-11T12:00:00", "2026-11-25T12:00:00"]),
    st.sampled_from(["", "Z", "+0000", "-09:30", "+14"]),
)
ANSWERS = st.integers(-2, 20) | st.sampled_from([2**63 - 1, -(2**63), 2**63])


def field(names: list[str], values: Values) -> Values:
    """Return an object with a field under one of its names, with both, or without it; now and then it is odd."""
    some = st.integers(0, 14).flatmap(lambda dice: ODD if dice == 14 else values)
    return st.dictionaries(st.sampled_from(names), some, max_size=len(names))


def together(*objects: Values) -> Values:
    """Return one object with the fields of all."""
    return st.tuples(*objects).map(lambda parts: {key: part[key] for part in parts for key in part})


ROWS = together(
    st.booleans().map(lambda watched: {"watched": watched}),
    field(["title"], NAMES),
    field(["titleId"], IDS),
    field(["assignedTimeStamp"], MOMENTS),
    field(["watchedDate", "watchedData"], MOMENTS),
    field(["onWatchlist", "onWatchList"], st.booleans()),
    field(["myAnswer", "myAsnwer"], ANSWERS),
    field(["userEmail"], st.just("ann@example.com")),
)
USERS = together(
    st.lists(st.integers(0, 40).flatmap(lambda dice: ODD if dice == 40 else ROWS), max_size=6).map(
        lambda rows: {"training": rows}
    ),
    field(["needEngagement"], st.booleans()),
    field(["meritBadge"], st.sampled_from([{}, {"a": 1}])),
)
DOCUMENTS = st.fixed_dictionaries(
    {"data": st.lists(USERS | USERS | USERS | ODD, max_size=8), "meta": st.just({"status": 200})},
    optional={"fail": st.sampled_from([[], [], None]), "more": ODD},
)
STYLES: st.SearchStrategy[dict[str, Any]] = st.sampled_from([{}, {"separators": (",", ":")}, {"indent": 1}])


def test_any_answer_about_trainings(pytestconfig: pytest.Config) -> None:
    """An answer, however odd, makes the series of an independent count, with any settings and in any pieces."""
    examples = LONG if pytestconfig.getoption("--long") else SHORT

    @settings(max_examples=examples)
    @given(document=DOCUMENTS, style=STYLES, options=st.integers(0, 255))
    def check(document: dict[str, Any], style: dict[str, Any], options: int) -> None:
        target(bytes((0, options)) + json.dumps(document, **style).encode())

    began = time.monotonic()
    check()
    sys.stdout.write(f"{examples} answers in {time.monotonic() - began:.0f} s\n")
