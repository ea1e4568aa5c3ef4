"""Faults of the records: odd, missing and strange values in the training details; elsewhere the answer is right."""

import json
from collections.abc import Callable, Iterable
from typing import Any, Final

from exporter.simulator.answer import Answer, envelope
from exporter.simulator.fault.fault import Act, Fault, Scene
from exporter.simulator.path import TRAINING_PATH

Row = dict[str, Any]

_RIGHT: Final[Row] = {
    "title": "Odd",
    "titleId": "eNodd",
    "assignedTimeStamp": "2026-01-01T07:00:00+0000",
    "watched": True,
    "watchedDate": "2026-01-03T07:00:00+0000",
    "onWatchlist": False,
    "myAnswer": 2,
}
_ODD: Final[tuple[Any, ...]] = (None, True, False, 0, 1, -1, 1.5, "", "x", "true", [], {})
_SPELLINGS: Final = (
    ("watchedDate", "watchedData", "2026-01-04T07:00:00+0000"),
    ("onWatchlist", "onWatchList", True),
    ("myAnswer", "myAsnwer", 3),
)
_DATES: Final = (
    "2026-01-02T07:00:00+0000",
    "2026-01-02T07:00:00+00:00",
    "2026-01-02T07:00:00Z",
    "2026-01-02T07:00:00.123Z",
    "2026-01-02T07:00:00.123456+0100",
    "2026-01-02T07:00:00",
    "2026-01-02 07:00:00",
    "2026-03-29T02:30:00+01:00",
    "2026-01-02T23:59:60Z",
    "2026-13-01T00:00:00Z",
    "2026-02-30T00:00:00Z",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "2199-01-01T00:00:00Z",
    "02/01/2026",
    "soon",
    1_767_225_600,
    True,
)


def _people(make: Callable[[], Iterable[Any]]) -> Act:
    """Put more people behind those who are there."""

    def act(scene: Scene) -> Answer:
        data = scene.data()
        more = b",".join(json.dumps(person).encode() for person in make())
        return Answer(200, envelope(data[:-1] + (b"," if data != b"[]" else b"") + more + b"]"))

    return act


def _of_training(act: Act) -> Act:
    return lambda scene: act(scene) if scene.exchange.request.path == TRAINING_PATH else scene.right()


def _person(rows: Any, **fields: Any) -> Row:
    return {"training": rows, "needEngagement": False, "meritBadge": {}} | fields


def _rows(*rows: Any) -> Act:
    """Put one more person there, with these rows."""
    return _people(lambda: [_person(list(rows))])


def _each(name: str, values: Iterable[Any]) -> Act:
    return _rows(*(_RIGHT | {name: value} for value in values))


def _without(row: Row, *names: str) -> Row:
    return {name: value for name, value in row.items() if name not in names}


def _new_ids(scene: Scene) -> Answer | None:
    number = round(scene.exchange.call.monotonic * 1e6)
    return _each("titleId", (f"eN{number}x{place}" for place in range(5)))(scene)


def _half(scene: Scene) -> Answer:
    people = json.loads(scene.data())
    return Answer(200, envelope(json.dumps(people[::2], separators=(",", ":")).encode()))


def _again(scene: Scene) -> Answer:
    people = json.loads(scene.data())
    again = [person | {"training": [*person["training"], *person["training"][:1]]} for person in people[:3]]
    return Answer(200, envelope(json.dumps(people + again, separators=(",", ":")).encode()))


def _spelled_twice(row: Row) -> Row:
    return row | {second: other for _, second, other in _SPELLINGS}


def _spelled_otherwise(row: Row) -> Row:
    return _without(row, *(first for first, _, _ in _SPELLINGS)) | {
        second: row[first] for first, second, _ in _SPELLINGS
    }


def _in_capitals(row: Row) -> Row:
    return {name.upper() if name != "watched" else name: value for name, value in row.items()}


_PERSONAL: Final = {
    "emailAddress": "planted.person@secret.example",
    "name": "Planted Person",
    "clickedIp": "192.0.2.77",
    **{f"custom{number}": "planted custom value" for number in range(200)},
}

