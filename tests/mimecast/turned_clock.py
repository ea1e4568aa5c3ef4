"""A clock whose hands a test turns."""

from datetime import UTC, datetime, timedelta
from typing import Final

NOW: Final = datetime(2026, 11, 25, 12, tzinfo=UTC)


class TurnedClock:
    """Stands still until somebody waits by it, or turns it."""

    def __init__(self, moment: datetime = NOW) -> None:
        self.waits: list[float] = []
        self._moment = moment
        self._seconds = 5000.0

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        return self._seconds

    def now(self) -> datetime:
        """Return the moment."""
        return self._moment

    def wait(self, seconds: float) -> None:
        """Let time pass at once."""
        self.waits.append(seconds)
        self.turn(seconds)

    def turn(self, seconds: float) -> None:
        """Let time pass on both clocks."""
        self._seconds += seconds
        self._moment += timedelta(seconds=seconds)
