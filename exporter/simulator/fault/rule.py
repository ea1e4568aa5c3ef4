"""When a fault is due: from which call on, how often, on which path, by which chance."""

from dataclasses import dataclass
from random import Random
from typing import TypedDict

from exporter.simulator.fault.fault import Fault


class When(TypedDict, total=False):
    """When a fault is due, as keywords: see `Tenant.fail`."""

    times: int | None
    first: int
    path: str | None
    probability: float
    seconds: float | None


@dataclass(slots=True)
class Rule:
    """Faults of which one is due now and then; counts the calls of its paths."""

    faults: tuple[Fault, ...]
    when: When
    chance: Random
    _seen: int = 0
    _done: int = 0

    @property
    def seconds(self) -> float | None:
        """How long a fault takes that takes its time."""
        return self.when.get("seconds")

    def due(self, path: str) -> Fault | None:
        """Count a call of a path, and return the fault that is due for it."""
        faults = [fault for fault in self.faults if self._fits(fault, path)]
        if not faults:
            return None
        self._seen += 1
        times = self.when.get("times")
        if self._seen < self.when.get("first", 1) or (times is not None and self._done >= times):
            return None
        if self.chance.random() >= self.when.get("probability", 1.0):
            return None
        self._done += 1
        return self.chance.choice(faults)

    def _fits(self, fault: Fault, path: str) -> bool:
        wanted = self.when.get("path")
        return path == wanted if wanted else fault.fits(path)
