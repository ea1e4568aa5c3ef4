"""On which terms is counted, and how durations are."""

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from exporter.simulator.programme.launch import DAY


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms to count: the moment, when something is overdue, and the bounds of the histograms in days.

    `state_at` is the moment up to which things have happened, where it is another than the one at which they are
    counted; `Call.state_at` tells it for each call.
    """

    moment: datetime
    overdue_after: timedelta = timedelta(days=14)
    histogram_days: tuple[float, ...] = (1, 3, 7, 14, 30, 60, 90)
    state_at: datetime | None = None

    def bounds(self) -> list[float]:
        """Return the upper bounds of the buckets in seconds, infinity last."""
        return [*(days * DAY for days in self.histogram_days), math.inf]


@dataclass(slots=True)
class Histogram:
    """Durations in seconds, counted as Prometheus counts: a bucket holds all that is not longer than its bound."""

    bounds: list[float]
    seconds: list[float] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many durations there are."""
        return len(self.seconds)

    @property
    def sum(self) -> float:
        """All durations together."""
        return math.fsum(self.seconds)

    @property
    def buckets(self) -> dict[float, int]:
        """For each bound, how many durations are not longer."""
        return {bound: sum(second <= bound for second in self.seconds) for bound in self.bounds}
