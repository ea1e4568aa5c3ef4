"""Phishing simulations, campaign by campaign: ``phishing/campaign/get-campaign``.

Source of the fields: the vendor's page; numReported is told by two consumers of the API alone.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from msgspec import Struct, field

from exporter.collectors.campaign import labelled
from exporter.collectors.declaration import polled
from exporter.collectors.question import Asking, Collector, Outcome
from exporter.collectors.record import Count, Moment, all_of, fields_of
from exporter.collectors.tally import known_sum
from exporter.config.settings import Settings
from exporter.model import Sample

PATH: Final = "/api/awareness-training/phishing/campaign/get-campaign"


class Simulation(Struct):
    """One campaign."""

    id: str | None = None
    name: str | None = None
    launch: Moment | None = field(name="launchDate", default=None)
    sent: Count | None = field(name="numSent", default=None)
    opened: Count | None = field(name="numOpened", default=None)
    clicked: Count | None = field(name="numClicked", default=None)
    submitted: Count | None = field(name="numSubmitted", default=None)
    reported: Count | None = field(name="numReported", default=None)


SENT: Final = polled("phishing_sent", "Messages sent (numSent).", "campaign")
OPENED: Final = polled("phishing_opened", "Of these, opened (numOpened).", "campaign")
CLICKED: Final = polled("phishing_clicked", "Of these, whose link was clicked (numClicked).", "campaign")
SUBMITTED: Final = polled("phishing_submitted", "Of these, whose form was submitted (numSubmitted).", "campaign")
REPORTED: Final = polled("phishing_reported", "Of these, reported (numReported).", "campaign")
LAUNCH: Final = polled(
    "phishing_launch_timestamp_seconds", "Launch of the campaign, the latest of equal names (launchDate).", "campaign"
)
TOTAL: Final = polled(
    "phishing_campaigns", "Campaigns in the answer (elements of data), those in (other campaigns) too."
)


def _ask(settings: Settings, _: datetime) -> Asking:
    campaigns, unreadable = yield from all_of(PATH, Simulation)
    return Outcome(list(_samples(campaigns, settings)), len(campaigns), unreadable)


def _samples(campaigns: list[Simulation], settings: Settings) -> Iterator[Sample]:
    by_label: dict[str, list[Simulation]] = {}
    for label, campaign in labelled(campaigns, settings.campaigns.newest):
        by_label.setdefault(label, []).append(campaign)
    for label, same in sorted(by_label.items()):
        launches = [campaign.launch.timestamp() for campaign in same if campaign.launch]
        values = {
            SENT: known_sum(*(campaign.sent for campaign in same)),
            OPENED: known_sum(*(campaign.opened for campaign in same)),
            CLICKED: known_sum(*(campaign.clicked for campaign in same)),
            SUBMITTED: known_sum(*(campaign.submitted for campaign in same)),
            REPORTED: known_sum(*(campaign.reported for campaign in same)),
            LAUNCH: max(launches, default=None),
        }
        yield from (Sample(metric, (label,), value) for metric, value in values.items() if value is not None)
    yield Sample(TOTAL, (), len(campaigns))


PHISHING: Final = Collector(
    name="phishing",
    metrics=(SENT, OPENED, CLICKED, SUBMITTED, REPORTED, LAUNCH, TOTAL),
    fields=fields_of(Simulation),
    ask=_ask,
)
