"""What stories of the cache have found, each as the shortest one that shows it."""

from pathlib import Path

import pytest
from house import House

from exporter.commands.assembly import reassemble
from exporter.simulator.tenant import Tenant

BLOCKED_UNTIL = 'mimecast_api_blocked_until_timestamp_seconds{tenant="acme"}'
LIMITED = 'mimecast_collector_failing{collector="training",reason="rate_limited",tenant="acme"}'
UP = 'mimecast_up{tenant="acme"}'


def reload(house: House, defaults: str) -> None:
    assert house.assembly is not None
    loading = house.loading(defaults)
    house.assembly = reassemble(house.assembly, loading, Path(), house.instruments, house.hands)


@pytest.fixture
def acme(house: House) -> Tenant:
    """A tenant whose vendor has asked to wait for 400 s."""
    acme = house.simulator.add_tenant("acme", users=1)
    acme.fail("rate_limited", times=1, seconds=400)
    house.build("refresh_interval: 5m")
    house.scrape()
    return acme


def test_a_reload_does_not_shorten_a_wait(house: House, acme: Tenant) -> None:
    """After a reload with other settings nothing is sent either, until the wait is over that the vendor asked for."""
    reload(house, "refresh_interval: 0s")
    house.turn(399)
    page = house.scrape()
    assert (1.0, 1.0) == (page[LIMITED], page[BLOCKED_UNTIL] - house.hands.now().timestamp())
    assert 1 == house.simulator.calls(acme.name)
    house.turn(2)
    assert 1.0 == house.scrape()[UP]
    assert () == house.simulator.violations


def test_another_account_need_not_wait(house: House, acme: Tenant) -> None:
    """After a reload with other credentials a tenant is asked at once, whatever its old account was asked for."""
    house.simulator.remove_tenant(acme.name)
    house.simulator.add_tenant(acme.name, users=1, seed=2)
    reload(house, "refresh_interval: 5m")
    page = house.scrape()
    assert 1.0 == page[UP]
    assert BLOCKED_UNTIL not in page
