"""Reads single values of the vendor's documents with tolerance: a value, None for unknown, or :class:`Unreadable`.

null and ``""`` are unknown everywhere. What msgspec's strict types take, the readers take too, and into equal values.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final, TypeVar

import msgspec

T = TypeVar("T")

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")

SMALLEST_INTEGER: Final = -(2**63)
LARGEST_INTEGER: Final = 2**63 - 1
LARGEST_COUNT: Final = 2**53
"""Above this a floating-point number, which every sample is, does not hold all integers."""


class Unreadable(Exception):  # noqa: N818 - it is no error of the program
    """A value is of another kind than the vendor documents."""


def read_flag(value: object) -> bool:
    """Return a boolean; "true", 1 and the like are none."""
    if isinstance(value, bool):
        return value
    raise Unreadable


def read_integer(value: object) -> int:
    """Return an integer of 64 bits; true, 2.0 and "2" are none."""
    if isinstance(value, int) and not isinstance(value, bool) and SMALLEST_INTEGER <= value <= LARGEST_INTEGER:
        return value
    raise Unreadable


def read_count(value: object) -> int:
    """Return how many: an integer that is not negative."""
    count = read_integer(value)
    if 0 <= count <= LARGEST_COUNT:
        return count
    raise Unreadable


def read_percent(value: object) -> float:
    """Return a number from 0 to 100."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 100:
        return float(value)
    raise Unreadable


def read_text(value: object) -> str:
    """Return a text, with U+FFFD for each lone surrogate, which JSON can hold and UTF-8 cannot."""
    if isinstance(value, str):
        return _LONE_SURROGATE.sub("\ufffd", value)
    raise Unreadable


def read_moment(value: object) -> datetime:
    """Return an aware moment from ISO 8601 with any offset, with or without colon or fraction; none means UTC."""
    if not isinstance(value, str):
        raise Unreadable
    try:
        moment = msgspec.convert(value, datetime)
    except (msgspec.ValidationError, UnicodeEncodeError):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            raise Unreadable from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def pick(document: Mapping[str, object], spellings: tuple[str, ...], read: Callable[[object], T]) -> T | None:
    """Return the value of a field that the vendor spells in several ways, None if none is known.

    Raises :class:`Unreadable` if one cannot be read, or two of them disagree.
    """
    raw = (document.get(spelling) for spelling in spellings)
    values = [read(value) for value in raw if value is not None and value != ""]
    if any(value != values[0] for value in values):
        raise Unreadable
    return values[0] if values else None
