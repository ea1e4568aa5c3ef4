"""A phishing simulation that reached a person: what they, and a scanner before their mailbox, do with it, and when."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from exporter.simulator.people.viewing import Viewing
from exporter.simulator.programme.launch import DAY
from exporter.simulator.programme.simulation import Simulation

_LATEST = 21 * DAY
_SLOT = 2 * 3600


@dataclass(frozen=True, slots=True)
class Encounter:
    """One simulation that reached one person; moments are seconds of the epoch, None for what never happens.

    Who submits has clicked, who clicks or reports has opened. `scanned_at` is when a security scanner has opened the
    mail, `scanner_clicked` whether it has followed the link too; neither makes the person open or click.
    """

    simulation: Simulation
    scheduled_at: int
    opened_at: int | None
    clicked_at: int | None
    submitted_at: int | None
    reported_at: int | None
    scanned_at: int | None
    scanner_clicked: bool
    clicked_ip: str

    def moments(self) -> tuple[int | None, ...]:
        """Return when something about it changes."""
        happened = (self.opened_at, self.clicked_at, self.submitted_at, self.reported_at, self.scanned_at)
        return self.simulation.launched_at, *happened

    def status(self, now: int) -> str:
        """Return the vendor's word for how things stand: the worst that the person has done.

        That reporting stands between opening and clicking is invented: nobody has published the order.
        """
        reached = (
            ("SUBMITTED", self.submitted_at),
            ("CLICKED", self.clicked_at),
            ("REPORTED", self.reported_at),
            ("OPENED", self.opened_at),
        )
        return next((name for name, moment in reached if moment is not None and moment <= now), "SENT")


@dataclass(slots=True)
class Temper:
    """How a person is: how easily they click, whether they learn, how readily they report, who scans their mail."""

    gullible: float
    learns: bool
    alert: float
    scanned: bool
    clicks: int = 0

    def gullibility(self, watched: int) -> float:
        """Return the chance to click an average lure, which falls with each click and each training."""
        return self.gullible * (0.5**self.clicks * 0.985**watched if self.learns else 1.0)


def make_encounters(
    random: Random, simulations: Sequence[Simulation], joined_at: int, viewings: Sequence[Viewing]
) -> tuple[Encounter, ...]:
    """Return what a person does with each simulation since they joined, oldest first."""
    stubborn = random.random() < 0.03
    temper = Temper(
        gullible=0.5 if stubborn else min(0.6, random.lognormvariate(-2.4, 0.8)),
        learns=not stubborn,
        alert=random.uniform(0.05, 0.45),
        scanned=random.random() < 0.08,
    )
    watched = sorted(viewing.watched_at for viewing in viewings if viewing.watched_at is not None)
    encounters = []
    for simulation in simulations:
        draws = [random.random() for _ in range(9)]
        if simulation.launched_at < joined_at:
            continue
        trained = sum(moment < simulation.launched_at for moment in watched)
        encounters.append(_encounter(simulation, temper, trained, draws))
    return tuple(encounters)


def _encounter(simulation: Simulation, temper: Temper, trained: int, draws: list[float]) -> Encounter:
    slot, opens, waits, clicks, submits, reports, hesitates, scans, place = draws
    scheduled = simulation.launched_at + int(slot * _SLOT)
    opened = scheduled + _wait(waits) if opens < 0.62 else None
    clicked = submitted = reported = None
    if opened is not None:
        if clicks < temper.gullibility(trained) * simulation.difficulty * 1.8:
            clicked = opened + 4 + int(120 * hesitates)
            submitted = clicked + 9 + int(80 * place) if submits < 0.3 else None
            temper.clicks += 1
        if reports < (temper.alert + 0.01 * trained) * (0.25 if clicked else 1.0):
            reported = opened + 20 + int(1800 * hesitates**2) + (200 if clicked else 0)
    scanned = scheduled + 1 + int(30 * place) if temper.scanned and scans < 0.9 else None
    return Encounter(
        simulation=simulation,
        scheduled_at=scheduled,
        opened_at=opened,
        clicked_at=clicked,
        submitted_at=submitted,
        reported_at=reported,
        scanned_at=scanned,
        scanner_clicked=scanned is not None and scans < 0.5,
        clicked_ip=f"192.0.2.{1 + int(place * 250)}" if place < 0.9 else f"2001:db8::{int(place * 65000):x}",
    )


def _wait(luck: float) -> int:
    """Return the seconds until somebody opens a mail: half do within ninety minutes, a few take days."""
    odds = max(luck, 1e-6) / (1.000001 - luck)
    return int(min(5400 * math.pow(odds, 1.1), _LATEST))
