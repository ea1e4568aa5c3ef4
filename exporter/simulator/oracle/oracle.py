"""The oracle: what every collector of an exporter should find in a tenant at a moment."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from exporter.simulator.company import Company
from exporter.simulator.oracle.people import (
    PerformanceCount,
    SafeScoreCount,
    WatchlistCount,
    count_performance,
    count_safe_score,
    count_watchlist,
)
from exporter.simulator.oracle.programme import (
    CampaignCount,
    QueueCount,
    SimulationCount,
    count_campaign,
    count_queue,
    count_repeat_clickers,
    count_simulation,
)
from exporter.simulator.oracle.terms import Terms
from exporter.simulator.oracle.training import Count, expected
from exporter.simulator.people.person import Person
from exporter.simulator.programme.launch import Launch
from exporter.simulator.programme.simulation import Simulation


@dataclass(frozen=True, slots=True)
class Oracle:
    """Counts of a company on some terms; no limit, folding or exclusion is applied. Moments are seconds of the epoch.

    `unlisted` are the ids of campaigns and simulations that are not in the lists any more.
    """

    company: Company
    terms: Terms
    unlisted: frozenset[str] = field(default=frozenset())

    def training(self) -> Count:
        """Count the training details."""
        return expected(self.company, self.terms)

    def queue(self) -> QueueCount:
        """Count the queue; what is to come is judged at `terms.moment`, what has happened at `terms.state_at`."""
        launches = [launch for launch in self.company.launches if launch.created_at <= self._now]
        return count_queue(launches, list(self._people()), self._now, int(self.terms.moment.timestamp()))

    def performance(self) -> PerformanceCount:
        """Count the answers of everybody."""
        return count_performance(self._people(), self._now)

    def watchlist(self) -> WatchlistCount:
        """Count the people on the watch list."""
        return count_watchlist(self._people(), self._now)

    def safe_score(self) -> SafeScoreCount:
        """Count the grades."""
        return count_safe_score(self._people(), self._now)

    def campaigns(self, newest: int | None = None) -> list[CampaignCount]:
        """Count the training campaigns that are listed, those to come too, the newest launch first."""
        listed = [launch for launch in self.company.launches if launch.created_at <= self._now]
        kept = [launch for launch in listed if launch.campaign_id not in self.unlisted]
        people = list(self._people())
        return [count_campaign(launch, people, self._now) for launch in _newest_launches(kept, newest)]

    def simulations(self, newest: int | None = None) -> list[SimulationCount]:
        """Count the phishing simulations that are listed, those to come too, the newest launch first."""
        people = list(self._people())
        return [count_simulation(simulation, people, self._now) for simulation in self._simulations(newest)]

    def repeat_clickers(self, newest: int | None = None) -> int:
        """Count who is among the people of the newest simulations and has clicked in two simulations or more."""
        return count_repeat_clickers(self._simulations(newest), list(self._people()), self._now)

    @property
    def _now(self) -> int:
        return int((self.terms.state_at or self.terms.moment).timestamp())

    def _people(self) -> Iterator[Person]:
        return self.company.people(self.terms.state_at or self.terms.moment)

    def _simulations(self, newest: int | None) -> list[Simulation]:
        listed = [each for each in self.company.simulations if each.created_at <= self._now]
        kept = [each for each in listed if each.id not in self.unlisted]
        return sorted(kept, key=lambda each: each.launched_at, reverse=True)[:newest]


def _newest_launches(launches: list[Launch], newest: int | None) -> list[Launch]:
    return sorted(launches, key=lambda launch: launch.launched_at, reverse=True)[:newest]
