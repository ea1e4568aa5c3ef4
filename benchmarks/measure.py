"""How everything here is measured: contestants take turns, and each figure is the median of the ratios of their turns.

Machines differ, and one machine differs from one minute to the next. Who takes turns meets the same minutes.
"""

import gc
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Self

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Spread:
    """A measured value: the median of its repetitions, and the quartiles around it."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Self:
        """Return the spread of at least one value."""
        if len(values) == 1:
            return cls(values[0], values[0], values[0])
        low, _, high = quantiles(values, n=4, method="inclusive")
        return cls(median(values), low, high)


def taking_turns(
    contestants: Mapping[str, Callable[[], object]], rounds: int, clock: Clock = time.perf_counter
) -> dict[str, list[float]]:
    """Return the seconds of each contestant in each round; every other round goes backwards."""
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    names = list(contestants)
    for _ in range(rounds):
        for name in names:
            seconds[name].append(_seconds(contestants[name], clock))
        names.reverse()
    return seconds


def _seconds(contestant: Callable[[], object], clock: Clock) -> float:
    gc.collect()  # nobody pays for what the one before left behind
    start = clock()
    contestant()
    return clock() - start


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> Spread:
    """Return the spread of the ratios, round by round."""
    return Spread.of([one / other for one, other in zip(ours, theirs, strict=True)])


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the value that so many percent of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * percent / 100), len(ordered) - 1)]
