"""The one time of a history, of the simulator and of the exporter."""

from datetime import datetime, timedelta

from exporter.simulator import SimulatedClock


class RunningClock(SimulatedClock):
    """A clock that runs faster than the real one, and that is put ahead from scrape to scrape.

    Both programs read it, so their dates agree, and what takes milliseconds over loopback takes as long as the vendor.
    It is the exporter's clock too: whoever waits lets time pass for both.
    """

    def __init__(self, start: datetime, pace: float) -> None:
        super().__init__(start, speed=pace)
        self._start = start

    def monotonic(self) -> float:
        return (self.now() - self._start) / timedelta(seconds=1)

    def wait(self, seconds: float) -> None:
        self.advance(seconds)

    def reach(self, moment: datetime) -> None:
        """Let time pass until a moment; what was slow may have passed it."""
        self.advance(max(0.0, (moment - self.now()) / timedelta(seconds=1)))
