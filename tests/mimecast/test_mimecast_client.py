"""Tests of ``exporter.mimecast.client`` against the simulator: retries, waits, clocks, tokens, pages, populations."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from tenant_client import Customer, customer, simulator

from exporter.errors import PollError, Reason
from exporter.simulator import Simulator, Terms

KINDS = pytest.mark.parametrize("api", [1, 2])
PAGES = {f"{form} of {size}": (size, form == "objects") for size in (1, 3, 500) for form in ("strings", "objects")}


@pytest.fixture(scope="module")
def running() -> Iterator[Simulator]:
    with simulator() as found:
        yield found


@pytest.fixture
def make(running: Simulator) -> Iterator[Callable[..., Customer]]:
    made: list[Customer] = []

    def of(api: int, **options: Any) -> Customer:
        made.append(customer(running, api=2 if api == 2 else 1, **options))
        return made[-1]

    yield of
    assert [] == [name for one in made for name in one.violations]


def reason(found: Customer, seconds: float = 10.0) -> Reason:
    error = found.outcome(seconds)
    assert isinstance(error, PollError)
    return error.reason


def calls_of(found: Customer) -> str:
    return found.calls.removeprefix("t")


@KINDS
@pytest.mark.parametrize(
    ("fault", "calls"),
    [
        ("http_502", 3),
        ("http_503", 3),
        ("http_504", 3),
        ("html_503", 3),
        ("reset", 2),
        ("refuse_close", 2),
        ("close_in_headers", 2),
        ("close_after_headers", 2),
        ("reset_in_body", 2),
        ("developer_key", 2),
        ("http_500", 1),
        ("http_501", 1),
        ("http_400", 1),
        ("http_403", 1),
        ("http_404", 1),
        ("http_407", 1),
        ("http_409", 1),
        ("http_413", 1),
        ("http_418", 1),
        ("http_401", 1),
        ("rate_limited", 1),
        ("unavailable_retry_after", 1),
        ("short_body", 1),
        ("not_http", 1),
        ("fail_entry", 1),
        ("cut_json", 1),
        ("redirect_307", 1),
        ("http_204", 1),
    ],
)
def test_retries(make: Callable[..., Customer], api: int, fault: str, calls: int) -> None:
    """Connection failures are tried once more, 502, 503 and 504 twice, ``err_developer_key`` once, others never."""
    found = make(api)
    found.tenant.fail(fault)
    reason(found)
    assert "d" * calls == calls_of(found)
    assert calls - 1 == len(found.clock.waits)


@KINDS
@pytest.mark.parametrize(("fault", "times"), [("http_503", 2), ("http_502", 1), ("reset", 1), ("developer_key", 1)])
def test_a_retry_that_succeeds(make: Callable[..., Customer], api: int, fault: str, times: int) -> None:
    """A poll whose retry is answered is a good one, each attempt with an id of its own, and a token serves all."""
    found = make(api)
    found.tenant.fail(fault, times=times)
    assert found.tenant.expected(Terms(found.clock.now())).records == found.poll().records
    assert "d" * (times + 1) == calls_of(found)
    if api == 1:
        ids = [call.request_id for call in found.simulator.journal if call.tenant == found.tenant.name]
        assert len(ids) == len(set(ids))
        assert ids[-1] == found.client.last_request_id


def test_backoff_grows_with_jitter(make: Callable[..., Customer]) -> None:
    """Before the first retry there is a quarter of a second to three quarters, before the second twice that."""
    found = make(1)
    found.tenant.fail("http_503")
    reason(found)
    first, second = found.clock.waits
    assert 0.25 <= first <= 0.75
    assert 0.5 <= second <= 1.5


def test_no_retry_is_begun_that_could_not_end_in_time(make: Callable[..., Customer]) -> None:
    """A retry whose wait alone would pass the deadline is not begun, and the reason stays."""
    found = make(1)
    found.tenant.fail("http_503")
    assert Reason.HTTP_5XX is reason(found, 0.12)
    assert ("d", []) == (found.calls, found.clock.waits)


def test_the_reason_is_that_of_the_last_attempt(make: Callable[..., Customer]) -> None:
    """If a retry fails in another way, that is what is told; and the allowance of retries is that of the poll."""
    found = make(1)
    found.tenant.fail("http_503", times=1)
    found.tenant.fail("fail_entry")
    assert Reason.API_ERROR is reason(found)
    assert "dd" == found.calls
    found.tenant.clear_faults()
    found.tenant.fail("http_502", times=2)
    found.tenant.fail("reset")
    assert Reason.CONNECT is reason(found)
    assert "ddddd" == found.calls


def test_a_poll_without_time(make: Callable[..., Customer]) -> None:
    """A poll whose time is over before it begins sends nothing, not even for a token, and the next one does."""
    found = make(2)
    assert Reason.TIMEOUT is reason(found, 0.0)
    assert "" == found.calls
    found.poll()
    assert "td" == found.calls


@KINDS
@pytest.mark.parametrize(
    ("fault", "seconds", "expected"),
    [
        ("rate_limited", 5, Reason.RATE_LIMITED),
        ("rate_limited_other_spelling", 5, Reason.RATE_LIMITED),
        ("rate_limited_retry_after_seconds", 5, Reason.RATE_LIMITED),
        ("rate_limited_retry_after_date", 5, Reason.RATE_LIMITED),
        ("rate_limited_none", 60, Reason.RATE_LIMITED),
        ("rate_limited_garbage", 60, Reason.RATE_LIMITED),
        ("rate_limited_zero", 1, Reason.RATE_LIMITED),
        ("rate_limited_negative", 1, Reason.RATE_LIMITED),
        ("rate_limited_forever", 3600, Reason.RATE_LIMITED),
        ("unavailable_retry_after", 5, Reason.HTTP_5XX),
    ],
)
def test_waits(make: Callable[..., Customer], api: int, fault: str, seconds: float, expected: Reason) -> None:
    """While the vendor asks to wait nothing is sent, every poll has its reason, and nobody sleeps; then all is well."""
    found = make(api)
    found.tenant.fail(fault, times=1)
    asked = found.clock.now()
    assert expected is reason(found)
    assert asked + timedelta(seconds=seconds) == found.client.state.blocked_until
    assert seconds == found.client.blocked_for()
    for step in (0, seconds - 0.5):
        found.turn(step)
        assert expected is reason(found)
    assert ("d", []) == (calls_of(found), found.clock.waits)
    found.turn(0.5)
    found.poll()
    assert (0, 2) == (found.client.blocked_for(), found.calls.count("d"))


def test_a_wait_is_no_failure_of_the_token(make: Callable[..., Customer]) -> None:
    """A poll that ends because of a wait makes no token call, so it does not put the next token off."""
    found = make(2)
    found.poll()
    found.turn(1435)
    found.tenant.fail("rate_limited", times=1)
    reason(found)
    found.turn(4.5)
    assert Reason.RATE_LIMITED is reason(found)
    found.turn(0.5)
    found.poll()
    assert "tddtd" == found.calls


def test_the_token_endpoint_asks_to_wait(make: Callable[..., Customer]) -> None:
    """A 429 of the token endpoint holds up the data, too."""
    found = make(2)
    found.tenant.fail("token_429", times=1)
    assert [Reason.RATE_LIMITED] * 2 == [reason(found), reason(found)]
    found.turn(31)
    found.poll()
    assert "ttd" == found.calls


@KINDS
@pytest.mark.parametrize(
    ("fault", "seconds", "expected"),
    [
        ("clock_skew", 960, Reason.CLOCK_SKEW),
        ("clock_skew", -86400, Reason.CLOCK_SKEW),
        ("clock_skew", 301, Reason.CLOCK_SKEW),
        ("clock_skew", 300, Reason.UNAUTHORIZED),
        ("clock_skew", -299, Reason.UNAUTHORIZED),
        ("date_off", 960, None),
    ],
)
def test_clocks(make: Callable[..., Customer], api: int, fault: str, seconds: float, expected: Reason | None) -> None:
    """A refusal has the reason ``clock_skew`` if the clocks differ by over 300 s; how much they do is always known."""
    found = make(api)
    found.tenant.fail(fault, seconds=seconds)
    outcome = found.outcome()
    assert expected is (outcome.reason if isinstance(outcome, PollError) else None)
    assert seconds == found.client.state.clock_skew


@pytest.mark.parametrize(
    ("fault", "expected"),
    [("http_403", Reason.CLOCK_SKEW), ("http_400", Reason.HTTP_4XX), ("reset", Reason.CONNECT)],
)
def test_what_is_blamed_on_the_clocks(make: Callable[..., Customer], fault: str, expected: Reason) -> None:
    """While the clocks differ by over 300 s a 403 is blamed on them, a 400 and a lost connection are not."""
    found = make(1)
    found.clock.turn(-400)
    found.tenant.fail(fault)
    assert expected is reason(found)


def test_a_lost_connection_after_a_refusal_is_no_matter_of_clocks(make: Callable[..., Customer]) -> None:
    """If the renewal of a token is lost after a 401 with a wrong clock, the reason is the lost connection."""
    found = make(2)
    found.poll()
    found.tenant.fail("clock_skew", times=1)
    found.tenant.fail("token_reset")
    assert Reason.CONNECT is reason(found)
    assert "tddt" == found.calls


def test_a_token_that_ends_within_a_poll(make: Callable[..., Customer]) -> None:
    """A token that is revoked between two polls is renewed once, in the same poll."""
    found = make(2)
    found.poll()
    found.tenant.revoke_tokens()
    assert found.tenant.expected().records == found.poll().records
    assert "tddtd" == found.calls


def test_a_token_is_shared_by_polls_until_it_is_old(make: Callable[..., Customer]) -> None:
    """Polls share a token for 80 % of its life, and ask for a new one then."""
    found = make(2, expires_in=1000)
    for _ in range(3):
        found.poll()
    found.turn(801)
    found.poll()
    assert "tdddtd" == found.calls


@KINDS
@pytest.mark.parametrize("fault", ["http_401", "http_403", "binding_expired"])
def test_a_refusal_reaches_the_keys(make: Callable[..., Customer], api: int, fault: str) -> None:
    """A refusal makes the keys be read anew, another failure does not."""
    found = make(api)
    keys = vars(vars(found.client)["_auth"])["_keys"]
    found.tenant.fail("http_500", times=1)
    reason(found)
    assert 0 == keys.times_refused
    found.tenant.fail(fault)
    reason(found)
    assert 1 == keys.times_refused


@KINDS
def test_what_the_vendor_tells(make: Callable[..., Customer], api: int) -> None:
    """The limits are those last told, each request is observed by its status, and what is not told stays."""
    found = make(api)
    assert (None, None, None) == (
        found.client.state.rate_limit,
        found.client.state.clock_skew,
        found.client.state.blocked_until,
    )
    found.poll()
    remaining = 799 if api == 1 else 798
    assert (800, remaining, 0) == (
        found.client.state.rate_limit,
        found.client.state.rate_limit_remaining,
        found.client.state.clock_skew,
    )
    found.tenant.fail("rate_limited_none", times=1)
    reason(found)
    assert (800, remaining) == (found.client.state.rate_limit, found.client.state.rate_limit_remaining)
    found.turn(60)
    found.tenant.fail("reset")
    reason(found)
    assert [*["200"] * api, "429", "error", "error"] == found.observed
