"""People by department."""

import pytest

from exporter.collectors.department import NO_DEPARTMENT, SMALL_DEPARTMENTS, Departments


def departments(sizes: dict[str | None, int], *, wanted: bool = True) -> Departments:
    """Return departments with so many people, each of whom has one answer right and none wrong."""
    found = Departments(wanted)
    for name, size in sizes.items():
        for _ in range(size):
            found.add(name, {"right": 1, "wrong": 0})
    return found


def people(found: Departments) -> dict[str, int]:
    return {name: size for name, size, _ in found.folded()}


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ({}, {}),
        ({"Sales": 5}, {"Sales": 5}),
        ({"Sales": 4}, {SMALL_DEPARTMENTS: 4}),
        ({"Sales": 4, "Ops": 1, "Law": 6}, {SMALL_DEPARTMENTS: 5, "Law": 6}),
        ({"Sales": 3, " Sales\n": 2}, {"Sales": 5}),
        ({None: 2, "": 2, " ": 1}, {NO_DEPARTMENT: 5}),
        ({SMALL_DEPARTMENTS: 6, "Ops": 1}, {SMALL_DEPARTMENTS: 7}),
        ({SMALL_DEPARTMENTS: 2, "Ops": 1}, {SMALL_DEPARTMENTS: 3}),
    ],
)
def test_small_departments_are_one(sizes: dict[str | None, int], expected: dict[str, int]) -> None:
    """Departments of under five people are one, together with one that is itself called so."""
    assert expected == people(departments(sizes))


def test_counts_are_folded_with_their_people() -> None:
    """What is counted of people goes where they go, a count of 0 too."""
    found = [(name, dict(counts)) for name, _, counts in departments({"Ops": 1, "Law": 2, "Sales": 5}).folded()]
    assert [(SMALL_DEPARTMENTS, {"right": 3, "wrong": 0}), ("Sales", {"right": 5, "wrong": 0})] == found


def test_a_fold_can_be_read_twice() -> None:
    """Reading the departments changes nothing of them."""
    found = departments({"Ops": 1, "Law": 2, "Sales": 5})
    assert list(found.folded()) == list(found.folded())


def test_unwanted_departments_are_not_kept() -> None:
    """Where a tenant does not want departments, nothing is kept of them."""
    found = departments({"Sales": 5}, wanted=False)
    assert Departments(wanted=False) == found
    assert {} == people(found)
