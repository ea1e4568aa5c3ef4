"""Users by risk grade: ``company/get-safe-score-summary``. Source of the fields: the vendor's page."""

from functools import reduce
from typing import Final

from msgspec import Struct, field

from exporter.collectors.declaration import polled
from exporter.collectors.grade import GRADES, grade_of
from exporter.collectors.question import Asking, Collector, Outcome
from exporter.collectors.record import Counts, all_of, fields_of
from exporter.collectors.tally import Tally, add, of_closed_set, tally
from exporter.config.settings import Settings
from exporter.model import Sample

PATH: Final = "/api/awareness-training/company/get-safe-score-summary"


class Summary(Struct):
    """How many users have each grade."""

    score_counts: Counts | None = field(name="scoreCounts", default=None)


USERS: Final = polled("safe_score_users", "Users by risk grade (scoreCounts); A is the best.", "grade")


def _ask(_: Settings, __: object) -> Asking:
    summaries, unreadable = yield from all_of(PATH, Summary)
    told = [summary.score_counts for summary in summaries if summary.score_counts is not None]
    users: Tally = reduce(add, (tally(counts, grade_of) for counts in told), {})
    samples = [Sample(USERS, (grade,), count) for grade, count in of_closed_set(GRADES, users) if told]
    return Outcome(samples, len(summaries), unreadable)


SAFE_SCORE: Final = Collector(name="safe_score", metrics=(USERS,), fields=fields_of(Summary), ask=_ask)
