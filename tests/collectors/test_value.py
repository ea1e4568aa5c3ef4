"""Single values of the vendor's documents."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.collectors.value import (
    LARGEST_COUNT,
    Unreadable,
    pick,
    read_count,
    read_flag,
    read_integer,
    read_moment,
    read_percent,
    read_text,
)

READERS = (read_flag, read_integer, read_count, read_percent, read_text, read_moment)
MOMENT = datetime(2026, 10, 1, 7, tzinfo=UTC)


@pytest.mark.parametrize("read", READERS, ids=lambda read: read.__name__)
@pytest.mark.parametrize("value", [None, [], {}, [1], {"a": 1}], ids=ascii)
def test_what_no_reader_takes(read: Any, value: object) -> None:
    """Lists, objects and null are unreadable to every reader."""
    with pytest.raises(Unreadable):
        read(value)


@pytest.mark.parametrize(
    ("read", "value", "expected"),
    [
        (read_flag, True, True),
        (read_flag, False, False),
        (read_integer, -(2**63), -(2**63)),
        (read_integer, 2**63 - 1, 2**63 - 1),
        (read_count, 0, 0),
        (read_count, LARGEST_COUNT, LARGEST_COUNT),
        (read_percent, 0, 0.0),
        (read_percent, 33.3, 33.3),
        (read_percent, 100, 100.0),
        (read_text, "", ""),
        (read_text, "a\ud800b\udfff", "a\ufffdb\ufffd"),
        (read_text, "\U0001f600", "\U0001f600"),
    ],
)
def test_what_is_read(read: Any, value: object, expected: object) -> None:
    """A value of the right kind is read as it is, with a replacement for what UTF-8 has not."""
    assert expected == read(value)


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (read_flag, "true"),
        (read_flag, 1),
        (read_integer, True),
        (read_integer, 2.0),
        (read_integer, "2"),
        (read_integer, 2**63),
        (read_integer, -(2**63) - 1),
        (read_count, -1),
        (read_count, LARGEST_COUNT + 1),
        (read_count, False),
        (read_percent, -0.1),
        (read_percent, 100.1),
        (read_percent, "50"),
        (read_percent, True),
        (read_percent, 10**400),
        (read_text, 7),
        (read_moment, 1769904000),
    ],
)
def test_what_is_refused(read: Any, value: object) -> None:
    """A value of another kind or range is unreadable, however much it looks like the right one."""
    with pytest.raises(Unreadable):
        read(value)


@pytest.mark.parametrize(
    "text",
    [
        "2026-10-01T07:00:00+0000",
        "2026-10-01T07:00:00+00:00",
        "2026-10-01T07:00:00Z",
        "2026-10-01T07:00:00z",
        "2026-10-01T07:00:00",
        "2026-10-01 07:00:00",
        "2026-10-01T07:00:00.000Z",
        "2026-10-01T07:00:00,000Z",
        "2026-10-01T07:00:00.000000000Z",
        "2026-10-01T07:00Z",
        "2026-10-01T07",
        "20261001T070000Z",
        "2026-W40-4T07:00:00Z",
        "2026-10-01T09:00:00+02:00",
        "2026-10-01T09:00:00+0200",
        "2026-10-01T09:00:00+02",
        "2026-09-30T21:30:00-0930",
    ],
)
def test_one_moment_in_many_forms(text: str) -> None:
    """ISO 8601 is read with any offset, with or without colon or fraction, and without an offset it is UTC."""
    assert MOMENT == read_moment(text)
    assert read_moment(text).tzinfo is not None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "1769904000000",
        "1 October 2026",
        "2026-02-29T07:00:00Z",
        "2026-10-01T25:00:00Z",
        "2026-12-31T23:59:60Z",
        "2026-10-01T07:00:00+25:00",
        "2026-10-01T07:00:00 Europe/London",
        "0000-01-01T00:00:00Z",
        "10000-01-01T00:00:00Z",
        "\ud800",
        "\u0662\u0660\u0662\u0666-10-01T07:00:00Z",
    ],
    ids=ascii,
)
def test_what_is_no_moment(text: str) -> None:
    """A text that names no moment is unreadable, a lone surrogate in it too."""
    with pytest.raises(Unreadable):
        read_moment(text)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_moments_at_the_ends_of_time(text: str) -> None:
    """Moments that are in the years 0 or 10000 by UTC can be compared and counted in seconds."""
    moment = read_moment(text)
    assert (moment < MOMENT) == (moment.timestamp() < MOMENT.timestamp())


@settings(max_examples=60, deadline=None)
@given(st.text() | st.characters(categories=["Cs"]))
def test_any_text_is_a_moment_or_unreadable(text: str) -> None:
    """No text makes the reader of moments fail in another way."""
    with suppress(Unreadable):
        assert read_moment(text).tzinfo is not None


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({}, None),
        ({"a": None, "b": ""}, None),
        ({"a": 1}, 1),
        ({"b": 1}, 1),
        ({"a": None, "b": 1}, 1),
        ({"a": 1, "b": 1}, 1),
    ],
)
def test_spellings_are_equal(document: dict[str, object], expected: int | None) -> None:
    """A field is found under any of its spellings, and unknown if none has a value."""
    assert expected == pick(document, ("a", "b"), read_integer)


@pytest.mark.parametrize("document", [{"a": 1, "b": 2}, {"a": "1"}, {"a": 1, "b": "1"}])
def test_spellings_that_disagree(document: dict[str, object]) -> None:
    """Spellings that disagree are unreadable, and so is a field of which one is."""
    with pytest.raises(Unreadable):
        pick(document, ("a", "b"), read_integer)
