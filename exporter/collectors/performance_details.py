"""Answers right, wrong and never given, person by person: ``company/get-performance-details``.

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
from exporter.config.settings import Settings
from exporter.model import Sample

PATH: Final = "/api/awareness-training/company/get-performance-details"

_RESULTS: Final = ("correct", "incorrect", "not_watched")


class Person(Struct):
    """Someone's answers in numbers; nothing tells who."""

    correct: Count | None = field(name="numCorrect", default=None)
    incorrect: Count | None = field(name="numIncorrect", default=None)
    not_watched: Count | None = field(name="numNotWatched", default=None)
    department: str | None = None


ANSWERS: Final = polled(
    "performance_answers", "Answers of all users, by result (numCorrect, numIncorrect, numNotWatched).", "result"
)
DEPARTMENT_USERS: Final = polled("performance_department_users", "Users by department (department).", "department")
DEPARTMENT_ANSWERS: Final = polled(
    "performance_department_answers",
    "Answers by department and result (department, numCorrect, numIncorrect, numNotWatched).",
    "department",
    "result",
)


def _ask(settings: Settings, _: object) -> Asking:
    def fold(people: Iterable[Person | Odd[Person]]) -> Outcome:
        records = 0
        answers: Counter[str] = Counter()
        departments = Departments(settings.departments)
        unreadable: Counter[str] = Counter()
        for person in readable(people, unreadable):
            records += 1
            known = _known(person)
            answers.update(known)
            departments.add(person.department, known)
        told = answers if records else Counter(dict.fromkeys(_RESULTS, 0))
        return Outcome([*_samples(told, departments)], records, unreadable)

    outcome: Outcome = yield Question(PATH, reading(Person), fold, paged=True)
    return outcome


def _known(person: Person) -> dict[str, int]:
    counts = zip(_RESULTS, (person.correct, person.incorrect, person.not_watched), strict=True)
    return {result: count for result, count in counts if count is not None}


def _samples(answers: Counter[str], departments: Departments) -> Iterator[Sample]:
    yield from (Sample(ANSWERS, (result,), answers[result]) for result in _RESULTS if result in answers)
    for department, people, counts in departments.folded():
        yield Sample(DEPARTMENT_USERS, (department,), people)
        for result in _RESULTS:
            if result in counts:
                yield Sample(DEPARTMENT_ANSWERS, (department, result), counts[result])


PERFORMANCE_DETAILS: Final = Collector(
    name="performance_details",
    metrics=(ANSWERS, DEPARTMENT_USERS, DEPARTMENT_ANSWERS),
    fields=fields_of(Person),
    ask=_ask,
)
