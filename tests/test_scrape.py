"""Scrapes: which tenants and collectors, by when, in which form."""

import gzip
from datetime import datetime

import pytest
from house import House, series_of

from exporter.exposition import Format
from exporter.scrape import POLL_METRICS, Selection
from exporter.simulator import Tenant

SKEW = 'mimecast_api_clock_skew_seconds{tenant="acme"}'


@pytest.fixture
def acme(house: House) -> Tenant:
    """One tenant of API 1.0 with ten users."""
    return house.simulator.add_tenant("acme", users=10)


def body(house: House, selection: Selection, form: Format = Format.TEXT, *, zipped: bool = False) -> bytes:
    assert house.assembly is not None
    return b"".join(house.assembly.scrapes.page(selection, 20.0, form, gzip=zipped).parts)


def test_a_page_of_all_tenants_has_each_family_once(house: House, acme: Tenant) -> None:
    """Families of several tenants are not split: each HELP and TYPE stands once, with all series below it."""
    house.simulator.add_tenant("globex", api=2, users=5)
    house.build()
    text = body(house, Selection(("acme", "globex"))).decode()
    headers = [line for line in text.splitlines() if line.startswith("# TYPE")]
    assert sorted(set(headers)) == sorted(headers)
    assert 1 == text.count("# HELP mimecast_up ")
    assert {'mimecast_up{tenant="acme"}', 'mimecast_up{tenant="globex"}'} <= series_of(text).keys()


def test_a_probe_is_of_one_tenant_alone(house: House, acme: Tenant) -> None:
    """A page of one tenant has no series of another, polls no other, and leaves the exporter's own out."""
    globex = house.simulator.add_tenant("globex", api=2)
    house.build()
    page = house.scrape("acme")
    assert all('tenant="acme"' in series for series in page)
    assert 0 == house.simulator.calls(globex.name)


def test_a_collector_that_is_asked_for_twice_is_shown_once(house: House, acme: Tenant) -> None:
    """A page of a collector that is named twice has each of its series once, in the order of every page."""
    house.build(collectors="training, queue")
    once, twice = (
        body(house, Selection(("acme",), names, instruments=False)).decode()
        for names in (("training", "queue"), ("queue", "training", "queue"))
    )
    assert series_of(once) == series_of(twice)
    assert once == twice


def test_the_gzip_page_is_the_plain_one(house: House, acme: Tenant) -> None:
    """What a gzip reader gets is the plain page, byte for byte, in both formats."""
    house.build()
    for form in Format:
        selection = Selection(("acme",), instruments=False)
        assert body(house, selection, form) == gzip.decompress(body(house, selection, form, zipped=True))


def test_openmetrics_ends_with_its_mark(house: House, acme: Tenant) -> None:
    """A page in OpenMetrics ends with one EOF, and has infos and gauge histograms by their own types."""
    house.build()
    text = body(house, Selection(("acme",)), Format.OPENMETRICS).decode()
    assert 1 == text.count("# EOF")
    assert text.endswith("# EOF\n")
    assert "# TYPE mimecast_training_title info\n" in text
    assert "# TYPE mimecast_training_completion_seconds gaugehistogram\n" in text


def test_nothing_has_a_created_series(house: House, acme: Tenant) -> None:
    """No page tells when a counter was made."""
    house.build()
    for form in Format:
        assert b"_created" not in body(house, Selection(("acme",)), form)


def test_what_the_vendor_tells_of_its_limits_is_shown(house: House, acme: Tenant) -> None:
    """The rate limit and what is left of it are shown as the latest answer told them, and absent before."""
    house.build()
    assert not [series for series in house.scrape(seconds=None) if "rate_limit" in series]
    page = house.scrape()
    assert 800.0 == page['mimecast_api_rate_limit{tenant="acme"}']
    assert 799.0 == page['mimecast_api_rate_limit_remaining{tenant="acme"}']


def test_a_difference_of_the_clocks_is_shown(house: House, acme: Tenant) -> None:
    """The vendor's clock less ours is shown within two seconds; over five minutes it is the reason of a refusal."""
    house.build()
    house.hands.set_wall(16 * 60)
    page = house.scrape()
    assert -16 * 60 == pytest.approx(page[SKEW], abs=2)
    assert 'mimecast_collector_failing{collector="training",reason="clock_skew",tenant="acme"}' in page


def test_the_last_success_is_told_by_the_wall_clock(house: House, acme: Tenant) -> None:
    """The time of the latest good poll is the hour it ended, and stays while the clock is turned back."""
    house.build()
    page = house.scrape()
    name = 'mimecast_collector_last_success_timestamp_seconds{collector="training",tenant="acme"}'
    assert house.hands.now().timestamp() == page[name]
    house.hands.set_wall(-3600)
    assert page[name] == house.scrape()[name]


@pytest.mark.parametrize("step", [3600, -3600, 86400, (datetime(2038, 1, 20) - datetime(2026, 11, 25)).total_seconds()])  # noqa: DTZ001
def test_steps_of_the_wall_clock_cause_no_poll(house: House, acme: Tenant, step: float) -> None:
    """A wall clock that jumps neither makes a snapshot old nor a wait longer: those go by the monotonic clock."""
    house.build()
    house.scrape()
    house.hands.set_wall(step)
    assert 10.0 == house.scrape()['mimecast_training_users{tenant="acme"}']
    assert 1 == house.simulator.calls(acme.name)


def test_every_metric_of_polls_begins_with_the_prefix() -> None:
    """The metrics of polls are of the values, not of the process."""
    assert not [metric.name for metric in POLL_METRICS if metric.name.startswith("mimecast_exporter_")]
