"""Counts trainings, title by title, in memory that grows with the titles and never with the users.

This loop runs for every record of a tenant, so it is written for the interpreter: plain fields, and few calls a record.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from itertools import chain
from typing import Final

from exporter.collectors.question import Odd
from exporter.collectors.title import clean_title, is_shown
from exporter.collectors.training_record import User
from exporter.config.settings import Settings
from exporter.model import is_clean

_FARTHEST_ZONE: Final = timedelta(hours=23, minutes=59)
NEVER: Final = datetime.min.replace(tzinfo=timezone(_FARTHEST_ZONE))
NEVER_YET: Final = datetime.max.replace(tzinfo=timezone(-_FARTHEST_ZONE))
"""What the latest and the first of no moments are, beyond all dates: cheaper to compare with than None."""

_DAY: Final = 86400.0
_LONGEST_ID: Final = 256


class TitleCount:
    """What is counted of one title: assignments (``size``), of these watched, ..., the moments, and two histograms.

    The lists hold the observations of each bucket alone, the last those above the last bound; totals are in seconds.
    """

    __slots__ = (
        "age",
        "age_total",
        "answers",
        "completion",
        "completion_total",
        "counted",
        "first_assigned",
        "ids",
        "last_assigned",
        "last_watched",
        "latest_id",
        "overdue",
        "size",
        "watched",
        "watchlist",
    )

    def __init__(self, buckets: int, *, counted: bool = True) -> None:
        self.counted = counted
        self.size = self.watched = self.watchlist = self.overdue = 0
        self.answers: defaultdict[int, int] = defaultdict(int)
        self.ids: set[str] = set()
        self.latest_id: str | None = None
        self.first_assigned = NEVER_YET
        self.last_assigned = self.last_watched = NEVER
        self.completion = [0] * buckets
        self.age = [0] * buckets
        self.completion_total = self.age_total = 0.0


@dataclass(slots=True)
class Count:
    """What is counted of one answer; titles by their clean names, users in all and by what is true of them."""

    titles: dict[str, TitleCount] = field(default_factory=dict)
    records: int = 0
    users: int = 0
    outstanding: int = 0
    watchlisted: int = 0
    needing: int = 0
    with_badge: int = 0
    unreadable: Counter[str] = field(default_factory=Counter)


def count_users(users: Iterable[User | Odd[User]], settings: Settings, now: datetime) -> Count:
    """Return what is counted of all ``users`` at the moment ``now`` (aware)."""
    counting = _Counting(settings, now)
    unreadable = counting.count.unreadable
    for user in users:
        if isinstance(user, Odd):
            unreadable.update(user.unreadable)
            if user.record is not None:
                counting.add(user.record)
        else:
            counting.add(user)
    return counting.count


def merge(one: TitleCount, other: TitleCount) -> TitleCount:
    """Return both counts as one, without the ids, which belong to titles shown by name."""
    merged = TitleCount(len(one.age))
    merged.size = one.size + other.size
    merged.watched = one.watched + other.watched
    merged.watchlist = one.watchlist + other.watchlist
    merged.overdue = one.overdue + other.overdue
    for answer, count in chain(one.answers.items(), other.answers.items()):
        merged.answers[answer] += count
    merged.first_assigned = min(one.first_assigned, other.first_assigned)
    merged.last_assigned = max(one.last_assigned, other.last_assigned)
    merged.last_watched = max(one.last_watched, other.last_watched)
    merged.completion = [sum(pair) for pair in zip(one.completion, other.completion, strict=True)]
    merged.age = [sum(pair) for pair in zip(one.age, other.age, strict=True)]
    merged.completion_total = one.completion_total + other.completion_total
    merged.age_total = one.age_total + other.age_total
    return merged


class _Counting:
    """One run over the users of an answer."""

    def __init__(self, settings: Settings, now: datetime) -> None:
        self.count = Count()
        self._titles = settings.titles
        self._overdue_after = settings.overdue_after
        self._now = now
        self._bounds = [days * _DAY for days in settings.histogram_days]
        self._excluded = TitleCount(len(self._bounds) + 1, counted=False)
        self._by_spelling: dict[str | None, TitleCount] = {}

    def add(self, user: User) -> None:
        """Count one user. One loop without a call for each record, which would cost a tenth of a whole poll."""
        by_spelling, bounds, now = self._by_spelling, self._bounds, self._now
        outstanding = watchlisted = False
        for training in user.training:
            title = by_spelling.get(training.title) or self._title(training.title)
            title.size += 1
            title_id, assigned, answer = training.title_id, training.assigned, training.answer
            if title_id != title.latest_id:
                self._add_id(title, title_id)
            if training.on_watchlist:
                title.watchlist += 1
                watchlisted |= title.counted
            if answer is not None:
                title.answers[answer] += 1
            if assigned is not None:
                if assigned < title.first_assigned:
                    title.first_assigned = assigned
                if assigned > title.last_assigned:
                    title.last_assigned = assigned
            if training.watched:
                title.watched += 1
                watched = training.watched_date
                if watched is None:
                    continue
                if assigned is not None:
                    seconds = (watched - assigned).total_seconds()
                    if seconds < 0:
                        self.count.unreadable["watchedDate"] += 1
                        continue
                    title.completion[bisect_left(bounds, seconds)] += 1
                    title.completion_total += seconds
                if watched > title.last_watched:
                    title.last_watched = watched
            else:
                outstanding |= title.counted
                if assigned is not None:
                    seconds = (now - assigned).total_seconds()
                    if seconds < 0:
                        seconds = 0.0
                    title.age[bisect_left(bounds, seconds)] += 1
                    title.age_total += seconds
                    title.overdue += seconds > self._overdue_after
        self._add_flags(user, outstanding=outstanding, watchlisted=watchlisted)

    def _add_flags(self, user: User, *, outstanding: bool, watchlisted: bool) -> None:
        count = self.count
        count.records += len(user.training)
        count.users += 1
        count.outstanding += outstanding
        count.watchlisted += watchlisted
        count.needing += user.need_engagement is True
        count.with_badge += bool(user.merit_badge)

    def _add_id(self, title: TitleCount, title_id: str | None) -> None:
        if not title_id:
            return
        if title_id in title.ids or (len(title_id) <= _LONGEST_ID and is_clean(title_id)):
            title.ids.add(title_id)
            title.latest_id = title_id
        else:
            self.count.unreadable["titleId"] += 1

    def _title(self, spelling: str | None) -> TitleCount:
        title = clean_title(spelling)
        if is_shown(title, self._titles):
            found = self.count.titles.get(title) or TitleCount(len(self._bounds) + 1)
            self.count.titles[title] = found
        else:
            found = self._excluded
        self._by_spelling[spelling] = found
        return found
