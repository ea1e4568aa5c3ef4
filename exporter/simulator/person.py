"""The people of a company: who they are, and when each of them does what.

Everything a person does has a fixed moment, in seconds of the epoch; how things stand at a moment follows from it.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

from exporter.simulator.seed import dice
from exporter.simulator.title import Title

DAY = 86_400
REMINDERS_AFTER = (7 * DAY, 14 * DAY, 21 * DAY, 28 * DAY)
WATCHLIST_AFTER = REMINDERS_AFTER[-1]
_FIRST = ("Ann", "Bo", "Chloe", "Dev", "Erik", "Fatima", "Grace", "Hugo", "Ines", "Jun", "Kofi", "Lena", "Maya", "Noah")
_LAST = ("Lee", "Roe", "Novak", "Patel", "Silva", "Okafor", "Meyer", "Tanaka", "Rossi", "Kowalski", "Ng", "Dubois")
_SPREAD = NormalDist(0.0, 1.1)


@dataclass(frozen=True, slots=True)
class Department:
    """A department: its share of the people, and how many days its people usually take."""

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
)


@dataclass(frozen=True, slots=True)
class Viewing:
    """One title assigned to one person; `watched_at` and `answer` are None if that never happens."""

    title: Title
    watched_at: int | None
    answer: int | None

    @property
    def assigned_at(self) -> int:
        """When the title was assigned, in seconds of the epoch."""
        return self.title.launched_at

    @property
    def listed_at(self) -> int | None:
        """When the person goes on the watch list, after the last reminder; None if watched before."""
        moment = self.title.launched_at + WATCHLIST_AFTER
        return None if self.watched_at is not None and self.watched_at <= moment else moment

    def is_watched(self, now: int) -> bool:
        """Say whether the person has watched it by now."""
        return self.watched_at is not None and self.watched_at <= now

    def is_listed(self, now: int) -> bool:
        """Say whether the person is on the watch list for it: reminded in vain, and still not watched."""
        return not self.is_watched(now) and now >= self.title.launched_at + WATCHLIST_AFTER


@dataclass(frozen=True, slots=True)
class Person:
    """A person of a company, with all that is ever assigned to them, oldest first."""

    number: int
    name: str
    email: str
    department: Department
    joined_at: int
    viewings: tuple[Viewing, ...]

    def assigned(self, now: int) -> list[Viewing]:
        """Return what is assigned to the person by now."""
        return [viewing for viewing in self.viewings if viewing.assigned_at <= now]


def needs_engagement(listed: int) -> bool:
    """Say whether somebody on the watch list for so many titles needs engagement."""
    return listed > 1


def merit_badge(watched: int, listed: int) -> dict[str, str | int]:
    """Return the badge of somebody who has watched so many titles, or nothing while on the watch list.

    The keys are invented: nobody has published them.
    """
    if listed or watched < 6:
        return {}
    return {"badge": "Gold" if watched >= 12 else "Silver", "modules": watched}


@dataclass(frozen=True, slots=True)
class Workplace:
    """What all people of a company share; `staffed_at` is when the last of them has joined."""

    seed: int
    domain: str
    titles: tuple[Title, ...]
    staffed_at: int


def make_person(workplace: Workplace, number: int) -> Person:
    """Return person `number` of a company, always the same one, with a moment for everything they ever do."""
    random = dice("person", workplace.seed, number)
    titles = workplace.titles
    department = random.choices(DEPARTMENTS, [department.weight for department in DEPARTMENTS])[0]
    name = f"{random.choice(_FIRST)} {random.choice(_LAST)}"
    joined = _joined_at(random.random(), titles[0].launched_at, workplace.staffed_at)
    days = department.days * random.lognormvariate(0.0, 0.6)
    never = random.random() < 0.03
    draws = [(random.random(), random.random(), random.random()) for _ in titles]
    viewings = tuple(
        _viewing(title, math.inf if never else days, draw)
        for title, draw in zip(titles, draws, strict=True)
        if title.launched_at >= joined
    )
    email = f"{name.lower().replace(' ', '.')}.{number}@{workplace.domain}"
    return Person(number, name, email, department, joined, viewings)


def _joined_at(luck: float, first: int, last: int) -> int:
    if luck < 0.8:
        return first - 30 * DAY
    return first + int((luck - 0.8) / 0.2 * (last - first))


def _viewing(title: Title, days: float, draw: tuple[float, float, float]) -> Viewing:
    pace, choice, other = draw
    if math.isinf(days) or choice > 0.96:
        return Viewing(title, None, None)
    moment = title.launched_at + int(min(days * math.exp(_SPREAD.inv_cdf(max(pace, 1e-9))), 900) * DAY)
    return Viewing(title, _in_office_hours(moment), _answer(title, choice / 0.96, other))


def _in_office_hours(moment: int) -> int:
    day, second = divmod(moment, DAY)
    return day * DAY + 8 * 3600 + second * 10 // 24


def _answer(title: Title, choice: float, other: float) -> int | None:
    if other > 0.98:  # watched, and closed before the question
        return None
    if choice < title.clarity:
        return title.right_answer
    return (title.right_answer + int(other / 0.98 * 3)) % 4 + 1
