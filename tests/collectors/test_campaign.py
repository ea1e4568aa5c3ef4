"""Campaigns as labels."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.collectors.campaign import OTHER_CAMPAIGNS, labelled, newest, to_ask_for
from exporter.collectors.phishing import Simulation
from exporter.collectors.value import read_moment


def simulation(name: str | None, day: int | None = 1, campaign_id: str | None = "") -> Simulation:
    """Return a campaign launched on a day of October; its id is its name if none is given."""
    launch = None if day is None else datetime(2026, 10, day, tzinfo=UTC)
    return Simulation(id=name if campaign_id == "" else campaign_id, name=name, launch=launch)


MARCH, APRIL, MAY, NEVER = simulation("March", 3), simulation("April", 4), simulation("May", 5), simulation("X", None)
CAMPAIGNS = st.lists(
    st.builds(simulation, st.sampled_from(["a", "b", " b", ""]), st.none() | st.integers(1, 3), st.just("1")),
    max_size=6,
)


def names(campaigns: list[Simulation]) -> list[str | None]:
    return [campaign.name for campaign in campaigns]


@pytest.mark.parametrize(
    ("limit", "expected"), [(0, []), (1, ["May"]), (3, ["May", "April", "March"]), (9, ["May", "April", "March", "X"])]
)
def test_the_newest(limit: int, expected: list[str]) -> None:
    """The newest campaigns are those launched last, and one without a date is the oldest."""
    assert expected == names(newest([MARCH, NEVER, MAY, APRIL], limit))


def test_dates_at_the_ends_of_time() -> None:
    """Campaigns of the years 1 and 9999 are sorted as all others are."""
    first = Simulation(name="first", launch=read_moment("0001-01-01T00:00:00-14:00"))
    last = Simulation(name="last", launch=read_moment("9999-12-31T23:59:59-14:00"))
    offset = Simulation(name="offset", launch=read_moment("2026-10-05T00:00:01+00:00"))
    assert ["last", "offset", "May", "first", "X"] == names(newest([NEVER, first, MAY, offset, last], 9))


@settings(max_examples=60, deadline=None)
@given(CAMPAIGNS, st.integers(0, 4), st.randoms())
def test_the_order_of_campaigns_does_not_matter(campaigns: list[Simulation], limit: int, random: object) -> None:
    """Which campaigns have which label does not depend on the order in which the vendor lists them."""
    shuffled = campaigns.copy()
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    expected, found = (
        sorted((label, str(campaign)) for label, campaign in labelled(order, limit)) for order in (campaigns, shuffled)
    )
    assert expected == found


@settings(max_examples=60, deadline=None)
@given(CAMPAIGNS, st.integers(0, 4))
def test_every_campaign_has_a_label(campaigns: list[Simulation], limit: int) -> None:
    """Each campaign is labelled once, in the vendor's order, and all but the newest are the others."""
    found = labelled(campaigns, limit)
    assert campaigns == [campaign for _, campaign in found]
    assert max(len(campaigns) - limit, 0) == sum(label == OTHER_CAMPAIGNS for label, _ in found)


def test_names_are_cleaned() -> None:
    """A campaign is called by its clean name, and one of that name shares its label, also with the others."""
    found = labelled([simulation(" May\n", 3), simulation("May", 2), simulation(OTHER_CAMPAIGNS, 2), MARCH, APRIL], 4)
    assert ["May", OTHER_CAMPAIGNS, OTHER_CAMPAIGNS, "March", "April"] == [label for label, _ in found]


def test_who_is_asked_for() -> None:
    """The newest campaigns are asked for, each id once, and none without an id."""
    campaigns = [MARCH, simulation("No id", 9, None), simulation("May again", 6, "May"), MAY, APRIL]
    assert [("May again", "May"), ("April", "April")] == to_ask_for(campaigns, 4)
