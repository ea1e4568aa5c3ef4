"""The clocks of the process, as one value that is handed in, so that tests turn the hands."""

import threading
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What the parts ask of time: one clock that only goes forward, one that shows the hour, and a way to wait."""

    def monotonic(self) -> float:
        """Return seconds that never go back, and that count while the host is suspended."""
        ...

    def now(self) -> datetime:
        """Return the moment, aware, in UTC."""
        ...

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        ...


class SystemClock:
    """The clocks of this host; :meth:`stop` ends every wait, present and future."""

    def __init__(self) -> None:
        self._stopped = threading.Event()
        # A suspended host must not serve what it knew before it slept, so where there is one the boot clock counts.
        self._clock = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)

    def monotonic(self) -> float:
        """Return seconds since the start of the host."""
        return time.clock_gettime(self._clock)

    def now(self) -> datetime:
        """Return the moment by the host's clock."""
        return datetime.now(UTC)

    def wait(self, seconds: float) -> None:
        """Wait, but no longer than until :meth:`stop`."""
        self._stopped.wait(seconds)

    def stop(self) -> None:
        """End every wait."""
        self._stopped.set()
