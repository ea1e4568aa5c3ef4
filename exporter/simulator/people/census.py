"""The census: how everybody stands at a moment, and how every launch and simulation goes, without counting twice.

Standings are kept until something happens to their person; counts of launches are looked up in sorted moments.
"""

import threading
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from exporter.simulator.company import Company
from exporter.simulator.people.encounter import Encounter
from exporter.simulator.people.person import Person
from exporter.simulator.people.score import Score, score_of
from exporter.simulator.people.standing import Standing, standing_of
from exporter.simulator.people.viewing import Viewing
from exporter.simulator.programme.launch import DAY, Launch
from exporter.simulator.programme.simulation import Simulation

T = TypeVar("T")


class Tally:
    """When what happened, by name; how often it had happened by a moment is looked up."""

    def __init__(self) -> None:
        self._moments: dict[str, list[int]] = defaultdict(list)
        self._sorted: dict[str, list[int]] = {}

    def add(self, moments: Mapping[str, int | None]) -> None:
        """Note when things happen, None for what never does."""
        for name, moment in moments.items():
            if moment is not None:
                self._moments[name].append(moment)

    def count(self, name: str, now: int) -> int:
        """Return how often something has happened by now; nothing is added any more."""
        if name not in self._sorted:
            self._sorted[name] = sorted(self._moments[name])
        return bisect_right(self._sorted[name], now)


class _Reach(Generic[T]):
    """Whom a launch or a simulation reaches, with what each makes of it, and the tally."""

    def __init__(self) -> None:
        self.people: list[tuple[Person, T]] = []
        self.tally = Tally()

    def add(self, person: Person, what: T, moments: Mapping[str, int | None]) -> None:
        """Add somebody who is reached."""
        self.people.append((person, what))
        self.tally.add(moments)


@dataclass(slots=True)
class _Round:
    """The standings of one moment."""

    now: int | None = None
    standings: list[Standing] = field(default_factory=list)
    kept: dict[int, Standing] = field(default_factory=dict)


class Census:
    """Counts of a company at any moment, in seconds of the epoch."""

    def __init__(self, company: Company) -> None:
        self._company = company
        self._lock = threading.RLock()
        self._present = _Round()
        self._midnight = _Round()
        self._scores: dict[int, tuple[Standing, Score]] = {}
        self._reached: dict[int, _Reach[Viewing]] = {}
        self._lured: dict[int, _Reach[Encounter]] = {}

    def standings(self, now: int) -> list[Standing]:
        """Return how everybody who has joined stands."""
        with self._lock:
            return self._of(self._present, now, now)

    def standing(self, person: Person, now: int) -> Standing:
        """Return how one person stands."""
        with self._lock:
            return self._keep(self._present, person, now)

    def scores(self, now: int) -> list[tuple[Person, Score]]:
        """Return everybody who has joined with their letters, which are made at midnight (UTC)."""
        with self._lock:
            graded = self._of(self._midnight, now - now % DAY, now)
            return [(standing.person, self._score(standing)) for standing in graded]

    def launches(self, now: int) -> list[Launch]:
        """Return the launches that are listed, those to come too."""
        return [launch for launch in self._company.launches if launch.created_at <= now]

    def simulations(self, now: int) -> list[Simulation]:
        """Return the simulations that are listed, those to come too."""
        return [simulation for simulation in self._company.simulations if simulation.created_at <= now]

    def launch(self, launch: Launch) -> Tally:
        """Return the tally of a launch: `sent`, `completed`, `correct`, and `option-1` to `option-4`."""
        return self._all_reached()[launch.number].tally

    def reached(self, launch: Launch, now: int) -> list[tuple[Person, Viewing]]:
        """Return whom a launch has reached."""
        return self._all_reached()[launch.number].people if launch.launched_at <= now else []

    def simulation(self, simulation: Simulation) -> Tally:
        """Return the tally of a simulation: `sent`, `opened`, `clicked`, `submitted`, `reported`."""
        return self._all_lured()[simulation.number].tally

    def lured(self, simulation: Simulation, now: int) -> list[tuple[Person, Encounter]]:
        """Return whom a simulation has reached."""
        return self._all_lured()[simulation.number].people if simulation.launched_at <= now else []

    def _all_reached(self) -> dict[int, _Reach[Viewing]]:
        with self._lock:
            if not self._reached:
                self._reached = {launch.number: _Reach() for launch in self._company.launches}
                for person in self._company.everyone():
                    for viewing in person.viewings:
                        self._reached[viewing.launch.number].add(person, viewing, _moments_of_viewing(viewing))
            return self._reached

    def _all_lured(self) -> dict[int, _Reach[Encounter]]:
        with self._lock:
            if not self._lured:
                self._lured = {simulation.number: _Reach() for simulation in self._company.simulations}
                for person in self._company.everyone():
                    for encounter in person.encounters:
                        moments = _moments_of_encounter(encounter)
                        self._lured[encounter.simulation.number].add(person, encounter, moments)
            return self._lured

    def _of(self, round_: _Round, now: int, joined_by: int) -> list[Standing]:
        """Return how those who have joined by one moment stand at another; asked for again, it is the same list."""
        if round_.now != now or joined_by != now:
            people = (person for person in self._company.everyone() if person.joined_at <= joined_by)
            round_.standings = [self._keep(round_, person, now) for person in people]
            round_.now = now
        return round_.standings

    def _keep(self, round_: _Round, person: Person, now: int) -> Standing:
        standing = round_.kept.get(person.number)
        if standing is None or not standing.holds(now):
            standing = round_.kept[person.number] = standing_of(person, now)
        return standing

    def _score(self, standing: Standing) -> Score:
        known = self._scores.get(standing.person.number)
        if known is None or known[0] is not standing:
            known = self._scores[standing.person.number] = (standing, score_of(standing))
        return known[1]


def _moments_of_viewing(viewing: Viewing) -> dict[str, int | None]:
    return {
        "sent": viewing.assigned_at,
        "completed": viewing.watched_at,
        "correct": viewing.watched_at if viewing.is_right else None,
        f"option-{viewing.answer}": viewing.watched_at,
    }


def _moments_of_encounter(encounter: Encounter) -> dict[str, int | None]:
    return {
        "sent": encounter.simulation.launched_at,
        "opened": encounter.opened_at,
        "clicked": encounter.clicked_at,
        "submitted": encounter.submitted_at,
        "reported": encounter.reported_at,
    }
