"""Polls, in the exporter put together against the simulator, on clocks that the tests turn."""

import json
import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from queue import SimpleQueue
from typing import Any

import pytest
from house import House
from program import wait_until

from exporter.collectors.question import Asking
from exporter.collectors.training import TRAINING
from exporter.config.settings import Settings
from exporter.instruments import Instruments
from exporter.polls import Polls, TenantPolls
from exporter.simulator import Tenant
from exporter.workers import Workers

UP = 'mimecast_up{tenant="acme"}'
USERS = 'mimecast_training_users{tenant="acme"}'
RECORDS = 'mimecast_collector_records{collector="training",tenant="acme"}'
LAST_SUCCESS = 'mimecast_collector_last_success_timestamp_seconds{collector="training",tenant="acme"}'
BLOCKED_UNTIL = 'mimecast_api_blocked_until_timestamp_seconds{tenant="acme"}'


def failing(reason: str, tenant: str = "acme") -> str:
    return f'mimecast_collector_failing{{collector="training",reason="{reason}",tenant="{tenant}"}}'


def document(users: int, title: str = "Passwords") -> bytes:
    user = {"training": [{"title": title, "titleId": "eN1", "watched": False}], "needEngagement": False}
    return json.dumps({"meta": {"status": 200}, "data": [user] * users, "fail": []}).encode()


class Gate:
    """A document of the vendor that is held back until it is let go."""

    def __init__(self, content: bytes) -> None:
        self.asked = threading.Semaphore(0)
        self.open = threading.Event()
        self._content = content

    def __call__(self) -> bytes:
        self.asked.release()
        self.open.wait(20)
        return self._content


@pytest.fixture
def acme(house: House) -> Tenant:
    """One tenant of API 1.0 with ten users."""
    return house.simulator.add_tenant("acme", users=10)


def test_a_scrape_polls_and_shows_what_it_found(house: House, acme: Tenant) -> None:
    """The first scrape polls, and its page has the numbers of that poll."""
    house.build()
    page = house.scrape()
    assert (1.0, 10.0) == (page[UP], page[USERS])
    assert acme.expected().records == page[RECORDS]
    assert () == house.simulator.violations


def test_nothing_polls_without_a_scrape(house: House, acme: Tenant) -> None:
    """An exporter that nobody scrapes asks nothing of the vendor, and says that it is not up yet."""
    house.build()
    house.turn(3600)
    page = house.scrape(seconds=None)
    assert {UP: 0.0, 'mimecast_collector_success{collector="training",tenant="acme"}': 0.0} == page
    assert 0 == house.simulator.calls(acme.name)


def test_scrapes_within_the_interval_are_served_from_memory(house: House, acme: Tenant) -> None:
    """Until the refresh interval is over, scrapes show the same snapshot, and are counted as served from memory."""
    house.build("refresh_interval: 5m")
    first = house.scrape()
    house.turn(299)
    assert first == house.scrape()
    assert 1 == house.simulator.calls(acme.name)
    assert 1.0 == house.own()['mimecast_exporter_cache_hits_total{collector="training",tenant="acme"}']


def test_a_scrape_after_the_interval_polls_again(house: House, acme: Tenant) -> None:
    """A scrape later than the refresh interval shows what is true now."""
    acme.serve(document(3))
    house.build("refresh_interval: 5m")
    house.scrape()
    acme.serve(document(4))
    house.turn(301)
    assert 4.0 == house.scrape()[USERS]
    assert 2 == house.simulator.calls(acme.name)


def test_a_collector_has_its_own_interval(house: House, acme: Tenant) -> None:
    """An interval of refresh_intervals replaces refresh_interval for its collector."""
    house.build("refresh_interval: 5m, refresh_intervals: {training: 1h}")
    house.scrape()
    house.turn(3599)
    house.scrape()
    assert 1 == house.simulator.calls(acme.name)


def test_an_interval_of_nothing_polls_at_every_scrape(house: House, acme: Tenant) -> None:
    """With a refresh interval of 0s every scrape polls, after a failure too."""
    house.build("refresh_interval: 0s")
    house.scrape()
    acme.fail("http_404", times=1)
    assert 0.0 == house.scrape()[UP]
    assert 1.0 == house.scrape()[UP]
    assert 3 == house.simulator.calls(acme.name)


