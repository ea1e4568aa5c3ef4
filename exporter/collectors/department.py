"""People by department, if the tenant wants that, and never few enough to know who they are."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from exporter.collectors.title import clean_title

NO_DEPARTMENT: Final = "(no department)"
SMALL_DEPARTMENTS: Final = "(small departments)"

_SMALLEST: Final = 5


def clean_department(name: str | None) -> str:
    """Return a department as its label, by the rules of titles."""
    return clean_title(name, NO_DEPARTMENT)


@dataclass(slots=True)
class Departments:
    """People, and what is counted of them, by department; nothing is kept unless ``wanted``."""

    wanted: bool
    _people: Counter[str] = field(default_factory=Counter)
    _counts: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, name: str | None, counts: Mapping[str, int]) -> None:
        """Count one person of a department, and ``counts`` by whatever they are of."""
        if self.wanted:
            department = clean_department(name)
            self._people[department] += 1
            self._counts.setdefault(department, Counter()).update(counts)

    def folded(self) -> Iterator[tuple[str, int, Counter[str]]]:
        """Yield name, people and counts of each department, in order; those with under five people are one."""
        people: Counter[str] = Counter()
        counts: dict[str, Counter[str]] = {}
        for department, size in self._people.items():
            shown = department if size >= _SMALLEST else SMALL_DEPARTMENTS
            people[shown] += size
            counts.setdefault(shown, Counter()).update(self._counts[department])
        for department in sorted(people):
            yield department, people[department], counts[department]
