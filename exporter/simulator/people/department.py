"""The departments of a company."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Department:
    """A department: its share of the people, and how many days its people usually take for a training."""

    name: str
    weight: float
    days: float


DEPARTMENTS = (
    Department("Sales", 22, 6.0),
    Department("Engineering", 26, 2.0),
    Department("Customer Service", 18, 3.0),
    Department("Operations", 14, 9.0),
    Department("Finance", 8, 1.5),
    Department("Marketing", 6, 4.0),
    Department("People", 4, 1.0),
    Department("Executives", 2, 20.0),
    Department("", 1, 5.0),  # recorded of the vendor: some people have none
)
FIELD = frozenset({"Sales", "Customer Service", "Operations"})
OFFICES = frozenset(department.name for department in DEPARTMENTS) - FIELD
