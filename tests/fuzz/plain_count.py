"""An independent count of a whole answer of ``get-training-details``: every series that its page must have, or none.

It is written from the contract, in the plainest way, and shares nothing with what it judges but the settings.
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from plain_document import MISSING, integer, is_control, moment, text_of, title_of

from exporter.config.settings import Settings

_OTHER: Final = "(other titles)"
_MOST_ANSWERS: Final = 16
_DAY: Final = 86400.0
_SPELLINGS: Final = {
    "watchedDate": ("watchedDate", "watchedData"),
    "onWatchlist": ("onWatchlist", "onWatchList"),
    "myAnswer": ("myAnswer", "myAsnwer"),
}

Series = dict[tuple[str, ...], float]
"""The value of each series: its name without ``mimecast_``, then the values of its labels by their names."""


@dataclass(frozen=True, slots=True)
class Record:
    """One assignment of one user; None is unknown."""

    user: int
    title: str
    title_id: str | None
    watched: bool
    assigned: float | None
    watched_at: float | None
    listed: bool
    answer: int | None


@dataclass
class Answer:
    """All that stands in an answer."""

    records: list[Record] = field(default_factory=list)
    users: int = 0
    needing: int = 0
    with_badge: int = 0
    unreadable: Counter[str] = field(default_factory=Counter)


def read(elements: Iterable[object]) -> Answer:
    """Return what stands in the elements of ``data``."""
    answer = Answer()
    for element in elements:
        if not isinstance(element, dict):
            answer.unreadable["user"] += 1
            continue
        need, badge = (_known(element.get(key)) for key in ("needEngagement", "meritBadge"))
        answer.unreadable["needEngagement"] += need is not None and not isinstance(need, bool)
        answer.unreadable["meritBadge"] += badge is not None and not isinstance(badge, dict)
        answer.needing += need is True
        answer.with_badge += isinstance(badge, dict) and badge != {}
        rows = element.get("training")
        answer.unreadable["training"] += not isinstance(rows, list)
        for row in rows if isinstance(rows, list) else ():
            answer.records.extend(_record(answer, row))
        answer.users += 1
    return answer


def _known(value: object) -> object:
    return None if value == "" else value


def _record(answer: Answer, row: Any) -> Iterator[Record]:
    """Yield the record of a row; what cannot be read of it is noted."""
    if not isinstance(row, dict) or not isinstance(row.get("watched"), bool):
        answer.unreadable["record"] += 1
        return

    def value(name: str, reader: Any) -> Any:
        written = [row.get(key) for key in _SPELLINGS.get(name, (name,))]
        found = [reader(each) for each in written if _known(each) is not None]
        bad = MISSING in found or len({*found}) > 1
        answer.unreadable[name] += bad
        return None if bad or not found else found[0]

    identity = value("titleId", text_of)
    if identity is not None and not _is_usable(identity):
        answer.unreadable["titleId"] += 1
        identity = None
    assigned, watched_at = value("assignedTimeStamp", moment), value("watchedDate", moment)
    if row["watched"] and assigned is not None and watched_at is not None and watched_at < assigned:
        answer.unreadable["watchedDate"] += 1
        watched_at = None
    yield Record(
        user=answer.users,
        title=title_of(value("title", text_of)),
        title_id=identity,
        watched=row["watched"],
        assigned=assigned,
        watched_at=watched_at if row["watched"] else None,
        listed=value("onWatchlist", lambda each: each if isinstance(each, bool) else MISSING) is True,
        answer=value("myAnswer", integer),
    )


def _is_usable(identity: str) -> bool:
    return 1 <= len(identity) <= 256 and not any(is_control(character) for character in identity)


def expected(answer: Answer, settings: Settings, now: datetime) -> Series:
    """Return the series of a page, with ``now`` as the moment of the poll."""
    counted = [record for record in answer.records if _is_counted(record.title, settings)]
    sizes = Counter(record.title for record in counted)
    large = [title for title in sizes if sizes[title] >= settings.minimum_group_size and title != _OTHER]
    shown = sorted(large, key=lambda title: (-sizes[title], title))[: settings.titles.limit]
    given = Counter(record.answer for record in counted if record.answer not in {None, -1})
    answers = sorted(given, key=lambda number: (-given[number], number))
    groups: dict[str, list[Record]] = {}
    for record in counted:
        groups.setdefault(record.title if record.title in shown else _OTHER, []).append(record)
    series: Series = {
        ("training_titles",): len(sizes),
        ("training_users",): answer.users,
        ("training_users_outstanding",): len({record.user for record in counted if not record.watched}),
        ("training_users_watchlisted",): len({record.user for record in counted if record.listed}),
        ("training_users_needing_engagement",): answer.needing,
        ("training_users_with_merit_badge",): answer.with_badge,
    }
    for title, records in groups.items():
        series |= _counts(title, records, settings, now.timestamp())
        series |= _answers(title, records, answers)
        if title != _OTHER:
            series |= {
                ("training_title_info", title, each.title_id): 1 for each in records if each.title_id is not None
            }
    return series


def _is_counted(title: str, settings: Settings) -> bool:
    include, exclude = settings.titles.include, settings.titles.exclude
    if include and not any(pattern.fullmatch(title) for pattern in include):
        return False
    return not any(pattern.fullmatch(title) for pattern in exclude)


def _counts(title: str, records: list[Record], settings: Settings, now: float) -> Series:
    ages = [max(now - each.assigned, 0.0) for each in records if not each.watched and each.assigned is not None]
    spans = [
        each.watched_at - each.assigned for each in records if each.watched_at is not None and each.assigned is not None
    ]
    assigned = [each.assigned for each in records if each.assigned is not None]
    watched = [each.watched_at for each in records if each.watched_at is not None]
    series: Series = {
        ("training_assigned", title): len(records),
        ("training_watched", title): sum(each.watched for each in records),
        ("training_watchlist", title): sum(each.listed for each in records),
        ("training_overdue", title): sum(age > settings.overdue_after for age in ages),
    }
    if assigned:
        series["training_first_assigned_timestamp_seconds", title] = min(assigned)
        series["training_last_assigned_timestamp_seconds", title] = max(assigned)
    if watched:
        series["training_last_watched_timestamp_seconds", title] = max(watched)
    series |= _histogram("training_completion_seconds", title, spans, settings.histogram_days)
    return series | _histogram("training_outstanding_age_seconds", title, ages, settings.histogram_days)


def _histogram(name: str, title: str, seconds: list[float], days: tuple[float, ...]) -> Series:
    if not days:
        return {}
    series: Series = {
        (f"{name}_bucket", str(bound * _DAY), title): float(sum(each <= bound * _DAY for each in seconds))
        for bound in days
    }
    series[f"{name}_bucket", str(math.inf), title] = series[f"{name}_gcount", title] = len(seconds)
    series[f"{name}_gsum", title] = math.fsum(seconds)
    return series


def _answers(title: str, records: list[Record], answers: list[Any]) -> Series:
    given = Counter(each.answer for each in records)
    series: Series = {("training_answers", str(number), title): given[number] for number in answers[:_MOST_ANSWERS]}
    if answers[_MOST_ANSWERS:]:
        series["training_answers", "other", title] = sum(given[number] for number in answers[_MOST_ANSWERS:])
    return series
