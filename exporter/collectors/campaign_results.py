"""What people answered in the newest training campaigns (API 1.0): ``campaign/get-user-data``, one question a campaign.

Source of the fields: recorded traffic, and the code that was recorded.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from msgspec import Struct

from exporter.collectors.campaign import to_ask_for
from exporter.collectors.campaigns import PATH, TrainingCampaigns, campaigns_of, counted_campaigns
from exporter.collectors.declaration import polled
from exporter.collectors.question import Asking, Collector, Odd, Outcome, Question, check_left_out
from exporter.collectors.record import Texts, all_of, fields_of, readable, reading
from exporter.collectors.tally import UNKNOWN
from exporter.config.settings import Settings
from exporter.model import Sample

USER_PATH: Final = "/api/awareness-training/campaign/get-user-data"

_QUESTIONS: Final = {"forQuestion1": "1", "forQuestion2": "2", "forQuestion3": "3", "forQuestion4": "4"}
_RESULTS: Final = ("sent", "correct", "incorrect", UNKNOWN)


class Participant(Struct):
    """What one person answered, by question; nothing tells who."""

    results: Texts | None = None


class Participants(Struct):
    """An element of ``data``."""

    items: list[Participant] | None = None


RESULTS: Final = polled(
    "campaign_results",
    "Users by question and result (results.forQuestion1 to forQuestion4); sent is not answered yet.",
    "campaign",
    "question",
    "result",
)


@dataclass(slots=True)
class _Results:
    records: int = 0
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    unreadable: Counter[str] = field(default_factory=Counter)

    @property
    def told(self) -> bool:
        """Whether it is known who took part, be it nobody."""
        return bool(self.records) or not self.unreadable["items"]


def _fold(answers: Iterable[Participants | Odd[Participants]]) -> _Results:
    results = _Results()
    for answer in readable(answers, results.unreadable):
        for participant in answer.items or ():
            results.records += 1
            for key, text in (participant.results or {}).items():
                result = (text or "").strip().lower()
                results.counts[_QUESTIONS.get(key, UNKNOWN), result if result in _RESULTS else UNKNOWN] += 1
    return results


def _ask(settings: Settings, _: datetime) -> Asking:
    answers, unreadable = yield from all_of(PATH, TrainingCampaigns)
    campaigns = campaigns_of(answers)
    check_left_out(len(campaigns), unreadable)
    records = 0
    by_label: dict[str, Counter[tuple[str, str]]] = {}
    for label, campaign in to_ask_for(counted_campaigns(campaigns, settings), settings.campaigns.newest):
        item = {"id": campaign}
        results = yield Question(USER_PATH, reading(Participants), _fold, item, paged=True, may_be_gone=True)
        if results is not None:
            records += results.records
            unreadable += results.unreadable
            if results.told:
                by_label.setdefault(label, Counter()).update(results.counts)
    return Outcome(list(_samples(by_label)), records, unreadable, asides=len(campaigns))


def _samples(by_label: dict[str, Counter[tuple[str, str]]]) -> Iterator[Sample]:
    for label, counts in sorted(by_label.items()):
        beyond = {question for question, _ in counts if question == UNKNOWN}
        for question in (*_QUESTIONS.values(), *beyond):
            for result in _RESULTS:
                yield Sample(RESULTS, (label, question, result), counts[question, result])


CAMPAIGN_RESULTS: Final = Collector(
    name="campaign_results",
    metrics=(RESULTS,),
    fields=fields_of(TrainingCampaigns, Participants),
    ask=_ask,
    signed_only=True,
)