_TABLE: Final[tuple[tuple[str, str, Act], ...]] = (
    ("no_rows", "has people with nothing assigned", _people(lambda: [_person([])] * 3)),
    ("few_odd_records", "has odd elements among people and rows", _people(
        lambda: [None, "odd", ["odd"], _person([_RIGHT, None, "odd", ["odd"], 7])])),
    ("many_odd_records", "has more odd rows than others", _rows(*[None] * 1000)),
    ("odd_training", "has people whose training is no list", _people(
        lambda: [_without(_person([]), "training"), *map(_person, (None, {}, "none"))])),
    ("odd_flags", "has odd values for needEngagement and meritBadge", _people(
        lambda: [_person([_RIGHT], needEngagement=odd, meritBadge=odd) for odd in _ODD])),
    ("fields_missing", "has a row without each of the fields", _rows(*(_without(_RIGHT, name) for name in _RIGHT))),
    ("fields_wrong", "has a row for each field and each kind of value", _rows(
        *(_RIGHT | {name: odd} for name in _RIGHT for odd in _ODD))),
    ("odd_watched", "has rows whose watched is no boolean", _each("watched", ("false", "true", 1, 0, None, ""))),
    ("spellings_mixed", "spells some rows in one way, some in the other", _rows(_RIGHT, _spelled_otherwise(_RIGHT))),
    ("spellings_apart", "spells fields in both ways, with different values", _rows(_spelled_twice(_RIGHT))),
    ("spellings_case", "spells fields in capitals", _rows(_in_capitals(_RIGHT))),
    ("unknown_fields", "has 200 fields more in a row, personal ones among them", _rows(_RIGHT | _PERSONAL)),
    ("odd_titles", "has titles that are empty or no texts", _each("title", ("", "  ", None, 7, ["a"], {}, True))),
    ("long_titles", "has titles of 100,000 characters", _each("title", ("x" * 100_000, "x" * 100_001, "é" * 300))),
    ("control_titles", "has control and bidi characters in titles", _each(
        "title", ("a\0b", "a\rb\nc", "\x1b[2Ja", "a\x7fb", "a\u2028b", "\u202ea"))),
    ("markup_titles", "has titles that look like markup and samples", _each(
        "title", ('<script>alert("a")</script>', 'a"} 1\nmimecast_up{tenant="b"} 1', "{{ $labels }}", "\\", '"'))),
    ("foreign_titles", "has titles of other languages, composed and decomposed", _each(
        "title", ("é", "e\u0301", "\U0001f469\u200d\U0001f4bb", "עברית"))),
    ("surrogate_title", "has half a character in a title", _each("title", ("half \ud83d", "half \ud83d"))),
    ("equal_titles", "has one title with several ids, and titles that differ in case", _rows(
        *(_RIGHT | {"title": title, "titleId": f"eN{title}"} for title in ("One", "ONE", "One ")),
        _RIGHT | {"title": "One", "titleId": "eNother"})),
    ("equal_ids", "has one id with several titles", _each("title", ("One", "Two", "Three"))),
    ("new_ids", "gives new ids with every answer", _new_ids),
    ("odd_ids", "has ids that are no ids", _each("titleId", (None, "", 7, {}, [], "x" * 10_000, "a\nb", "\x1b"))),
    ("many_titles", "has 2000 titles more", _people(
        lambda: [_person([_RIGHT | {"title": f"Title {100 * person + number}"} for number in range(100)])
                 for person in range(20)])),
    ("half_gone", "leaves half of the people out", _half),
    ("rows_again", "has people and rows twice", _again),
    ("odd_dates", "has dates of many forms, of which some are none", _each("watchedDate", _DATES)),
    ("watched_before_assigned", "has something watched before it was assigned", _each(
        "watchedDate", ("2025-12-31T07:00:00Z",))),
)  # fmt: skip

FAULTS = tuple(Fault(name, description, _of_training(act)) for name, description, act in _TABLE)
