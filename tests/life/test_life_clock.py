"""Clocks that jump, hosts that sleep, and a long life, in the exporter put together, on clocks that the tests turn."""

import gc
import logging
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hands import START
from house import House
from program import wait_until

from exporter.clock import SystemClock
from exporter.simulator import TOKEN_PATH, TRAINING_PATH
from exporter.simulator.manners import Memory

UP = 'mimecast_up{tenant="acme"}'
USERS = 'mimecast_training_users{tenant="acme"}'
LAST_SUCCESS = 'mimecast_collector_last_success_timestamp_seconds{collector="training",tenant="acme"}'
BLOCKED_UNTIL = 'mimecast_api_blocked_until_timestamp_seconds{tenant="acme"}'
IN_2038 = (datetime(2038, 1, 20, tzinfo=UTC) - START).total_seconds()
# An hour on, an hour back and one more, a day on, to 2038 and back to the beginning.
STEPS = (3600.0, -7200.0, 86400.0, IN_2038, -IN_2038 - 82800.0)


def step(house: House, seconds: float) -> None:
    """Set all clocks on the walls, of both sides, as NTP does; no time has passed."""
    house.hands.set_wall(seconds)
    house.simulator.clock.set(house.hands.now())


@pytest.mark.parametrize("api", [1, 2])
def test_a_step_of_the_wall_clock_makes_nothing_old(house: House, api: int) -> None:
    """After each step no poll and no token is due, until the time that was due passes; ages stay positive (row 130)."""
    house.simulator.add_tenant("acme", api=2 if api == 2 else 1, users=10, expires_in=7200)
    house.build("refresh_interval: 5m")
    house.scrape()
    for number, seconds in enumerate(STEPS, start=1):
        step(house, seconds)
        page = house.scrape()
        assert (1.0, 10.0) == (page[UP], page[USERS])
        assert number == house.simulator.calls("acme", TRAINING_PATH)
        assert [] == [name for name, value in page.items() if value < 0 and "clock_skew" not in name]
        house.turn(301)
        page = house.scrape()
        assert (1.0, house.hands.now().timestamp()) == (page[UP], page[LAST_SUCCESS])
        assert number + 1 == house.simulator.calls("acme", TRAINING_PATH)
    assert api - 1 == house.simulator.calls(None, TOKEN_PATH)
    assert () == house.simulator.violations


@pytest.mark.parametrize("seconds", STEPS)
def test_a_step_of_our_clock_alone_makes_no_age_negative(house: House, seconds: float) -> None:
    """With our clock off, what seems to come from the future has age 0, and no poll comes early (row 130)."""
    house.simulator.add_tenant("acme", api=2, users=10, expires_in=7200)
    assembly = house.build("refresh_interval: 5m")
    house.scrape()
    house.hands.set_wall(seconds)
    for number in (1, 2, 2):
        page = house.scrape()
        assert (1.0, 10.0) == (page[UP], page[USERS])
        assert [] == [name for name, value in page.items() if value < 0 and "clock_skew" not in name]
        ((status,),) = [tenant.collectors for tenant in assembly.scrapes.statuses()]
        assert status.age is not None
        assert 0 <= status.age <= 300 - status.due_in + 1
        assert number == house.simulator.calls("acme", TRAINING_PATH)
        house.turn(301 if number == 1 else 1)
    assert 1 == house.simulator.calls(None, TOKEN_PATH)


@pytest.mark.parametrize("seconds", STEPS)
def test_a_step_of_the_wall_clock_starts_no_burst(house: House, seconds: float) -> None:
    """A step after which nothing is due has no tenant and no collector asked for, however often one scrapes (G13)."""
    for name, api in (("acme", 1), ("globex", 2), ("initech", 1)):
        house.simulator.add_tenant(name, api=2 if api == 2 else 1, users=5, expires_in=7200)
    house.build("refresh_interval: 5m", collectors="training, queue, performance")
    before = house.scrape()
    asked = house.simulator.calls()
    step(house, seconds)
    for _ in range(20):
        house.turn(10)
        assert house.scrape().keys() == before.keys()
    assert asked == house.simulator.calls() == 3 * 3 + 1
    house.turn(101)
    house.scrape()
    assert asked + 3 * 3 == house.simulator.calls()
    assert () == house.simulator.violations