def test_what_is_gone_upstream_is_gone_here(house: House, acme: Tenant) -> None:
    """A snapshot is replaced whole: a title that the vendor no longer tells of has no series any more."""
    acme.serve(document(1, "Old"))
    house.build()
    assert 'mimecast_training_assigned{tenant="acme",title="Old"}' in house.scrape()
    acme.serve(document(1, "New"))
    house.turn(301)
    page = house.scrape()
    assert [] == [series for series in page if "Old" in series]
    assert 'mimecast_training_assigned{tenant="acme",title="New"}' in page


def test_scrapes_at_once_share_one_flight(house: House, acme: Tenant) -> None:
    """Forty scrapes of a cold exporter cause one call, and all show the same numbers."""
    gate = Gate(document(7))
    acme.serve(gate)
    house.build("refresh_interval: 0s")
    with ThreadPoolExecutor(40) as scrapers:
        pages = [scrapers.submit(house.scrape) for _ in range(40)]
        assert gate.asked.acquire(timeout=20)
        gate.open.set()
        assert {7.0} == {page.result()[USERS] for page in pages}
    assert house.simulator.calls(acme.name) <= 2


def test_who_runs_out_of_time_gets_the_last_good_snapshot(house: House, acme: Tenant) -> None:
    """While a flight is in the air, a scrape without time left shows the old numbers, and a later one the new."""
    acme.serve(document(3))
    house.build("refresh_interval: 5m")
    house.scrape()
    gate = Gate(document(4))
    acme.serve(gate)
    house.turn(301)
    assert 3.0 == house.scrape(seconds=0.01)[USERS]
    assert gate.asked.acquire(timeout=20)
    gate.open.set()
    assert 4.0 == house.scrape()[USERS]
    assert 2 == house.simulator.calls(acme.name)


def test_a_first_scrape_without_time_shows_no_numbers(house: House, acme: Tenant) -> None:
    """A scrape that ends before the first poll does shows mimecast_up 0 and no number of a poll."""
    gate = Gate(document(4))
    acme.serve(gate)
    house.build()
    page = house.scrape(seconds=0.01)
    assert 0.0 == page[UP]
    assert USERS not in page
    gate.open.set()
    assert 4.0 == house.scrape()[USERS]


def test_an_old_snapshot_is_not_shown_for_want_of_a_new_one(house: House, acme: Tenant) -> None:
    """A scrape long after the last one does not show its numbers, if the new poll has not ended yet."""
    house.build("refresh_interval: 5m, max_staleness: 1h")
    house.scrape()
    gate = Gate(document(4))
    acme.serve(gate)
    house.turn(3 * 86400)
    assert USERS not in house.scrape(seconds=0.01)
    gate.open.set()
    assert 4.0 == house.scrape()[USERS]


def test_good_numbers_stay_while_polls_fail(house: House, acme: Tenant) -> None:
    """The last good snapshot stays while it is younger than interval and staleness, then it is absent with its kin."""
    house.build("refresh_interval: 5m, max_staleness: 10m")
    good = house.scrape()
    acme.fail("http_500")
    house.turn(899)
    page = house.scrape()
    assert (0.0, 1.0, good[USERS], good[LAST_SUCCESS]) == (
        page[UP],
        page[failing("http_5xx")],
        page[USERS],
        page[LAST_SUCCESS],
    )
    house.turn(2)
    page = house.scrape()
    assert [] == [series for series in page if "training_" in series or "records" in series or "unreadable" in series]
    assert good[LAST_SUCCESS] == page[LAST_SUCCESS]


def test_without_staleness_numbers_go_with_the_first_failure(house: House, acme: Tenant) -> None:
    """With 0s for both interval and staleness a failed poll leaves no number of the poll before."""
    house.build("refresh_interval: 0s, max_staleness: 0s")
    assert USERS in house.scrape()
    acme.fail("http_500")
    assert USERS not in house.scrape()


def test_failures_are_kept_longer_and_longer(house: House, acme: Tenant) -> None:
    """An outage is asked about after 30 s, a minute, two, and then at the refresh interval."""
    acme.fail("http_404")
    house.build("refresh_interval: 3m")
    calls = []
    for seconds in (0, 29, 2, 58, 3, 119, 2, 179, 2, 179, 2):
        house.turn(seconds)
        house.scrape()
        calls.append(house.simulator.calls(acme.name))
    assert [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6] == calls


