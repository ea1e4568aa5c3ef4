"""What people did in the newest phishing simulations: ``phishing/campaign/get-user-data``, one question a campaign.

Source of the fields: the vendor's own connector and two other consumers of its API. ``Scanned`` is what a security
scanner opened, not a person. The unit of ``reactionTime`` is not documented, so delays are computed from moments.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from msgspec import Struct
from msgspec import field as json_field

from exporter.collectors.campaign import to_ask_for
from exporter.collectors.declaration import polled
from exporter.collectors.phishing import PATH, Simulation
from exporter.collectors.question import Asking, Collector, Odd, Outcome, Question, check_left_out
from exporter.collectors.record import Count, Moment, all_of, fields_of, readable, reading
from exporter.collectors.tally import UNKNOWN
from exporter.config.settings import Settings
from exporter.model import Distribution, Kind, Sample

USER_PATH: Final = "/api/awareness-training/phishing/campaign/get-user-data"

_STATUSES: Final = ("sent", "opened", "clicked", "submitted", "reported", UNKNOWN)
_REPEATED: Final = 2
_MINUTE: Final = 60.0
_HOUR: Final = 3600.0
_DAY: Final = 86400.0
BOUNDS: Final = (
    _MINUTE,
    5 * _MINUTE,
    15 * _MINUTE,
    _HOUR,
    4 * _HOUR,
    _DAY,
    3 * _DAY,
    7 * _DAY,
)
"""The bounds of the histograms in seconds: whoever clicks, most often does so within the hour."""


class Recipient(Struct):
    """What one person did; nothing tells who. A pseudonym takes the place of the address as soon as it is read.

    By it repeat clickers are told apart within a poll. Outside it means nothing: Python keys its hash of texts anew in
    each process.
    """

    pseudonym: str | None = json_field(name="email", default=None)
    status: str | None = None
    times_clicked: Count | None = json_field(name="numCampaignsClicked", default=None)
    scheduled: Moment | None = json_field(name="timeScheduled", default=None)
    clicked: Moment | None = json_field(name="timeClicked", default=None)
    reported: Moment | None = json_field(name="timeReported", default=None)
    scanned: Moment | None = json_field(name="timeScanned", default=None)

    def __post_init__(self) -> None:
        """Forget the address."""
        address = (self.pseudonym or "").strip().lower()
        self.pseudonym = f"{hash(address):x}" if address else None


class Recipients(Struct):
    """An element of ``data``."""

    items: list[Recipient] | None = None


USERS: Final = polled("phishing_results_users", "Users by what they did in the end (status).", "campaign", "status")
SCANNED: Final = polled(
    "phishing_results_scanned_users", "Users whose message was opened by a security scanner (timeScanned).", "campaign"
)
CLICK_DELAY: Final = polled(
    "phishing_click_delay_seconds",
    "Seconds from sending to clicking (timeClicked less timeScheduled).",
    "campaign",
    kind=Kind.GAUGE_HISTOGRAM,
)
REPORT_DELAY: Final = polled(
    "phishing_report_delay_seconds",
    "Seconds from sending to reporting (timeReported less timeScheduled).",
    "campaign",
    kind=Kind.GAUGE_HISTOGRAM,
)
REPEAT_CLICKERS: Final = polled(
    "phishing_repeat_clickers",
    "Users in the newest campaigns who clicked in two or more campaigns (email, numCampaignsClicked).",
)


@dataclass(slots=True)
class _Delays:
    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    total: float = 0.0

    def add(self, seconds: float) -> None:
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        self.total += seconds

    def merge(self, other: "_Delays") -> None:
        self.counts = [sum(pair) for pair in zip(self.counts, other.counts, strict=True)]
        self.total += other.total

    def distribution(self) -> Distribution:
        return Distribution(BOUNDS, tuple(self.counts), self.total)


@dataclass(slots=True)
class _Results:
    """What is counted of the campaigns of one name."""

    records: int = 0
    clicks_known: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    scanned: int = 0
    click: _Delays = field(default_factory=_Delays)
    report: _Delays = field(default_factory=_Delays)
    repeat_clickers: set[int] = field(default_factory=set)
    unreadable: Counter[str] = field(default_factory=Counter)

    @property
    def told(self) -> bool:
        """Whether it is known to whom messages went, be it nobody."""
        return bool(self.records) or not self.unreadable["items"]

    def add(self, other: "_Results") -> None:
        self.statuses += other.statuses
        self.scanned += other.scanned
        self.click.merge(other.click)
        self.report.merge(other.report)


@dataclass(slots=True)
class _Everybody:
    """What is counted of all campaigns; repeat clickers are in several, so they are united and not added."""

    unreadable: Counter[str]
    records: int = 0
    by_label: dict[str, _Results] = field(default_factory=dict)
    clicks_known: int = 0
    repeat_clickers: set[int] = field(default_factory=set)

    def add(self, label: str, results: _Results) -> None:
        self.unreadable += results.unreadable
        self.records += results.records
        self.clicks_known += results.clicks_known
        self.repeat_clickers |= results.repeat_clickers
        if results.told:
            self.by_label.setdefault(label, _Results()).add(results)

    @property
    def clicks_told(self) -> bool:
        """Whether it is known who clicked in how many campaigns, be it because there is nobody."""
        return self.clicks_known > 0 or (bool(self.by_label) and not self.records)


def _fold(answers: Iterable[Recipients | Odd[Recipients]]) -> _Results:
    results = _Results()
    for answer in readable(answers, results.unreadable):
        for recipient in answer.items or ():
            _count(results, recipient)
    return results


def _count(results: _Results, recipient: Recipient) -> None:
    results.records += 1
    status = (recipient.status or "").strip().lower()
    results.statuses[status if status in _STATUSES else UNKNOWN] += 1
    results.scanned += recipient.scanned is not None
    for name, moment, delays in (
        ("timeClicked", recipient.clicked, results.click),
        ("timeReported", recipient.reported, results.report),
    ):
        if moment is not None and recipient.scheduled is not None:
            seconds = (moment - recipient.scheduled).total_seconds()
            if seconds < 0:
                results.unreadable[name] += 1
            else:
                delays.add(seconds)
    if recipient.pseudonym and recipient.times_clicked is not None:
        results.clicks_known += 1
        if recipient.times_clicked >= _REPEATED:
            results.repeat_clickers.add(int(recipient.pseudonym, 16))


def _ask(settings: Settings, _: datetime) -> Asking:
    campaigns, unreadable = yield from all_of(PATH, Simulation)
    check_left_out(len(campaigns), unreadable)
    everybody = _Everybody(unreadable)
    for label, campaign in to_ask_for(campaigns, settings.campaigns.newest):
        item = {"id": campaign}
        results = yield Question(USER_PATH, reading(Recipients), _fold, item, paged=True, may_be_gone=True)
        if results is not None:
            everybody.add(label, results)
    samples = list(_samples(everybody.by_label, settings))
    if everybody.clicks_told or not campaigns:
        samples.append(Sample(REPEAT_CLICKERS, (), len(everybody.repeat_clickers)))
    return Outcome(samples, everybody.records, everybody.unreadable, asides=len(campaigns))


def _samples(by_label: dict[str, _Results], settings: Settings) -> Iterator[Sample]:
    for label, results in sorted(by_label.items()):
        for status in _STATUSES:
            yield Sample(USERS, (label, status), results.statuses[status])
        yield Sample(SCANNED, (label,), results.scanned)
        if settings.histogram_days:
            yield Sample(CLICK_DELAY, (label,), results.click.distribution())
            yield Sample(REPORT_DELAY, (label,), results.report.distribution())


PHISHING_RESULTS: Final = Collector(
    name="phishing_results",
    metrics=(USERS, SCANNED, CLICK_DELAY, REPORT_DELAY, REPEAT_CLICKERS),
    fields=fields_of(Simulation, Recipients),
    ask=_ask,
)