@pytest.mark.parametrize("seconds", STEPS)
def test_a_step_of_the_wall_clock_changes_no_pause(house: House, seconds: float) -> None:
    """After a failure the next poll comes after 30 s that have passed, not that a wall clock shows (row 130)."""
    house.simulator.add_tenant("acme").fail("http_404")
    house.build("refresh_interval: 5m")
    house.scrape()
    step(house, seconds)
    house.turn(29)
    house.scrape()
    assert 1 == house.simulator.calls("acme")
    house.turn(2)
    house.scrape()
    assert 2 == house.simulator.calls("acme")


@pytest.mark.parametrize("seconds", STEPS)
def test_a_step_of_the_wall_clock_changes_no_wait(house: House, seconds: float) -> None:
    """A wait that the vendor asked for lasts as long as it said, and is shown by the hour it was told (row 130)."""
    house.simulator.add_tenant("acme").fail("rate_limited_retry_after_seconds", times=1)
    house.build("refresh_interval: 0s")
    until = house.scrape()[BLOCKED_UNTIL]
    wait = until - house.hands.now().timestamp()
    step(house, seconds)
    house.turn(wait - 0.5)
    assert until == house.scrape()[BLOCKED_UNTIL]
    assert 1 == house.simulator.calls("acme")
    house.turn(1)
    assert 1.0 == house.scrape()[UP]
    assert () == house.simulator.violations


@pytest.mark.parametrize("api", [1, 2])
def test_after_a_sleep_everything_is_old(house: House, api: int) -> None:
    """What was known before the host slept is not shown when it wakes, and its token is not tried (row 131)."""
    house.simulator.add_tenant("acme", api=2 if api == 2 else 1, users=10)
    house.build("refresh_interval: 5m, max_staleness: 1h")
    house.scrape()
    house.turn(8 * 3600)
    assert USERS not in house.scrape(seconds=None)
    page = house.scrape()
    assert (1.0, 10.0) == (page[UP], page[USERS])
    assert house.hands.now().timestamp() == page[LAST_SUCCESS]
    assert [2 * (api - 1), 2] == [house.simulator.calls(None, path) for path in (TOKEN_PATH, TRAINING_PATH)]
    assert () == house.simulator.violations


def test_the_clock_counts_while_the_host_sleeps() -> None:
    """The clock by which things grow old is the one that goes on while the host is suspended (row 131)."""
    clock = SystemClock()
    before = time.clock_gettime(time.CLOCK_BOOTTIME)
    shown = clock.monotonic()
    assert before <= shown <= time.clock_gettime(time.CLOCK_BOOTTIME)


def burden() -> tuple[int, int, int]:
    """Return the threads, descriptors and bytes of memory of this process."""
    gc.collect()
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return threading.active_count(), len([*Path("/proc/self/fd").iterdir()]), int(status["VmRSS"].split()[0]) << 10


def test_a_long_life_is_flat(house: House, pytestconfig: pytest.Config, caplog: pytest.LogCaptureFixture) -> None:
    """Over days of scrapes and polls, good and bad, threads, descriptors and memory stay as they were (row 135)."""
    caplog.set_level(logging.CRITICAL, "exporter")  # pytest keeps every line
    for name, api in (("acme", 1), ("globex", 2), ("initech", 1)):
        house.simulator.add_tenant(name, api=2 if api == 2 else 1, users=5).fail("http_500", probability=0.2)
    house.build("refresh_interval: 5m")
    scrapes = 50_000 if pytestconfig.getoption("--long") else 2_000
    live(house, scrapes // 10)
    before = burden()
    live(house, scrapes)
    wait_until(lambda: burden()[:2] <= before[:2], "threads and descriptors as before")
    assert burden()[2] - before[2] < 8 << 20
    own = house.own()
    polls = sum(value for name, value in own.items() if "exporter_polls_total" in name)
    assert polls > scrapes / 10
    assert () == house.simulator.violations


def live(house: House, scrapes: int) -> None:
    """Be scraped each minute."""
    for number in range(scrapes):
        house.turn(60)
        house.scrape()
        if number % 100 == 0:
            forget(house)


def forget(house: House) -> None:
    """Let the simulator, which knows every request id for ever, take no more memory than the exporter may."""
    house.simulator.clear_journal()
    for tenant in house.simulator.tenants:
        tenant.memory = Memory()
