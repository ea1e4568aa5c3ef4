"""A title assigned to a person: when it is watched, and what is answered."""

import math
from dataclasses import dataclass
from statistics import NormalDist

from exporter.simulator.programme.launch import DAY, Launch
from exporter.simulator.programme.title import Title

REMINDERS_AFTER = (7 * DAY, 14 * DAY, 21 * DAY, 28 * DAY)
WATCHLIST_AFTER = REMINDERS_AFTER[-1]
_SPREAD = NormalDist(0.0, 1.1)


@dataclass(frozen=True, slots=True)
class Viewing:
    """One launch that reached one person; `watched_at` and `answer` are None if that never happens."""

    launch: Launch
    watched_at: int | None
    answer: int | None

    @property
    def title(self) -> Title:
        """What was assigned."""
        return self.launch.title

    @property
    def assigned_at(self) -> int:
        """When it was assigned, in seconds of the epoch."""
        return self.launch.launched_at

    @property
    def listed_at(self) -> int | None:
        """When the person goes on the watch list, after the last reminder; None if watched before."""
        moment = self.launch.launched_at + WATCHLIST_AFTER
        return None if self.watched_at is not None and self.watched_at <= moment else moment

    @property
    def is_right(self) -> bool:
        """Whether the answer is, or will be, the right one; who closes the video before the question has none."""
        return self.answer == self.launch.title.right_answer

    def is_watched(self, now: int) -> bool:
        """Say whether the person has watched it by now."""
        return self.watched_at is not None and self.watched_at <= now

    def is_listed(self, now: int) -> bool:
        """Say whether the person is on the watch list for it: reminded in vain, and still not watched."""
        return not self.is_watched(now) and now >= self.launch.launched_at + WATCHLIST_AFTER


def make_viewing(launch: Launch, days: float, draw: tuple[float, float, float]) -> Viewing:
    """Return what a person who usually takes so many days makes of a launch; infinity: never watches anything."""
    pace, choice, other = draw
    if math.isinf(days) or choice > 0.98:
        return Viewing(launch, None, None)
    moment = launch.launched_at + int(min(days * math.exp(_SPREAD.inv_cdf(max(pace, 1e-9))), 900) * DAY)
    return Viewing(launch, _in_office_hours(moment), _answer(launch.title, choice / 0.98, other))


def _in_office_hours(moment: int) -> int:
    day, second = divmod(moment, DAY)
    return day * DAY + 8 * 3600 + second * 10 // 24


def _answer(title: Title, choice: float, other: float) -> int | None:
    if other > 0.98:  # watched, and closed before the question
        return None
    if choice < title.clarity:
        return title.right_answer
    return (title.right_answer + int(other / 0.98 * 3)) % 4 + 1
