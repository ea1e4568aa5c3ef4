"""The simulator's own time: real by default, and set, stopped and advanced by tests."""

import threading
import time
from datetime import UTC, datetime, timedelta


class SimulatedClock:
    """Wall time that a test can hold in its hand.

    Without a start it is the real time. With a start, and after `set`, it stands still until `advance` or `run`.
    Monotonic time never stands still and never goes back; `advance` adds to it, so that windows and tokens age.
    """

    def __init__(self, start: datetime | None = None, *, speed: float | None = None) -> None:
        self._lock = threading.Lock()
        self._origin = start or datetime.now(UTC)
        self._since = time.monotonic()
        self._advanced = 0.0
        default = 1.0 if start is None else 0.0
        self._speed = default if speed is None else speed

    def now(self) -> datetime:
        """Return the simulated wall time, in UTC."""
        with self._lock:
            return self._now()

    def monotonic(self) -> float:
        """Return seconds that only grow: real ones, and what `advance` has added."""
        with self._lock:
            return time.monotonic() + self._advanced

    def set(self, moment: datetime) -> None:
        """Move the wall time to a moment, forward or back, and stop it there; monotonic time does not notice."""
        with self._lock:
            self._restart(moment, 0.0)

    def advance(self, seconds: float) -> None:
        """Let so many seconds pass at once, on both times."""
        with self._lock:
            self._restart(self._now() + timedelta(seconds=seconds), self._speed)
            self._advanced += max(0.0, seconds)

    def run(self, speed: float = 1.0) -> None:
        """Let the wall time run from where it stands, so many simulated seconds in each real one."""
        with self._lock:
            self._restart(self._now(), speed)

    def _now(self) -> datetime:
        return self._origin + timedelta(seconds=(time.monotonic() - self._since) * self._speed)

    def _restart(self, moment: datetime, speed: float) -> None:
        self._origin, self._since, self._speed = moment, time.monotonic(), speed