def test_a_success_ends_the_slow_pace(house: House, acme: Tenant) -> None:
    """After a good poll the next failure is kept for 30 s again."""
    acme.fail("http_404", times=3)
    house.build("refresh_interval: 5m")
    for _ in range(4):
        house.scrape()
        house.turn(300)
    acme.fail("http_404")
    house.scrape()
    before = house.simulator.calls(acme.name)
    house.turn(31)
    house.scrape()
    assert before + 1 == house.simulator.calls(acme.name)


def test_the_reason_is_the_one_of_the_latest_poll(house: House, acme: Tenant) -> None:
    """mimecast_collector_failing has one series, whose reason is the latest, and goes away with the failure."""
    acme.fail("http_403", times=1)
    house.build("refresh_interval: 0s")
    assert failing("forbidden") in house.scrape()
    acme.clear_faults()
    acme.fail("http_418", times=1)
    page = house.scrape()
    assert [failing("binding_expired")] == [series for series in page if "failing" in series]
    assert [] == [series for series in house.scrape() if "failing" in series]


def test_nothing_is_sent_during_a_wait(house: House, acme: Tenant) -> None:
    """After a 429 nothing is sent before the wait is over, whose end is shown until then."""
    acme.fail("rate_limited_retry_after_seconds", times=1)
    house.build("refresh_interval: 0s")
    page = house.scrape()
    assert failing("rate_limited") in page
    wait = page[BLOCKED_UNTIL] - house.hands.now().timestamp()
    house.turn(wait - 0.5)
    assert BLOCKED_UNTIL in house.scrape()
    assert 1 == house.simulator.calls(acme.name)
    house.turn(1)
    page = house.scrape()
    assert BLOCKED_UNTIL not in page
    assert 1.0 == page[UP]
    assert () == house.simulator.violations


def test_a_failing_tenant_changes_nothing_for_another(house: House, acme: Tenant) -> None:
    """A tenant that fails, and one that hangs, change neither the numbers of a third nor when they come."""
    house.simulator.add_tenant("broken").fail("http_500")
    gate = Gate(b"{}")
    house.simulator.add_tenant("hanging", api=2).serve(gate)
    house.build()
    assert 10.0 == house.scrape("acme")[USERS]
    page = house.scrape(seconds=0.3)
    assert (1.0, 10.0) == (page[UP], page[USERS])
    assert (0.0, 0.0) == (page['mimecast_up{tenant="broken"}'], page['mimecast_up{tenant="hanging"}'])
    gate.open.set()


def test_at_most_so_many_polls_run_at_once(house: House) -> None:
    """Of more due polls than max_polls the rest waits for its turn, and all are served."""
    gate = Gate(document(1))
    names = [f"tenant-{number}" for number in range(6)]
    for name in names:
        house.simulator.add_tenant(name).serve(gate)
    house.build(head="max_polls: 2")
    house.scrape(seconds=0.01)
    assert gate.asked.acquire(timeout=20)
    assert gate.asked.acquire(timeout=20)
    assert not gate.asked.acquire(timeout=0.1)
    gate.open.set()
    page = house.scrape()
    assert [1.0] * 6 == [page[f'mimecast_up{{tenant="{name}"}}'] for name in names]


def test_waiting_for_a_turn_uses_up_the_time_of_the_poll(house: House, acme: Tenant) -> None:
    """A poll whose time is over before its turn comes fails with timeout, and asks nothing."""
    gate = Gate(document(1))
    acme.serve(gate)
    late = house.simulator.add_tenant("late")
    house.build("timeout: 10s", head="max_polls: 1")
    house.scrape("acme", seconds=0.01)
    assert gate.asked.acquire(timeout=20)
    house.scrape("late", seconds=0.01)
    house.turn(11)
    gate.open.set()
    assert failing("timeout", "late") in house.scrape("late")
    assert 0 == house.simulator.calls(late.name)


