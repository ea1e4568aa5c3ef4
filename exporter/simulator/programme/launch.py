"""Launches: which title goes out to which group, and when.

The queue has one module for each launch, and API 1.0 one training campaign.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from exporter.simulator.people.department import FIELD, OFFICES, Department
from exporter.simulator.programme.title import Title, secure_id
from exporter.simulator.seed import Part, dice

DAY = 86_400
_SECOND_WAVE = 7 * DAY
_PLANNED_DAYS = (35, 45)


@dataclass(frozen=True, slots=True)
class Group:
    """A group of people, as the vendor names them; without departments it is everybody."""

    id: str
    parent_id: str
    name: str
    departments: frozenset[str] | None

    def takes(self, department: Department) -> bool:
        """Say whether the people of a department belong to the group."""
        return self.departments is None or department.name in self.departments


@dataclass(frozen=True, slots=True)
class Launch:
    """One title sent to one group at one moment; it is listed from `created_at` on. Moments in seconds of the epoch."""

    number: int
    title: Title
    group: Group
    created_at: int
    launched_at: int
    queue_id: str
    campaign_id: str

    @property
    def name(self) -> str:
        """The campaign's name; the two waves of a title may share it."""
        return f"{datetime.fromtimestamp(self.title.launched_at, UTC):%Y-%m} awareness training"


def make_groups(seed: Part) -> tuple[Group, Group, Group]:
    """Return everybody, the offices and the field."""
    named = (("All staff", None), ("Offices", OFFICES), ("Field", FIELD))
    everybody, offices, field = (_group(seed, name, members) for name, members in named)
    return everybody, offices, field


def _group(seed: Part, name: str, members: frozenset[str] | None) -> Group:
    return Group(secure_id("group", seed, name), secure_id("group", seed, "root"), name, members)


def make_launches(seed: Part, titles: Sequence[Title]) -> tuple[Launch, ...]:
    """Return the launches of titles: most to everybody, every third to the offices, and a week later to the field."""
    waves = (wave for title in titles for wave in _waves(title, make_groups(seed)))
    return tuple(_launch(seed, number, wave) for number, wave in enumerate(waves))


def _waves(title: Title, groups: tuple[Group, Group, Group]) -> Iterator[tuple[Title, Group, int]]:
    everybody, offices, field = groups
    if title.number % 3 == 2:
        yield title, offices, title.launched_at
        yield title, field, title.launched_at + _SECOND_WAVE
    else:
        yield title, everybody, title.launched_at


def _launch(seed: Part, number: int, wave: tuple[Title, Group, int]) -> Launch:
    title, group, launched_at = wave
    created_at = launched_at - dice("launch", seed, number).randint(*_PLANNED_DAYS) * DAY + 3_671
    ids = (secure_id(kind, seed, number) for kind in ("queue", "campaign"))
    return Launch(number, title, group, created_at, launched_at, *ids)
