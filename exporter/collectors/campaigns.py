"""Training campaigns, which only API 1.0 tells of: ``campaign/get-campaigns``.

Source of the fields: the vendor's page and recorded traffic, in which ``percentCorrect`` is of those who completed.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from msgspec import Struct, field

from exporter.collectors.campaign import labelled
from exporter.collectors.declaration import polled
from exporter.collectors.question import Asking, Collector, Outcome
from exporter.collectors.record import Count, Moment, Percent, all_of, fields_of
from exporter.collectors.tally import known_sum
from exporter.collectors.title import OTHER_TITLES, clean_title, is_shown, shown_titles
from exporter.config.settings import Settings
from exporter.model import Sample

PATH: Final = "/api/awareness-training/campaign/get-campaigns"


class CampaignTitle(Struct):
    """What a campaign trains."""

    title: str | None = None


class TrainingCampaign(Struct):
    """One campaign."""

    id: str | None = None
    name: str | None = None
    title: CampaignTitle | None = None
    launch: Moment | None = field(name="launchDate", default=None)
    sent: Count | None = field(name="numSent", default=None)
    completed: Count | None = field(name="numCompleted", default=None)
    percent_correct: Percent | None = field(name="percentCorrect", default=None)


class TrainingCampaigns(Struct):
    """An element of ``data``."""

    campaigns: list[TrainingCampaign] | None = None


SENT: Final = polled("campaign_sent", "Users to whom the campaign was sent (numSent).", "campaign", "title")
COMPLETED: Final = polled("campaign_completed", "Of these, who completed it (numCompleted).", "campaign", "title")
CORRECT_RATIO: Final = polled(
    "campaign_correct_ratio",
    "Of those who completed, the part that answered right, 0 to 1 (percentCorrect).",
    "campaign",
    "title",
)
LAUNCH: Final = polled(
    "campaign_launch_timestamp_seconds",
    "Launch of the campaign, the latest of equal names (launchDate).",
    "campaign",
    "title",
)
TOTAL: Final = polled("campaigns", "Campaigns in the answer (elements of campaigns), those in (other campaigns) too.")


def _ask(settings: Settings, _: datetime) -> Asking:
    answers, unreadable = yield from all_of(PATH, TrainingCampaigns)
    campaigns = campaigns_of(answers)
    counted = counted_campaigns(campaigns, settings)
    samples = list(_samples(counted, settings))
    if campaigns or not unreadable["campaigns"]:
        samples.append(Sample(TOTAL, (), len(counted)))
    return Outcome(samples, len(campaigns), unreadable)


def campaigns_of(answers: list[TrainingCampaigns]) -> list[TrainingCampaign]:
    """Return the campaigns of an answer."""
    return [campaign for answer in answers for campaign in answer.campaigns or ()]


def counted_campaigns(campaigns: list[TrainingCampaign], settings: Settings) -> list[TrainingCampaign]:
    """Return the campaigns but for those of excluded titles."""
    return [campaign for campaign in campaigns if is_shown(_title(campaign), settings.titles)]


def _samples(campaigns: list[TrainingCampaign], settings: Settings) -> Iterator[Sample]:
    titles = _shown_titles(campaigns, settings)
    groups: dict[tuple[str, str], list[TrainingCampaign]] = defaultdict(list)
    for label, campaign in labelled(campaigns, settings.campaigns.newest):
        title = _title(campaign)
        groups[label, title if title in titles else OTHER_TITLES].append(campaign)
    for labels, group in sorted(groups.items()):
        yield from _of_group(labels, group)


def _title(campaign: TrainingCampaign) -> str:
    return clean_title(campaign.title.title if campaign.title else None)


def _shown_titles(campaigns: list[TrainingCampaign], settings: Settings) -> frozenset[str]:
    sizes: dict[str, int] = defaultdict(int)
    for campaign in campaigns:
        sizes[_title(campaign)] += (campaign.completed if campaign.sent is None else campaign.sent) or 0
    return shown_titles(sizes, settings.titles.limit, settings.minimum_group_size)


def _of_group(labels: tuple[str, str], group: list[TrainingCampaign]) -> Iterator[Sample]:
    launches = [campaign.launch.timestamp() for campaign in group if campaign.launch]
    values = {
        SENT: known_sum(*(campaign.sent for campaign in group)),
        COMPLETED: known_sum(*(campaign.completed for campaign in group)),
        CORRECT_RATIO: _correct_ratio(group),
        LAUNCH: max(launches, default=None),
    }
    yield from (Sample(metric, labels, value) for metric, value in values.items() if value is not None)


def _correct_ratio(group: list[TrainingCampaign]) -> float | None:
    """Return the ratio over all campaigns of a group, None while nobody has completed any."""
    known = [
        (campaign.completed, campaign.percent_correct)
        for campaign in group
        if campaign.completed and campaign.percent_correct is not None
    ]
    completed = sum(count for count, _ in known)
    return sum(count * percent for count, percent in known) / completed / 100 if completed else None


CAMPAIGNS: Final = Collector(
    name="campaigns",
    metrics=(SENT, COMPLETED, CORRECT_RATIO, LAUNCH, TOTAL),
    fields=fields_of(TrainingCampaigns),
    ask=_ask,
    signed_only=True,
)
