"""Trainings assigned, watched, overdue and on the watch list, by title: ``user/get-training-details``.

The answer names no user and takes no filter, so it may cover the whole company or only the identity that asks:
whatever is given is counted. Source of the fields: the vendor's page of the endpoint.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final

from exporter.collectors.declaration import polled
from exporter.collectors.question import Asking, Collector, Odd, Outcome, Question
from exporter.collectors.title import OTHER_TITLES, fold_small
from exporter.collectors.training_count import NEVER, NEVER_YET, Count, TitleCount, count_users, merge
from exporter.collectors.training_record import FIELDS, READING, User
from exporter.config.settings import Settings
from exporter.model import Distribution, Kind, Metric, Sample

PATH: Final = "/api/awareness-training/user/get-training-details"

_MOST_ANSWERS: Final = 16
_NO_ANSWER: Final = -1
_DAY: Final = 86400.0
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def _by_title(name: str, text: str, *labels: str, kind: Kind = Kind.GAUGE) -> Metric:
    return polled(f"training_{name}", text, "title", *labels, kind=kind)


def _of_users(name: str, text: str) -> Metric:
    return polled(f"training_{name}", text)


ASSIGNED = _by_title("assigned", "Assignments of the title (elements of training).")
WATCHED = _by_title("watched", "Assignments of the title that are watched (watched).")
WATCHLIST = _by_title("watchlist", "Assignments of the title on the watch list after several reminders (onWatchlist).")
OVERDUE = _by_title(
    "overdue",
    "Assignments of the title not watched and assigned longer ago than overdue_after (watched, assignedTimeStamp).",
)
ANSWERS = _by_title(
    "answers", "Assignments of the title by the answer given (myAnswer); rare ones are other.", "answer"
)
COMPLETION = _by_title(
    "completion_seconds",
    "Seconds from assignment to watching, of what is watched (watchedDate less assignedTimeStamp).",
    kind=Kind.GAUGE_HISTOGRAM,
)
OUTSTANDING = _by_title(
    "outstanding_age_seconds",
    "Seconds since the assignment of what is not watched, at the poll (assignedTimeStamp).",
    kind=Kind.GAUGE_HISTOGRAM,
)
FIRST_ASSIGNED = _by_title("first_assigned_timestamp_seconds", "First assignment of the title (assignedTimeStamp).")
LAST_ASSIGNED = _by_title("last_assigned_timestamp_seconds", "Last assignment of the title (assignedTimeStamp).")
LAST_WATCHED = _by_title("last_watched_timestamp_seconds", "When the title was last watched (watchedDate).")
TITLE_INFO = _by_title(
    "title_info", "The vendor's ids of a title shown by its name (titleId).", "title_id", kind=Kind.INFO
)
TITLES = _of_users("titles", "Different titles in the answer, with those folded into (other titles).")
USERS = _of_users("users", "Users in the answer (elements of data).")
USERS_OUTSTANDING = _of_users("users_outstanding", "Users with something assigned and not watched (watched).")
USERS_WATCHLISTED = _of_users("users_watchlisted", "Users on the watch list for any title (onWatchlist).")
USERS_NEEDING = _of_users("users_needing_engagement", "Users who need engagement (needEngagement).")
USERS_WITH_BADGE = _of_users("users_with_merit_badge", "Users with a merit badge (any key in meritBadge).")


_OTHER_ANSWERS: Final = "other"


def _ask(settings: Settings, now: datetime) -> Asking:
    def fold(users: Iterable[User | Odd[User]]) -> Count:
        return count_users(users, settings, now)

    count: Count = yield Question(PATH, READING, fold)
    return Outcome(list(_samples(count, settings)), count.records, count.unreadable)


def _samples(count: Count, settings: Settings) -> Iterator[Sample]:
    titles = fold_small(count.titles, settings.titles.limit, settings.minimum_group_size, merge)
    answers = _most_given(count.titles.values())
    bounds = tuple(days * _DAY for days in settings.histogram_days)
    for title, of_title in sorted(titles.items()):
        yield from _counts(title, of_title)
        yield from _answers(title, of_title, answers)
        yield from _moments(title, of_title)
        if bounds:
            yield from _histograms(title, of_title, bounds)
        if title != OTHER_TITLES:
            yield from (Sample(TITLE_INFO, (title, title_id), 1.0) for title_id in sorted(of_title.ids))
    yield Sample(TITLES, (), len(count.titles))
    yield Sample(USERS, (), count.users)
    yield Sample(USERS_OUTSTANDING, (), count.outstanding)
    yield Sample(USERS_WATCHLISTED, (), count.watchlisted)
    yield Sample(USERS_NEEDING, (), count.needing)
    yield Sample(USERS_WITH_BADGE, (), count.with_badge)


def _counts(title: str, count: TitleCount) -> Iterator[Sample]:
    yield Sample(ASSIGNED, (title,), count.size)
    yield Sample(WATCHED, (title,), count.watched)
    yield Sample(WATCHLIST, (title,), count.watchlist)
    yield Sample(OVERDUE, (title,), count.overdue)


def _most_given(titles: Iterable[TitleCount]) -> list[int]:
    """Return the answers given for any title, the most frequent first, then the smaller number."""
    total: Counter[int] = Counter()
    for title in titles:
        total.update(title.answers)
    del total[_NO_ANSWER]
    return sorted(total, key=lambda answer: (-total[answer], answer))


def _answers(title: str, count: TitleCount, shown: list[int]) -> Iterator[Sample]:
    own, rest = shown[:_MOST_ANSWERS], shown[_MOST_ANSWERS:]
    for answer in own:
        yield Sample(ANSWERS, (title, str(answer)), count.answers.get(answer, 0))
    if rest:
        yield Sample(ANSWERS, (title, _OTHER_ANSWERS), sum(count.answers.get(answer, 0) for answer in rest))


def _moments(title: str, count: TitleCount) -> Iterator[Sample]:
    moments = {
        FIRST_ASSIGNED: count.first_assigned,
        LAST_ASSIGNED: count.last_assigned,
        LAST_WATCHED: count.last_watched,
    }
    for metric, moment in moments.items():
        if moment not in {NEVER, NEVER_YET}:
            yield Sample(metric, (title,), (moment - _EPOCH).total_seconds())


def _histograms(title: str, count: TitleCount, bounds: tuple[float, ...]) -> Iterator[Sample]:
    yield Sample(COMPLETION, (title,), Distribution(bounds, tuple(count.completion), count.completion_total))
    yield Sample(OUTSTANDING, (title,), Distribution(bounds, tuple(count.age), count.age_total))


TRAINING: Final = Collector(
    name="training",
    metrics=(
        ASSIGNED,
        WATCHED,
        WATCHLIST,
        OVERDUE,
        ANSWERS,
        COMPLETION,
        OUTSTANDING,
        FIRST_ASSIGNED,
        LAST_ASSIGNED,
        LAST_WATCHED,
        TITLE_INFO,
        TITLES,
        USERS,
        USERS_OUTSTANDING,
        USERS_WATCHLISTED,
        USERS_NEEDING,
        USERS_WITH_BADGE,
    ),
    fields=FIELDS,
    ask=_ask,
)
