"""Sums of what is known: what is unknown is never taken for 0."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, TypeAlias

Tally: TypeAlias = dict[str, float | None]
"""How many there are of each value that an answer names; None where it names the value, and not how many."""

UNKNOWN: Final = "unknown"
"""Stands for any value that is none of a closed set."""


def known_sum(*values: float | None) -> float | None:
    """Return the sum of the values that are known, None if none is."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def tally(counts: Mapping[str, int | None], value_of: Callable[[str], str]) -> Tally:
    """Return counts by a key of the vendor's as counts by what ``value_of`` makes of it."""
    found: Tally = {}
    for key, count in counts.items():
        found = add(found, {value_of(key): count})
    return found


def add(one: Tally, other: Tally) -> Tally:
    """Return the sums of two tallies, value by value."""
    return one | {value: known_sum(one.get(value), count) for value, count in other.items()}


def of_closed_set(values: Iterable[str], counts: Tally) -> Iterator[tuple[str, float]]:
    """Yield each of ``values`` with its count: 0 if the answer does not name it; one whose count is unknown is absent.

    ``unknown`` comes last; where it is none of ``values``, only if the answer names it.
    """
    for value in dict.fromkeys([*values, *(value for value in counts if value == UNKNOWN)]):
        count = counts.get(value, 0)
        if count is not None:
            yield value, count
