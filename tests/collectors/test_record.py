"""Typed records: the strict and the tolerant reading of the same documents."""

import json
from collections import Counter
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct, field

from exporter.collectors.phishing_results import Recipient
from exporter.collectors.question import Odd
from exporter.collectors.record import Count, Counts, Moment, Percent, Texts, fields_of, readable, reading


class Inner(Struct):
    name: str | None = None
    many: Count | None = field(name="howMany", default=None)


class Outer(Struct):
    text: str | None = field(name="aText", default=None)
    many: Count | None = field(name="howMany", default=None)
    part: Percent | None = None
    at: Moment | None = None
    one: Inner | None = None
    inners: list[Inner] | None = None
    counts: Counts | None = None
    texts: Texts | None = None


class Unknown(Struct):
    flag: bool | None = None


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
TEXTS = st.none() | st.text()
COUNTS = st.none() | st.integers(0, 2**53)
MOMENTS = st.none() | st.datetimes().map(lambda moment: f"{moment.isoformat()}Z")


def object_of(fields: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Return objects with any of the fields, and others."""
    known = st.fixed_dictionaries({}, optional=fields)
    return st.builds(lambda other, own: other | own, st.dictionaries(st.text(max_size=5), JUNK, max_size=2), known)


def documents(or_else: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Return documents of the form of ``Outer``, with other values at any place."""
    inner = object_of({"name": TEXTS | or_else, "howMany": COUNTS | or_else})
    return object_of(
        {
            "aText": TEXTS | or_else,
            "howMany": COUNTS | or_else,
            "part": st.none() | st.floats(0, 100) | st.integers(0, 100) | or_else,
            "at": MOMENTS | or_else,
            "one": st.none() | inner | or_else,
            "inners": st.none() | st.lists(inner | or_else, max_size=3) | or_else,
            "counts": st.none() | st.dictionaries(st.text(max_size=5), COUNTS | or_else, max_size=3) | or_else,
            "texts": st.none() | st.dictionaries(st.text(max_size=5), TEXTS | or_else, max_size=3) | or_else,
        }
    )


def tolerant(element: object) -> Any:
    return reading(Outer).tolerant(element)


@settings(max_examples=60, deadline=None)
@given(documents(st.nothing()))
def test_what_is_of_the_form_is_read_alike(document: dict[str, Any]) -> None:
    """What is of the declared form is read into equal records by both, and nothing of it is unreadable."""
    text = json.dumps(document)
    assert msgspec.json.decode(text, type=Outer) == tolerant(json.loads(text))


@settings(max_examples=60, deadline=None)
@given(documents(JUNK))
def test_what_the_strict_type_takes_is_read_alike(document: dict[str, Any]) -> None:
    """Whatever odd values stand in a document, if the strict type takes it, the tolerant reading takes it as it is."""
    text = json.dumps(document)
    with suppress(msgspec.DecodeError, UnicodeError):
        assert msgspec.json.decode(text, type=Outer) == tolerant(json.loads(text))


@settings(max_examples=60, deadline=None)
@given(JUNK | documents(JUNK))
def test_no_value_is_too_odd(element: object) -> None:
    """The tolerant reading makes a record of every object, and leaves out everything else."""
    found = tolerant(element)
    record = found.record if isinstance(found, Odd) else found
    assert isinstance(element, dict) == isinstance(record, Outer)
    if not isinstance(element, dict):
        assert Odd(None, ("record",)) == found


ODD: tuple[Any, ...] = (True, -1, 2**53 + 1, 10**400, 1.5, 101, "text", "\ud800", [], [1], {}, {"a": {}}, [[]])


@pytest.mark.parametrize("value", ODD, ids=ascii)
@pytest.mark.parametrize(
    ("name", "readable_values"),
    [
        ("aText", ("text", "\ud800")),
        ("howMany", (101,)),
        ("part", (1.5,)),
        ("at", ()),
        ("one", ({}, {"a": {}})),
        ("inners", ([],)),
        ("counts", ({},)),
        ("texts", ({},)),
    ],
)
def test_an_odd_value(name: str, readable_values: tuple[object, ...], value: object) -> None:
    """A value of another kind is unknown and counted under the vendor's name of its field, in a list as ``record``."""
    found = tolerant({name: value})
    if value in readable_values and not isinstance(value, bool):
        assert isinstance(found, Outer)
    else:
        is_list = name == "inners" and isinstance(value, list)
        assert (("record",) if is_list else (name,)) == found.unreadable


@pytest.mark.parametrize("name", ["aText", "howMany", "part", "at", "one", "inners", "counts", "texts"])
@pytest.mark.parametrize("value", [None, ""])
def test_null_and_empty_are_unknown(name: str, value: object) -> None:
    """Null and an empty text are unknown at any place, and not counted as unreadable."""
    assert isinstance(tolerant({name: value}), Outer)
    assert isinstance(tolerant({"one": {"howMany": value}, "counts": {"a": value}, "inners": [{"name": value}]}), Outer)


def test_good_neighbours_stay() -> None:
    """What is odd inside a record takes nothing else with it."""
    document = {
        "one": {"name": 7, "howMany": 1},
        "inners": [{"howMany": "2"}, 5, {"howMany": 3}],
        "counts": {"a": "1", "b": 2},
    }
    expected = Outer(one=Inner(many=1), inners=[Inner(), Inner(many=3)], counts={"a": None, "b": 2})
    assert Odd(expected, ("name", "howMany", "record", "counts")) == tolerant(document)


def test_a_kind_without_a_reader_is_unreadable() -> None:
    """A field of a kind that nothing reads is unreadable whatever it holds, so that no test with a value passes it."""
    assert Odd(Unknown(), ("flag",)) == reading(Unknown).tolerant({"flag": True})


def test_fields_are_named_once() -> None:
    """The fields of records and of those within are named as the vendor names them, each once, behind ``record``."""
    names = ("record", "name", "howMany", "aText", "part", "at", "one", "inners", "counts", "texts")
    assert names == fields_of(Inner, Outer)


def test_what_is_left_out_is_counted() -> None:
    """Of odd records what could be read is handed on, and what could not is counted by its field."""
    unreadable: Counter[str] = Counter()
    records: list[Inner | Odd[Inner]] = [Inner("a"), Odd(Inner("b"), ("howMany", "howMany")), Odd(None, ("record",))]
    assert [Inner("a"), Inner("b")] == list(readable(records, unreadable))
    assert {"howMany": 2, "record": 1} == unreadable


@pytest.mark.parametrize("address", ["ann@example.com", " Ann@Example.com\n"])
def test_an_address_is_forgotten_when_it_is_read(address: str) -> None:
    """However it is read, a recipient has a pseudonym that is the same for one address, and nothing of the address."""
    document = json.dumps({"email": address})
    strict = msgspec.json.decode(document, type=Recipient)
    assert Recipient("ann@example.com") == strict == reading(Recipient).tolerant(json.loads(document))
    assert "example" not in repr(strict)
    assert Recipient("bo@example.com") != strict
    assert Recipient() == Recipient("") == Recipient(" ")
