"""When a history is scraped, and how its time is cut: into windows, one block each, and parts, one process each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
# A range of Prometheus's own blocks (2 h times a power of 3), which begin at multiples of it.
WINDOW = 54 * HOUR


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How long a history is and how often it is scraped: first every `step`, and in the end every `dense_step`."""

    length: timedelta = timedelta(days=90)
    step: timedelta = HOUR
    dense: timedelta = 3 * HOUR
    dense_step: timedelta = MINUTE

    def dense_from(self, end: datetime) -> datetime:
        """Return when the dense scrapes begin."""
        return end - min(self.dense, self.length)

    def moments(self, end: datetime) -> tuple[datetime, ...]:
        """Return the moments of all scrapes, the last at the end."""
        dense_from = self.dense_from(end)
        sparse = _every(self.step, end - self.length, dense_from)
        return (*sparse, *_every(self.dense_step, dense_from, end), end)


def _every(step: timedelta, start: datetime, end: datetime) -> Iterator[datetime]:
    return (start + number * step for number in range(-((start - end) // step)))


def windows(moments: Sequence[datetime]) -> list[tuple[datetime, ...]]:
    """Return the moments by the block that they fall into."""
    epoch = datetime.fromtimestamp(0, UTC)
    return [tuple(group) for _, group in groupby(moments, lambda moment: (moment - epoch) // WINDOW)]


def parts(moments: Sequence[datetime], count: int) -> list[list[tuple[datetime, ...]]]:
    """Return whole windows in up to so many parts of about the same number of moments."""
    found: list[list[tuple[datetime, ...]]] = []
    before = 0
    for window in windows(moments):
        number = (2 * before + len(window)) * count // (2 * len(moments))
        if not found or number >= len(found):
            found.append([])
        found[-1].append(window)
        before += len(window)
    return found
