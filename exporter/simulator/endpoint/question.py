"""What an endpoint is asked: by when, with which item of `data`, and which people its filters let through."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from exporter.simulator.people.person import Person

# How the vendor words counts in its filters; None is no limit.
COUNTS: Mapping[str, Callable[[int], bool]] = {
    "video_count_0": lambda count: count == 0,
    "video_count_1": lambda count: count == 1,
    "video_count_2": lambda count: count == 2,
    "video_count_3": lambda count: count == 3,
    "video_count_4_or_more": lambda count: count >= 4,
    "video_count_1_or_more": lambda count: count >= 1,
    "video_count_all": lambda _count: True,
}


@dataclass(frozen=True, slots=True)
class Question:
    """A question at a moment (seconds of the epoch); `item` is the first object of `data`, the only one read."""

    now: int
    item: Mapping[str, Any]

    @property
    def id(self) -> str:
        """The id that is asked for, empty if there is none."""
        return self._text(self.item.get("id"))

    def wanted(self, field: str) -> str | None:
        """Return the value of `filterBy` for a field, given as an object or in a list; None without one."""
        values = [
            self._text(entry.get("value")) for entry in self._entries("filterBy") if entry.get("fieldName") == field
        ]
        return values[0] if values else None

    def lets_through(self, person: Person) -> bool:
        """Say whether a person is searched for.

        That a part of the text is enough, and that its case does not matter, is invented; other fields are let pass.
        """
        texts = {"name": person.name, "email": person.email, "department": person.department.name}
        return all(
            self._text(entry.get("value")).lower() in texts[entry["fieldName"]].lower()
            for entry in self._entries("searchBy")
            if entry.get("fieldName") in texts
        )

    def _entries(self, key: str) -> Iterator[Mapping[str, Any]]:
        given = self.item.get(key)
        entries = given if isinstance(given, list) else [given]
        return (entry for entry in entries if isinstance(entry, dict))

    @staticmethod
    def _text(value: object) -> str:
        return value if isinstance(value, str) else ""


def first_item(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the first object of `data`; empty if there is none."""
    data = document.get("data")
    items = data if isinstance(data, list) else [data]
    return next((item for item in items if isinstance(item, dict)), {})
