"""What must be known of each tenant's polls at each moment, by the contract alone: an independent model of the cache.

Times are in seconds: monotonic ones without more said, ``wall`` ones since 1970.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

SHORTEST_PACE: Final = 30.0
LARGEST_SKEW: Final = 300.0
REFUSED_SKEW: Final = 900.0
"""From there on the vendor takes no signature any more."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One moment by the exporter's clocks, and the vendor's clock less ours."""

    monotonic: float
    wall: float
    skew: float


@dataclass(frozen=True, slots=True)
class Good:
    """An answer in order: its number, which grows from answer to answer, and the series that it makes."""

    version: int
    series: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Bad:
    """An answer that fails a poll for ``reason``, and asks to wait if ``wait`` is not 0."""

    fault: str
    reason: str
    wait: float = 0.0
    is_refusal: bool = False


@dataclass(frozen=True, slots=True)
class Terms:
    """How a unit is polled."""

    refresh: float
    staleness: float


@dataclass
class Unit:
    """One collector of one tenant."""

    terms: Terms
    good: Good | None = None
    good_at: Moment | None = None
    reason: str | None = None
    polls: int = 0
    due_at: float = float("-inf")
    failures: int = 0

    def succeed(self, good: Good, now: Moment) -> None:
        """Take an answer over; it is never older than the one before."""
        assert self.good is None or self.good.version <= good.version
        self.good, self.good_at, self.reason = good, now, None
        self.polls, self.failures = self.polls + 1, 0
        self.due_at = now.monotonic + self.terms.refresh

    def fail(self, reason: str, now: Moment, wait: float) -> None:
        """Keep the old answer, and try again later and later."""
        self.reason = reason
        pace = min(self.terms.refresh, SHORTEST_PACE * 2.0**self.failures)
        self.polls, self.failures = self.polls + 1, self.failures + 1
        self.due_at = now.monotonic + max(pace, wait)

    def too_old_in(self, now: Moment) -> float:
        """Return in how many seconds the old answer may no longer be shown."""
        if self.good_at is None:
            return 0.0
        return self.good_at.monotonic + self.terms.refresh + self.terms.staleness - now.monotonic

    def shown(self, now: Moment) -> Good | None:
        """Return the answer that a page may show."""
        if self.good is None or self.good_at is None:
            return None
        age = now.monotonic - self.good_at.monotonic
        is_fresh = age == 0 and self.reason is None
        return self.good if is_fresh or age < self.terms.refresh + self.terms.staleness else None


@dataclass
class Tenant:
    """One customer: its units in the order in which they are polled, and the wait that its vendor asked for."""

    name: str
    is_signed: bool
    units: dict[str, Unit]
    blocked_until: float = float("-inf")
    blocked_wall: float = 0.0
    blocked_reason: str = ""
    calls: Counter[str] = field(default_factory=Counter)

    def scrape(self, names: Iterable[str], answers: Mapping[str, Good | Bad], now: Moment) -> None:
        """Poll what is due, one after the other."""
        for name in names:
            if now.monotonic >= self.units[name].due_at:
                self.poll(name, answers[name], now)

    def poll(self, name: str, answer: Good | Bad, now: Moment) -> None:
        """Poll one unit, whose vendor would give this answer."""
        unit = self.units[name]
        if now.monotonic < self.blocked_until:
            unit.fail(self.blocked_reason, now, self.blocked_until - now.monotonic)
            return
        self.calls[name] += 1
        if self.is_signed and abs(now.skew) > REFUSED_SKEW:
            unit.fail("clock_skew", now, 0.0)
        elif isinstance(answer, Good):
            unit.succeed(answer, now)
        else:
            self._fail(unit, answer, now)

    def _fail(self, unit: Unit, answer: Bad, now: Moment) -> None:
        if answer.wait:
            self.blocked_until = now.monotonic + answer.wait
            self.blocked_wall = now.wall + answer.wait
            self.blocked_reason = answer.reason
        is_by_the_clock = answer.is_refusal and abs(now.skew) > LARGEST_SKEW
        unit.fail("clock_skew" if is_by_the_clock else answer.reason, now, answer.wait)

    def next_call(self, name: str, now: Moment) -> float:
        """Return in how many seconds the vendor may be asked for a unit."""
        return max(self.units[name].due_at - now.monotonic, self.blocked_until - now.monotonic, 0.0)

    def page(self, now: Moment, names: Iterable[str] = ()) -> dict[str, float]:
        """Return the series of a page of some units, or of all, but for those that tell how long polls took."""
        units = {name: unit for name, unit in self.units.items() if not names or name in names}
        is_up = all(unit.polls and unit.reason is None for unit in units.values())
        series = {self._series("up"): float(is_up)}
        if now.monotonic < self.blocked_until:
            series[self._series("api_blocked_until_timestamp_seconds")] = self.blocked_wall
        for name, unit in units.items():
            series |= self._of_unit(name, unit, now)
        return series

    def _of_unit(self, name: str, unit: Unit, now: Moment) -> dict[str, float]:
        is_good = bool(unit.polls) and unit.reason is None
        series = {self._series("collector_success", collector=name): float(is_good)}
        if unit.reason is not None:
            series[self._series("collector_failing", collector=name, reason=unit.reason)] = 1.0
        if unit.good_at is not None:
            series[self._series("collector_last_success_timestamp_seconds", collector=name)] = unit.good_at.wall
        shown = unit.shown(now)
        return series | (dict(shown.series) if shown else {})

    def _series(self, name: str, **labels: str) -> str:
        texts = sorted({**labels, "tenant": self.name}.items())
        return "mimecast_" + name + "{" + ",".join(f'{label}="{text}"' for label, text in texts) + "}"
