"""Users by the grades of what makes up their risk: ``company/get-safe-score-details``.

Source of the fields: the vendor's own connector and two other consumers of its API.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import Struct, field

from exporter.collectors.declaration import polled
from exporter.collectors.department import Departments
from exporter.collectors.grade import GRADES, grade_of
from exporter.collectors.question import Asking, Collector, Odd, Outcome, Question
from exporter.collectors.record import fields_of, readable, reading
from exporter.config.settings import Settings
from exporter.model import Sample

PATH: Final = "/api/awareness-training/company/get-safe-score-details"

_FACTORS: Final = ("risk", "human_error", "sentiment", "engagement", "knowledge")


class Person(Struct):
    """Someone's grades; nothing tells who."""

    risk: str | None = None
    human_error: str | None = field(name="humanError", default=None)
    sentiment: str | None = None
    engagement: str | None = None
    knowledge: str | None = None
    department: str | None = None


FACTOR_USERS: Final = polled(
    "safe_score_factor_users",
    "Users by the grade of each factor (risk, humanError, sentiment, engagement, knowledge).",
    "factor",
    "grade",
)
DEPARTMENT_USERS: Final = polled(
    "safe_score_department_users", "Users by department and risk grade (department, risk).", "department", "grade"
)


def _ask(settings: Settings, _: object) -> Asking:
    def fold(people: Iterable[Person | Odd[Person]]) -> Outcome:
        records = 0
        factors: Counter[tuple[str, str]] = Counter()
        departments = Departments(settings.departments)
        unreadable: Counter[str] = Counter()
        for person in readable(people, unreadable):
            records += 1
            for factor in _FACTORS:
                factors[factor, grade_of(getattr(person, factor))] += 1
            departments.add(person.department, {grade_of(person.risk): 1})
        return Outcome([*_samples(factors, departments)], records, unreadable)

    outcome: Outcome = yield Question(PATH, reading(Person), fold, paged=True)
    return outcome


def _samples(factors: Counter[tuple[str, str]], departments: Departments) -> Iterator[Sample]:
    for factor in _FACTORS:
        for grade in GRADES:
            yield Sample(FACTOR_USERS, (factor, grade), factors[factor, grade])
    for department, _, grades in departments.folded():
        for grade in GRADES:
            yield Sample(DEPARTMENT_USERS, (department, grade), grades[grade])


SAFE_SCORE_DETAILS: Final = Collector(
    name="safe_score_details", metrics=(FACTOR_USERS, DEPARTMENT_USERS), fields=fields_of(Person), ask=_ask
)
