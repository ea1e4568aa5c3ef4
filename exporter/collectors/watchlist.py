"""Who is on the watch list, in numbers: ``company/get-watchlist-details``, which lists only people on it.

Source of the fields: the vendor's page and its own connector.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import Struct, field

from exporter.collectors.declaration import polled
from exporter.collectors.department import Departments
from exporter.collectors.question import Asking, Collector, Odd, Outcome, Question
from exporter.collectors.record import Count, fields_of, readable, reading
from exporter.collectors.tally import UNKNOWN, of_closed_set
from exporter.config.settings import Settings
from exporter.model import Sample

PATH: Final = "/api/awareness-training/company/get-watchlist-details"

_OVERDUE: Final = ("1", "2", "3", "4_or_more")


class Person(Struct):
    """Someone with so many modules overdue; nothing tells who."""

    overdue: Count | None = field(name="watchlistCount", default=None)
    department: str | None = None


USERS: Final = polled(
    "watchlist_users", "Users on the watch list, by how many modules are overdue (watchlistCount).", "overdue"
)
DEPARTMENT_USERS: Final = polled(
    "watchlist_department_users", "Users on the watch list, by department (department).", "department"
)


def _ask(settings: Settings, _: object) -> Asking:
    def fold(people: Iterable[Person | Odd[Person]]) -> Outcome:
        records = 0
        users: Counter[str] = Counter()
        departments = Departments(settings.departments)
        unreadable: Counter[str] = Counter()
        for person in readable(people, unreadable):
            records += 1
            if person.overdue != 0:
                users[_overdue(person.overdue)] += 1
                departments.add(person.department, {})
        return Outcome([*_samples(users, departments)], records, unreadable)

    outcome: Outcome = yield Question(PATH, reading(Person), fold, paged=True)
    return outcome


def _overdue(count: int | None) -> str:
    return UNKNOWN if count is None else _OVERDUE[min(count, len(_OVERDUE)) - 1]


def _samples(users: Counter[str], departments: Departments) -> Iterator[Sample]:
    for overdue, count in of_closed_set(_OVERDUE, {**users}):
        yield Sample(USERS, (overdue,), count)
    yield from (Sample(DEPARTMENT_USERS, (department,), people) for department, people, _ in departments.folded())


WATCHLIST: Final = Collector(name="watchlist", metrics=(USERS, DEPARTMENT_USERS), fields=fields_of(Person), ask=_ask)
