"""The people of a company: who they are, and when each of them does what.

Everything a person does has a fixed moment, in seconds of the epoch; how things stand at a moment follows from it.
"""

import math
from dataclasses import dataclass

from exporter.simulator.people.department import DEPARTMENTS, Department
from exporter.simulator.people.encounter import Encounter, make_encounters
from exporter.simulator.people.viewing import Viewing, make_viewing
from exporter.simulator.programme.launch import DAY, Launch
from exporter.simulator.programme.simulation import Simulation
from exporter.simulator.programme.title import Title, secure_id
from exporter.simulator.seed import dice

_FIRST = ("Ann", "Bo", "Chloe", "Dev", "Erik", "Fatima", "Grace", "Hugo", "Ines", "Jun", "Kofi", "Lena", "Maya", "Noah")
_LAST = ("Lee", "Roe", "Novak", "Patel", "Silva", "Okafor", "Meyer", "Tanaka", "Rossi", "Kowalski", "Ng", "Dubois")


@dataclass(frozen=True, slots=True)
class Person:
    """A person of a company, with all that ever reaches them, oldest first."""

    number: int
    name: str
    email: str
    department: Department
    joined_at: int
    viewings: tuple[Viewing, ...]
    encounters: tuple[Encounter, ...]

    @property
    def id(self) -> str:
        """The vendor's id of the person."""
        return secure_id("user", self.email)

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
    launches: tuple[Launch, ...]
    simulations: tuple[Simulation, ...]
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
        make_viewing(launch, math.inf if never else days, draws[launch.title.number])
        for launch in workplace.launches
        if launch.launched_at >= joined and launch.group.takes(department)
    )
    phishing = dice("phishing", workplace.seed, number)
    encounters = make_encounters(phishing, workplace.simulations, joined, viewings)
    email = f"{name.lower().replace(' ', '.')}.{number}@{workplace.domain}"
    return Person(number, name, email, department, joined, viewings, encounters)


def _joined_at(luck: float, first: int, last: int) -> int:
    if luck < 0.8:
        return first - 30 * DAY
    return first + int((luck - 0.8) / 0.2 * (last - first))
