"""Sums of what is known."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.collectors.tally import Tally, add, known_sum, of_closed_set, tally

TALLIES = st.dictionaries(st.sampled_from("abc"), st.none() | st.integers(0, 9))


@pytest.mark.parametrize(
    ("values", "expected"), [((), None), ((None,), None), ((0,), 0), ((None, 0), 0), ((1, None, 2.5), 3.5)]
)
def test_only_what_is_known_is_summed(values: tuple[float | None, ...], expected: float | None) -> None:
    """A sum is that of the known values, and unknown if there is none."""
    assert expected == known_sum(*values)


@settings(max_examples=60, deadline=None)
@given(TALLIES, TALLIES)
def test_the_order_of_tallies_does_not_matter(one: Tally, other: Tally) -> None:
    """Two tallies have the same sums either way, and no value of either is lost."""
    assert add(one, other) == add(other, one)
    assert add(one, other).keys() == one.keys() | other.keys()
    assert add(one, {}) == one


def test_keys_of_one_value_are_summed() -> None:
    """Keys that mean the same value count together."""
    assert {"A": 3, "B": None} == tally({"a": 1, "A": 2, "b": None}, str.upper)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({}, [("1", 0), ("2", 0)]),
        ({"2": 5}, [("1", 0), ("2", 5)]),
        ({"1": None, "2": 5}, [("2", 5)]),
        ({"unknown": 3, "1": 1}, [("1", 1), ("2", 0), ("unknown", 3)]),
        ({"unknown": None}, [("1", 0), ("2", 0)]),
    ],
)
def test_a_closed_set(counts: Tally, expected: list[tuple[str, float]]) -> None:
    """A closed set has all its values, those not named as 0, but for those of an unknown number."""
    assert expected == list(of_closed_set(("1", "2"), counts))


def test_unknown_may_be_one_of_the_set() -> None:
    """Where unknown is one of the values, it is there even if it does not occur."""
    assert [("A", 0), ("unknown", 0)] == list(of_closed_set(("A", "unknown"), {}))
