"""An independent count of trainings, over the people of a company or over a document of the vendor's form."""

import json
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from exporter.simulator.company import Company
from exporter.simulator.oracle.terms import Histogram, Terms
from exporter.simulator.people.person import Person, merit_badge, needs_engagement
from exporter.simulator.programme.launch import DAY

UNTITLED = "(untitled)"


@dataclass(slots=True)
class TitleCount:
    """What is expected of one title; moments are seconds of the epoch, None if there is none."""

    completion: Histogram
    outstanding_age: Histogram
    assigned: int = 0
    watched: int = 0
    watchlist: int = 0
    overdue: int = 0
    answers: Counter[int] = field(default_factory=Counter)
    first_assigned: float | None = None
    last_assigned: float | None = None
    last_watched: float | None = None
    ids: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Count:
    """What is expected of a whole answer, by title name; no limit, folding or exclusion is applied."""

    titles: dict[str, TitleCount] = field(default_factory=dict)
    records: int = 0
    users: int = 0
    users_outstanding: int = 0
    users_watchlisted: int = 0
    users_needing_engagement: int = 0
    users_with_merit_badge: int = 0


@dataclass(frozen=True, slots=True)
class Record:
    """One assignment, as it stands at the moment of the count."""

    title: str
    title_id: str | None
    assigned_at: float | None
    watched: bool
    watched_at: float | None
    answer: int | None
    watchlist: bool


def expected(company: Company, terms: Terms) -> Count:
    """Count the people of a company at a moment."""
    count = Count()
    state_at = terms.state_at or terms.moment
    for person in company.people(state_at):
        records = list(_of_person(person, int(state_at.timestamp())))
        watched = sum(record.watched for record in records)
        listed = sum(record.watchlist for record in records)
        _add_user(count, records, terms)
        count.users_needing_engagement += needs_engagement(listed)
        count.users_with_merit_badge += merit_badge(watched, listed) != {}
    return count


def counted(document: bytes | str, terms: Terms) -> Count:
    """Count a document of the vendor's form, in either spelling.

    A record without a boolean `watched` is left out, any other value of a wrong form is unknown.
    Titles are taken as they are; ValueError if the text is no JSON.
    """
    count = Count()
    for user in json.loads(document)["data"]:
        if not isinstance(user, dict):
            continue
        rows = user.get("training")
        records = list(_of_rows(rows)) if isinstance(rows, list) else []
        _add_user(count, records, terms)
        count.users_needing_engagement += user.get("needEngagement") is True
        badge = user.get("meritBadge")
        count.users_with_merit_badge += isinstance(badge, dict) and badge != {}
    return count


def _of_person(person: Person, now: int) -> Iterator[Record]:
    for viewing in person.viewings:
        if viewing.launch.launched_at > now:
            continue
        watched = viewing.watched_at is not None and viewing.watched_at <= now
        reminders = (now - viewing.launch.launched_at) // (7 * DAY)
        yield Record(
            title=viewing.title.name,
            title_id=viewing.title.id,
            assigned_at=viewing.launch.launched_at,
            watched=watched,
            watched_at=viewing.watched_at if watched else None,
            answer=viewing.answer if watched else None,
            watchlist=not watched and reminders >= 4,  # four weekly reminders
        )


def _of_rows(rows: list[Any]) -> Iterator[Record]:
    for row in rows:
        if not isinstance(row, dict) or not isinstance(row.get("watched"), bool):
            continue
        title, title_id = row.get("title"), row.get("titleId")
        yield Record(
            title=title if isinstance(title, str) and title else UNTITLED,
            title_id=title_id if isinstance(title_id, str) and title_id else None,
            assigned_at=_moment(row.get("assignedTimeStamp")),
            watched=row["watched"],
            watched_at=_moment(_either(row, "watchedDate", "watchedData")),
            answer=_integer(_either(row, "myAnswer", "myAsnwer")),
            watchlist=_either(row, "onWatchlist", "onWatchList") is True,
        )


def _add_user(count: Count, records: list[Record], terms: Terms) -> None:
    count.users += 1
    count.records += len(records)
    count.users_outstanding += any(not record.watched for record in records)
    count.users_watchlisted += any(record.watchlist for record in records)
    for record in records:
        if record.title not in count.titles:
            count.titles[record.title] = TitleCount(Histogram(terms.bounds()), Histogram(terms.bounds()))
        _add_record(count.titles[record.title], record, terms)


def _add_record(title: TitleCount, record: Record, terms: Terms) -> None:
    now = terms.moment.timestamp()
    title.assigned += 1
    title.watched += record.watched
    title.watchlist += record.watchlist
    if record.title_id is not None:
        title.ids.add(record.title_id)
    if record.answer is not None and record.answer != -1:
        title.answers[record.answer] += 1
    if record.watched and record.watched_at is not None:
        title.last_watched = max(title.last_watched or -math.inf, record.watched_at)
    if record.assigned_at is not None:
        _add_assignment(title, record, record.assigned_at, now - terms.overdue_after.total_seconds())
    if not record.watched and record.assigned_at is not None:
        title.outstanding_age.seconds.append(max(0.0, now - record.assigned_at))


def _add_assignment(title: TitleCount, record: Record, assigned_at: float, limit: float) -> None:
    title.first_assigned = min(title.first_assigned or math.inf, assigned_at)
    title.last_assigned = max(title.last_assigned or -math.inf, assigned_at)
    title.overdue += not record.watched and assigned_at < limit
    if record.watched and record.watched_at is not None and record.watched_at >= assigned_at:
        title.completion.seconds.append(record.watched_at - assigned_at)


def _either(row: dict[str, Any], one: str, other: str) -> Any:
    if one in row and other in row:
        return row[one] if row[one] == row[other] else None
    return row.get(one, row.get(other))


def _integer(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _moment(value: Any) -> float | None:
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
