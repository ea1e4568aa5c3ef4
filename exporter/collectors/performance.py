"""How the whole company does: ``company/get-performance-summary``. Source of the fields: the vendor's page."""

from typing import Final

from msgspec import Struct, field

from exporter.collectors.declaration import polled
from exporter.collectors.question import Asking, Collector, Outcome
from exporter.collectors.record import Count, all_of, fields_of
from exporter.collectors.tally import known_sum
from exporter.config.settings import Settings
from exporter.model import Sample

PATH: Final = "/api/awareness-training/company/get-performance-summary"


class Summary(Struct):
    """The company in numbers; the last five are users by how many wrong answers they gave."""

    participating: Count | None = field(name="numParticipating", default=None)
    videos_sent: Count | None = field(name="numVideosSent", default=None)
    videos_not_watched: Count | None = field(name="numVideosNotWatched", default=None)
    none_incorrect: Count | None = field(name="numZeroIncorrect", default=None)
    one_incorrect: Count | None = field(name="numOneIncorrect", default=None)
    two_incorrect: Count | None = field(name="numTwoIncorrect", default=None)
    three_incorrect: Count | None = field(name="numThreeIncorrect", default=None)
    four_or_more_incorrect: Count | None = field(name="numFourOrMoreIncorrect", default=None)


PARTICIPATING: Final = polled("performance_users_participating", "Users who take part (numParticipating).")
SENT: Final = polled("performance_videos_sent", "Videos sent (numVideosSent).")
NOT_WATCHED: Final = polled("performance_videos_not_watched", "Of these, not watched (numVideosNotWatched).")
USERS: Final = polled(
    "performance_users",
    "Users by the number of their wrong answers (numZeroIncorrect to numFourOrMoreIncorrect).",
    "incorrect_answers",
)


def _ask(_: Settings, __: object) -> Asking:
    summaries, unreadable = yield from all_of(PATH, Summary)
    values = {
        (PARTICIPATING, ()): [summary.participating for summary in summaries],
        (SENT, ()): [summary.videos_sent for summary in summaries],
        (NOT_WATCHED, ()): [summary.videos_not_watched for summary in summaries],
        (USERS, ("0",)): [summary.none_incorrect for summary in summaries],
        (USERS, ("1",)): [summary.one_incorrect for summary in summaries],
        (USERS, ("2",)): [summary.two_incorrect for summary in summaries],
        (USERS, ("3",)): [summary.three_incorrect for summary in summaries],
        (USERS, ("4_or_more",)): [summary.four_or_more_incorrect for summary in summaries],
    }
    sums = ((metric, labels, known_sum(*known)) for (metric, labels), known in values.items())
    samples = [Sample(metric, labels, value) for metric, labels, value in sums if value is not None]
    return Outcome(samples, len(summaries), unreadable)


PERFORMANCE: Final = Collector(
    name="performance", metrics=(PARTICIPATING, SENT, NOT_WATCHED, USERS), fields=fields_of(Summary), ask=_ask
)