def test_stopping_wakes_all_who_wait(house: House, acme: Tenant) -> None:
    """A scrape that waits when the exporter stops goes on at once with what there is."""
    gate = Gate(document(1))
    acme.serve(gate)
    assembly = house.build()
    with ThreadPoolExecutor(1) as scraper:
        page = scraper.submit(house.scrape)
        assert gate.asked.acquire(timeout=20)
        assembly.stop()
        assert 0.0 == page.result(timeout=10)[UP]
    gate.open.set()


def test_what_lands_after_the_stop_is_no_news(house: House, acme: Tenant) -> None:
    """A flight that is ended by the stop of the exporter is no failure of the vendor: its result is told nowhere."""
    gate = Gate(document(1))
    acme.serve(gate)
    assembly = house.build()
    house.scrape(seconds=0.01)
    assert gate.asked.acquire(timeout=20)
    assembly.stop()
    wait_until(lambda: not assembly.scrapes.tenants["acme"].is_running, "the end of the flight")
    assert {UP: 0.0, 'mimecast_collector_success{collector="training",tenant="acme"}': 0.0} == house.scrape(
        seconds=None
    )
    assert 0.0 == house.own()['mimecast_exporter_polls_total{collector="training",tenant="acme"}']
    gate.open.set()


class Told(logging.Handler):
    """The log lines of the polls, which are written after those who wait have been woken."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self._records: SimpleQueue[logging.LogRecord] = SimpleQueue()

    def emit(self, record: logging.LogRecord) -> None:
        self._records.put(record)

    def next(self) -> dict[str, Any]:
        """Return what belongs to the next line, as soon as it is there."""
        found: dict[str, Any] = vars(self._records.get(timeout=20))["fields"]
        return found


@pytest.fixture
def told() -> Iterator[Told]:
    """The log lines of the polls."""
    handler = Told()
    logger = logging.getLogger("exporter.landing")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield handler
    logger.removeHandler(handler)
    logger.setLevel(logging.NOTSET)


def test_each_change_of_state_is_one_log_line(house: House, acme: Tenant, told: Told) -> None:
    """A collector that goes up, down, down for another reason and up is logged four times, however many polls."""
    house.build("refresh_interval: 0s")
    for fault in (None, None, "http_403", "http_403", "http_500", "http_500", None):
        acme.clear_faults()
        if fault:
            acme.fail(fault)
        house.scrape()
    lines = [told.next() for _ in range(4)]
    assert [None, "forbidden", "http_5xx", None] == [line.get("reason") for line in lines]
    assert all({"tenant", "collector", "request_id"} <= line.keys() for line in lines)
    assert [True, True] == ["hint" in line for line in lines[1:3]]


def broken(settings: Settings, now: Any) -> Asking:
    """Ask as a collector with a bug does."""
    yield from ()
    raise KeyError("a planted secret")


def test_a_bug_in_a_collector_fails_it_alone(house: House, acme: Tenant, told: Told) -> None:
    """A bug of ours has the reason internal and a log line that says where it happened, not with what."""
    known = house.build().scrapes.tenants["acme"]
    polls = Polls(house.hands, Workers("poll", 1), Instruments())
    tenant = TenantPolls(known.tenant, known.client, [replace(TRAINING, ask=broken)])
    polls.collect([(tenant, ["training"])], 20)
    (view,) = polls.view(tenant, ["training"], 0.0)
    assert view.result is not None
    assert "internal" == view.result.reason
    line = told.next()
    assert ("KeyError", acme.name) == (line["error"], line["tenant"])
    assert "test_polls.py" in line["traceback"]
    assert "planted" not in str(line)


class NoThreads(Workers):
    """Workers on a system that lets no thread be started."""

    def submit(self, job: Callable[[], None]) -> None:
        raise RuntimeError(f"can't start new thread for {job}")


def test_a_system_without_threads_is_survived(house: House, acme: Tenant) -> None:
    """If no thread can be started, the poll fails with the reason internal and the scrape is answered."""
    known = house.build().scrapes.tenants["acme"]
    polls = Polls(house.hands, NoThreads("poll", 1), Instruments())
    tenant = TenantPolls(known.tenant, known.client, [TRAINING])
    polls.collect([(tenant, ["training"])], 20)
    (view,) = polls.view(tenant, ["training"], 0.0)
    assert view.result is not None
    assert "internal" == view.result.reason
