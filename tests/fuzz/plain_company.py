"""Independent counts of the company as a whole: performance, safe score and watch list.

As in ``plain_count``, what is unknown is never taken for 0: its series is absent.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from plain_document import MISSING, text_of, title_of

from exporter.config.settings import Settings

_FEW: Final = 5
_PERFORMANCE: Final = {
    "numParticipating": ("performance_users_participating",),
    "numVideosSent": ("performance_videos_sent",),
    "numVideosNotWatched": ("performance_videos_not_watched",),
    "numZeroIncorrect": ("performance_users", "0"),
    "numOneIncorrect": ("performance_users", "1"),
    "numTwoIncorrect": ("performance_users", "2"),
    "numThreeIncorrect": ("performance_users", "3"),
    "numFourOrMoreIncorrect": ("performance_users", "4_or_more"),
}

Known = float | None
Series = dict[tuple[str, ...], float]


@dataclass
class Told:
    """What an answer comes to: series by name (without ``mimecast_``) and label values, records, and odd values."""

    series: Series = field(default_factory=dict)
    records: int = 0
    unreadable: Counter[str] = field(default_factory=Counter)

    def objects(self, elements: Iterable[object]) -> Iterator[dict[str, Any]]:
        """Yield the elements that are objects, which are the records; others are odd."""
        for element in elements:
            if isinstance(element, dict):
                self.records += 1
                yield element
            else:
                self.unreadable["record"] += 1

    def value(self, element: Mapping[str, Any], name: str, read: Callable[[object], Any]) -> Any:
        """Return the value of a field, None if it is unknown or odd."""
        written = element.get(name)
        found = None if written is None or written == "" else read(written)
        self.unreadable[name] += found is MISSING
        return None if found is MISSING else found

    def counts(self, element: Mapping[str, Any], name: str, key_of: Callable[[str], str]) -> dict[str, Known] | None:
        """Return the counts in an object by what their keys mean, None if there is none."""
        written = self.value(element, name, lambda value: value if isinstance(value, dict) else MISSING)
        if written is None:
            return None
        read = [(key_of(key), self._one(value, name)) for key, value in written.items()]
        return {key: total(number for each, number in read if each == key) for key, _ in read}

    def _one(self, value: object, name: str) -> Known:
        found = None if value is None or value == "" else count(value)
        self.unreadable[name] += found is MISSING
        return found if isinstance(found, int) else None

    def add(self, *key: str, value: Known) -> None:
        """Add a series, if its value is known."""
        if value is not None:
            self.series[key] = value


def count(value: object) -> object:
    """Return how many."""
    return value if type(value) is int and 0 <= value <= 2**53 else MISSING


def total(values: Iterable[Known]) -> Known:
    """Return the sum of what is known, None if nothing is."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def performance(elements: Iterable[object], _settings: Settings, _now: datetime) -> Told:
    """Count the company's performance."""
    told = Told()
    records = list(told.objects(elements))
    for name, key in _PERFORMANCE.items():
        told.add(*key, value=total([told.value(record, name, count) for record in records]))
    return told


def safe_score(elements: Iterable[object], _settings: Settings, _now: datetime) -> Told:
    """Count users by grade."""
    told = Told()
    all_counts = [told.counts(record, "scoreCounts", _grade) for record in told.objects(elements)]
    known = [counts for counts in all_counts if counts is not None]
    for grade in ("A", "B", "C", "D", "F", "unknown") if known else ():
        named = [counts[grade] for counts in known if grade in counts]
        told.add("safe_score_users", grade, value=total(named) if named else 0)
    return told


def _grade(key: str) -> str:
    grade = key.strip().upper()
    return grade if grade in {*"ABCDF"} else "unknown"


def watchlist(elements: Iterable[object], settings: Settings, _now: datetime) -> Told:
    """Count who is on the watch list."""
    told = Told()
    read = [
        (told.value(record, "watchlistCount", count), told.value(record, "department", text_of))
        for record in told.objects(elements)
    ]
    people = [(number, department) for number, department in read if number != 0]
    overdue = Counter(
        "unknown" if number is None else "4_or_more" if number > 3 else str(number) for number, _ in people
    )
    for label in ("1", "2", "3", "4_or_more"):
        told.add("watchlist_users", label, value=overdue[label])
    if overdue["unknown"]:
        told.add("watchlist_users", "unknown", value=overdue["unknown"])
    departments = Counter(title_of(department, "(no department)") for _, department in people)
    shown: Counter[str] = Counter()
    for name, size in departments.items() if settings.departments else ():
        shown[name if size >= _FEW else "(small departments)"] += size
    for name, size in shown.items():
        told.add("watchlist_department_users", name, value=size)
    return told
