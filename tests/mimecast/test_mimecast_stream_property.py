"""Properties of ``exporter.mimecast.stream``: against what json makes of the whole document, through both readings."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from plain_reading import READINGS, due, outcome, pieces, scanning_at

from exporter.collectors.question import Reading
from exporter.errors import Reason
from exporter.mimecast.envelope import Envelope

KEYS = st.sampled_from(["training", "a", 'q"', "]},{[", "data", "meta", "\\", "\u00e9"]) | st.text(max_size=4)
TEXTS = st.sampled_from(
    ['{"training": [', '"},{"training":', "]}", "\\", "\ud800", "\u2028", "\U0001f511", ",", "x" * 99]
)
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS | st.text()
)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)
USERS = st.lists(st.dictionaries(KEYS, VALUES, max_size=4) | VALUES, max_size=8)
ALIKE = st.lists(
    VALUES.map(lambda value: {"training": value, "other": [{"training": value}, {"training": 1}]}), max_size=8
)
META = st.sampled_from(
    [{"status": 200}, {"status": 200.0, "pagination": {"next": "eN]"}}, {"status": 500}, {"status": "200"}]
)
FAIL = st.sampled_from([[], [], None, [{"code": "internal-error"}], "odd"])
STYLES: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        {"separators": (",", ":")},
        {},
        {"separators": (" ,", " : ")},
        {"indent": 2},
        {"indent": "\t", "ensure_ascii": False},
        {"separators": (",", ":"), "ensure_ascii": False},
    ]
)
CUTS = st.lists(st.integers(0, 1 << 16), max_size=12)
SCAN_AT = st.sampled_from([1, 7, 60, 1 << 18])


@st.composite
def documents(draw: st.DrawFn) -> bytes:
    """Make answers in any style, with ``data`` anywhere among the keys."""
    parts = {"meta": draw(META), "fail": draw(FAIL), "data": draw(USERS | ALIKE), "more": draw(VALUES)}
    order = draw(st.permutations(sorted(parts)))
    text = json.dumps({name: parts[name] for name in order}, **draw(STYLES))
    ends = draw(st.sampled_from(["\n", "\r\n", "\n \t"]))
    return text.replace("\n", ends).encode(errors="backslashreplace")


@pytest.mark.parametrize("reading", READINGS.values(), ids=READINGS)
@settings(max_examples=100, deadline=None)
@given(text=documents(), cuts=CUTS, scan_at=SCAN_AT)
def test_any_document_in_any_pieces(reading: Reading[Any], text: bytes, cuts: list[int], scan_at: int) -> None:
    """An answer in any style and any pieces comes to what json makes of the whole, or fails for the same reason."""
    with scanning_at(scan_at):
        assert due(text) == outcome(pieces(text, cuts), reading)


@pytest.mark.parametrize("reading", READINGS.values(), ids=READINGS)
@settings(max_examples=150, deadline=None)
@given(
    text=documents(),
    place=st.integers(0, 1 << 16),
    gone=st.integers(0, 3),
    new=st.sampled_from(list(map(bytes, [b"", *zip(b'{}[],:"\\ \n\r\t\x0b\x0c\x00\xff\xc3n/0-', strict=True)]))),
    cuts=CUTS,
    scan_at=SCAN_AT,
)
def test_any_document_that_is_damaged(  # noqa: PLR0917
    reading: Reading[Any], text: bytes, place: int, gone: int, new: bytes, cuts: list[int], scan_at: int
) -> None:
    """A damaged answer fails for its reason, or comes to what json makes of it; never to a part of it."""
    place %= len(text) + 1
    damaged = text[:place] + new + text[place + gone :]
    if b"\0" not in damaged[:4]:
        with scanning_at(scan_at):
            assert due(damaged) == outcome(pieces(damaged, cuts), reading)


@settings(max_examples=100, deadline=None)
@given(text=documents(), end=st.integers(0, 1 << 16), cuts=CUTS, scan_at=SCAN_AT)
def test_any_document_that_is_cut(text: bytes, end: int, cuts: list[int], scan_at: int) -> None:
    """An answer that is cut before its last bracket is never read."""
    cut = text[: end % len(text.rstrip())]
    with scanning_at(scan_at):
        assert outcome(pieces(cut, cuts)) in {Reason.NOT_JSON, Reason.ENCODING}


class Row(msgspec.Struct):
    """A record that knows one field."""

    a: int = 0


@settings(max_examples=100, deadline=None)
@given(rows=st.lists(st.tuples(st.integers(-9, 9), VALUES), max_size=20), style=STYLES, cuts=CUTS, scan_at=SCAN_AT)
@example(rows=[(1, {"a": 2}), (3, [{"a": 4}, {"a": 5}])], style={}, cuts=[50, 60, 70], scan_at=7)
def test_typed_records(rows: list[tuple[int, Any]], style: dict[str, Any], cuts: list[int], scan_at: int) -> None:
    """Elements become typed records whatever stands in fields that the type does not know, and one by one if odd."""
    reading: Reading[Row] = Reading(
        lambda _: Row, lambda element: Row(element["a"]) if isinstance(element, dict) else Row()
    )
    users = [{"a": number, "unknown": value} for number, value in rows]
    text = json.dumps({"data": users, "meta": {"status": 200}}, **style).encode(errors="surrogatepass")
    expected: object = ([Row(number) for number, _ in rows], Envelope(None))
    if due(text) is Reason.ENCODING:
        expected = Reason.ENCODING
    with scanning_at(scan_at):
        assert expected == outcome(pieces(text, cuts), reading)
