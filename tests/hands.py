"""A clock whose hands a test turns."""

from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 25, 12, tzinfo=UTC)


class Hands:
    """A clock that stands still but for :meth:`turn` and for those who wait on it."""

    def __init__(self, moment: datetime = START) -> None:
        self._start = moment
        self._wall = timedelta()
        self._seconds = 0.0

    def monotonic(self) -> float:
        return self._seconds

    def now(self) -> datetime:
        return self._start + self._wall

    def wait(self, seconds: float) -> None:
        self.turn(seconds)

    def turn(self, seconds: float) -> None:
        """Let time pass by both hands."""
        self._seconds += seconds
        self._wall += timedelta(seconds=seconds)

    def set_wall(self, seconds: float) -> None:
        """Move the hand that shows the hour alone, as a person or NTP does."""
        self._wall += timedelta(seconds=seconds)
