"""How a person stands at a moment: their counts, right until something happens to them."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from exporter.simulator.people.person import Person


@dataclass(slots=True)
class Standing:
    """A person's counts, right from `since` until before `until` (seconds of the epoch).

    `assigned` are watched (`correct` or `incorrect`) or not watched, of which some are `listed`. `promptness` adds up
    marks from 0 to 1, one for each of the `marked` viewings: those that are watched, or on the watch list.
    The simulations are those sent to the person; `scanned` and `scanner_clicked` are what a scanner has done.
    """

    person: Person
    since: float = -math.inf
    until: float = math.inf
    assigned: int = 0
    correct: int = 0
    incorrect: int = 0
    listed: int = 0
    marked: int = 0
    promptness: float = 0.0
    sent: int = 0
    clicked: int = 0
    submitted: int = 0
    reported: int = 0
    scanned: int = 0
    scanner_clicked: int = 0

    @property
    def watched(self) -> int:
        """How many trainings the person has watched."""
        return self.correct + self.incorrect

    @property
    def not_watched(self) -> int:
        """How many trainings the person has not watched yet."""
        return self.assigned - self.correct - self.incorrect

    def holds(self, now: int) -> bool:
        """Say whether nothing has happened to the person between the standing and now."""
        return self.since <= now < self.until


def standing_of(person: Person, now: int) -> Standing:
    """Return how a person stands at a moment."""
    standing = Standing(person)
    for moment in _moments(person):
        if moment <= now:
            standing.since = max(standing.since, moment)
        else:
            standing.until = min(standing.until, moment)
    _add_trainings(standing, person, now)
    _add_simulations(standing, person, now)
    return standing


def mark(days: float) -> float:
    """Return the mark for watching after so many days: full within a week, less after each reminder."""
    return 1.0 if days <= 7 else 0.8 if days <= 14 else 0.55 if days <= 28 else 0.3


def _moments(person: Person) -> Iterator[int]:
    for viewing in person.viewings:
        yield viewing.assigned_at
        for moment in (viewing.watched_at, viewing.listed_at):
            if moment is not None:
                yield moment
    for encounter in person.encounters:
        yield from (moment for moment in encounter.moments() if moment is not None)


def _add_trainings(standing: Standing, person: Person, now: int) -> None:
    for viewing in person.viewings:
        assigned_at, watched_at = viewing.assigned_at, viewing.watched_at
        if assigned_at > now:
            continue
        standing.assigned += 1
        if watched_at is not None and watched_at <= now:
            standing.correct += viewing.is_right
            standing.incorrect += not viewing.is_right
            standing.marked += 1
            standing.promptness += mark((watched_at - assigned_at) / 86_400)
        elif viewing.is_listed(now):
            standing.listed += 1
            standing.marked += 1


def _add_simulations(standing: Standing, person: Person, now: int) -> None:
    for encounter in person.encounters:
        if encounter.simulation.launched_at > now:
            return
        standing.sent += 1
        standing.clicked += encounter.clicked_at is not None and encounter.clicked_at <= now
        standing.submitted += encounter.submitted_at is not None and encounter.submitted_at <= now
        standing.reported += encounter.reported_at is not None and encounter.reported_at <= now
        if encounter.scanned_at is not None and encounter.scanned_at <= now:
            standing.scanned += 1
            standing.scanner_clicked += encounter.scanner_clicked
