"""Campaigns as labels: the newest by their names, all older ones as one."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final, Protocol, TypeVar

from exporter.collectors.title import clean_title

OTHER_CAMPAIGNS: Final = "(other campaigns)"

_NEVER: Final = datetime.min.replace(tzinfo=UTC)


class Campaign(Protocol):
    """What every campaign of the vendor has, as far as it is known."""

    id: str | None
    name: str | None
    launch: datetime | None


C = TypeVar("C", bound=Campaign)


def newest(campaigns: Iterable[C], limit: int) -> list[C]:
    """Return the ``limit`` campaigns that were, or will be, launched last; one without a date is the oldest.

    Of those of one moment the first by name and id come first, whatever order the vendor lists them in.
    """
    by_name = sorted(campaigns, key=lambda campaign: (campaign.name or "", campaign.id or ""))
    return sorted(by_name, key=lambda campaign: campaign.launch or _NEVER, reverse=True)[:limit]


def labelled(campaigns: Sequence[C], limit: int) -> list[tuple[str, C]]:
    """Return each campaign with its label; campaigns of equal names share one, and so do all older ones."""
    named = {id(campaign) for campaign in newest(campaigns, limit)}
    return [
        (clean_title(campaign.name) if id(campaign) in named else OTHER_CAMPAIGNS, campaign) for campaign in campaigns
    ]


def to_ask_for(campaigns: Iterable[C], limit: int) -> list[tuple[str, str]]:
    """Return label and id of the newest campaigns, of those that have an id, and each id once."""
    labels: dict[str, str] = {}
    for campaign in newest(campaigns, limit):
        if campaign.id:
            labels.setdefault(campaign.id, clean_title(campaign.name))
    return [(label, campaign_id) for campaign_id, label in labels.items()]
