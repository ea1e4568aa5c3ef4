"""Counts trainings, title by title, in memory that grows with the titles and never with the users.

This loop runs for every record of a tenant, so it is written for the interpreter: plain fields, and few calls a record.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from exporter.collectors.question import Odd
from exporter.collectors.title import clean_title, is_shown
from exporter.collectors.training_record import Training, User
from exporter.config.settings import Settings
from exporter.model import UNFIT_FOR_A_LABEL

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
        "overdue",
        "size",
        "watched",
        "watchlist",
    )

    def __init__(self, buckets: int, *, counted: bool = True) -> None:
        self.counted = counted
        self.size = self.watched = self.watchlist = self.overdue = 0
        self.answers: dict[int, int] = {}
        self.ids: set[str] = set()
        self.first_assigned: datetime | None = None
        self.last_assigned: datetime | None = None
        self.last_watched: datetime | None = None
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
    merged.answers = dict(Counter(one.answers) + Counter(other.answers))
    merged.first_assigned = min(_known(one.first_assigned, other.first_assigned), default=None)
    merged.last_assigned = max(_known(one.last_assigned, other.last_assigned), default=None)
    merged.last_watched = max(_known(one.last_watched, other.last_watched), default=None)
    merged.completion = [sum(pair) for pair in zip(one.completion, other.completion, strict=True)]
    merged.age = [sum(pair) for pair in zip(one.age, other.age, strict=True)]
    merged.completion_total = one.completion_total + other.completion_total
    merged.age_total = one.age_total + other.age_total
    return merged


def _known(*moments: datetime | None) -> list[datetime]:
    return [moment for moment in moments if moment is not None]


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
        outstanding = watchlisted = False
        by_spelling = self._by_spelling
        for training in user.training:
            title = by_spelling.get(training.title) or self._title(training.title)
            title.size += 1
            title_id = training.title_id
            if title_id and title_id not in title.ids:
                self._add_id(title, title_id)
            if training.on_watchlist:
                title.watchlist += 1
                watchlisted |= title.counted
            answer = training.answer
            if answer is not None:
                title.answers[answer] = title.answers.get(answer, 0) + 1
            if training.watched:
                self._add_watched(title, training)
            else:
                self._add_outstanding(title, training)
                outstanding |= title.counted
        count = self.count
        count.records += len(user.training)
        count.users += 1
        count.outstanding += outstanding
        count.watchlisted += watchlisted
        count.needing += user.need_engagement is True
        count.with_badge += bool(user.merit_badge)

    def _add_watched(self, title: TitleCount, training: Training) -> None:
        title.watched += 1
        assigned, watched = training.assigned, training.watched_date
        if assigned is not None:
            if title.first_assigned is None or assigned < title.first_assigned:
                title.first_assigned = assigned
            if title.last_assigned is None or assigned > title.last_assigned:
                title.last_assigned = assigned
            if watched is not None:
                seconds = (watched - assigned).total_seconds()
                if seconds < 0:
                    self.count.unreadable["watchedDate"] += 1
                    return
                title.completion[bisect_left(self._bounds, seconds)] += 1
                title.completion_total += seconds
        if watched is not None and (title.last_watched is None or watched > title.last_watched):
            title.last_watched = watched

    def _add_outstanding(self, title: TitleCount, training: Training) -> None:
        assigned = training.assigned
        if assigned is None:
            return
        if title.first_assigned is None or assigned < title.first_assigned:
            title.first_assigned = assigned
        if title.last_assigned is None or assigned > title.last_assigned:
            title.last_assigned = assigned
        seconds = max((self._now - assigned).total_seconds(), 0.0)
        title.age[bisect_left(self._bounds, seconds)] += 1
        title.age_total += seconds
        title.overdue += seconds > self._overdue_after

    def _add_id(self, title: TitleCount, title_id: str) -> None:
        if len(title_id) <= _LONGEST_ID and not UNFIT_FOR_A_LABEL.search(title_id):
            title.ids.add(title_id)
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
