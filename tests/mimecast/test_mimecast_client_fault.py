"""Every fault of the simulator has a declared outcome, for both kinds of credentials, first and after a good poll."""

import logging
from collections.abc import Iterator

import pytest
from tenant_client import Customer, customer, simulator, values

from exporter.errors import PollError, Reason
from exporter.mimecast import client
from exporter.model import Snapshot
from exporter.simulator import FAULTS, Count, Simulator

RIGHT = None
SHORT = 0.3

OUTCOMES: dict[str, Reason | None] = {
    # the connection
    "refuse_close": Reason.CONNECT,
    "reset": Reason.CONNECT,
    "silent": Reason.TIMEOUT,
    "hang": Reason.TIMEOUT,
    "slow": RIGHT,
    "drip_headers": Reason.TIMEOUT,
    "drip_body": Reason.TIMEOUT,
    "half_body_silence": Reason.TIMEOUT,
    "close_in_headers": Reason.CONNECT,
    "close_after_headers": Reason.CONNECT,
    "reset_in_body": Reason.CONNECT,
    "close_idle": RIGHT,
    # HTTP
    "short_body": Reason.INCOMPLETE,
    "cut_body": Reason.INCOMPLETE,
    "chunked": RIGHT,
    "bad_chunk": Reason.PROTOCOL,
    "cut_chunks": Reason.INCOMPLETE,
    "two_lengths": Reason.PROTOCOL,
    "length_and_chunked": RIGHT,
    "huge_length": Reason.TOO_LARGE,
    "endless_length": Reason.TOO_LARGE,
    "negative_length": Reason.PROTOCOL,
    "not_http": Reason.PROTOCOL,
    "http09": Reason.PROTOCOL,
    "status_999": Reason.PROTOCOL,
    "continue_flood": RIGHT,
    "many_headers": Reason.PROTOCOL,
    "huge_header": Reason.PROTOCOL,
    "endless_headers": Reason.PROTOCOL,
    # size and coding
    "gzip": RIGHT,
    "gzip_corrupt": Reason.ENCODING,
    "gzip_wrong_sum": Reason.ENCODING,
    "gzip_cut": Reason.ENCODING,
    "gzip_missing": Reason.ENCODING,
    "unknown_coding": Reason.ENCODING,
    "gzip_bomb": Reason.TOO_LARGE,
    "nested_gzip_bomb": Reason.TOO_LARGE,
    "endless_body": Reason.TOO_LARGE,
    "big_body": Reason.TOO_LARGE,
    "spaces": Reason.TOO_LARGE,
    # statuses
    "http_400": Reason.HTTP_4XX,
    "http_401": Reason.UNAUTHORIZED,
    "http_403": Reason.FORBIDDEN,
    "http_404": Reason.HTTP_4XX,
    "http_405": Reason.HTTP_4XX,
    "http_407": Reason.PROXY,
    "http_409": Reason.HTTP_4XX,
    "http_413": Reason.HTTP_4XX,
    "http_418": Reason.BINDING_EXPIRED,
    "http_500": Reason.HTTP_5XX,
    "http_501": Reason.HTTP_5XX,
    "http_502": Reason.HTTP_5XX,
    "http_503": Reason.HTTP_5XX,
    "http_504": Reason.HTTP_5XX,
    "http_509": Reason.HTTP_5XX,
    "rate_limited": Reason.RATE_LIMITED,
    "rate_limited_other_spelling": Reason.RATE_LIMITED,
    "rate_limited_retry_after_seconds": Reason.RATE_LIMITED,
    "rate_limited_retry_after_date": Reason.RATE_LIMITED,
    "rate_limited_none": Reason.RATE_LIMITED,
    "rate_limited_garbage": Reason.RATE_LIMITED,
    "rate_limited_zero": Reason.RATE_LIMITED,
    "rate_limited_negative": Reason.RATE_LIMITED,
    "rate_limited_forever": Reason.RATE_LIMITED,
    "unavailable_retry_after": Reason.HTTP_5XX,
    "html_200": Reason.NOT_JSON,
    "html_401": Reason.UNAUTHORIZED,
    "html_503": Reason.HTTP_5XX,
    "empty_200": Reason.NOT_JSON,
    "empty_400": Reason.HTTP_4XX,
    "http_202": Reason.HTTP_OTHER,
    "http_204": Reason.HTTP_OTHER,
    "http_206": Reason.HTTP_OTHER,
    "content_type_other": RIGHT,
    "content_type_missing": RIGHT,
    "redirect_301": Reason.REDIRECT,
    "redirect_302": Reason.REDIRECT,
    "redirect_303": Reason.REDIRECT,
    "redirect_307": Reason.REDIRECT,
    "redirect_308": Reason.REDIRECT,
    "redirect_self": Reason.REDIRECT,
    "redirect_file": Reason.REDIRECT,
    "redirect_nowhere": Reason.REDIRECT,
    # the envelope
    "fail_entry": Reason.API_ERROR,
    "fail_flat": Reason.API_ERROR,
    "fail_with_data": Reason.API_ERROR,
    "fail_missing": RIGHT,
    "fail_null": RIGHT,
    "fail_object": Reason.SCHEMA,
    "fail_string": Reason.SCHEMA,
    "fail_nulls": Reason.SCHEMA,
    "meta_500": Reason.API_ERROR,
    "meta_403": Reason.API_ERROR,
    "meta_missing": Reason.SCHEMA,
    "meta_null": Reason.SCHEMA,
    "meta_list": Reason.SCHEMA,
    "meta_status_missing": Reason.SCHEMA,
    "meta_status_string": Reason.SCHEMA,
    "meta_status_true": Reason.SCHEMA,
    "meta_status_float": RIGHT,
    "data_empty": RIGHT,
    "data_missing": Reason.SCHEMA,
    "data_null": Reason.SCHEMA,
    "data_object": Reason.SCHEMA,
    "data_string": Reason.SCHEMA,
    "top_array": Reason.SCHEMA,
    "top_string": Reason.SCHEMA,
    "top_null": Reason.SCHEMA,
    "top_number": Reason.SCHEMA,
    "top_empty": Reason.SCHEMA,
    "next_repeats": Reason.INCOMPLETE,
    "next_endless": Reason.INCOMPLETE,
    # the text
    "cut_json": Reason.NOT_JSON,
    "trailing_json": Reason.NOT_JSON,
    "doubled_json": Reason.NOT_JSON,
    "prefixed_json": Reason.NOT_JSON,
    "commented_json": Reason.NOT_JSON,
    "control_character": Reason.NOT_JSON,
    "bom": RIGHT,
    "utf16": Reason.ENCODING,
    "latin1": Reason.ENCODING,
    "nan": Reason.NOT_JSON,
    "infinity": Reason.NOT_JSON,
    "huge_float": RIGHT,
    "huge_integer": Reason.NOT_JSON,
    "big_integer": RIGHT,
    "deep_nesting": Reason.NOT_JSON,
    "data_twice": RIGHT,
    "meta_twice": RIGHT,
    "watched_twice": RIGHT,
    # authorization
    "developer_key": Reason.UNAUTHORIZED,
    "invalid_signature": Reason.UNAUTHORIZED,
    "unauthorized": Reason.UNAUTHORIZED,
    "token_unverified": Reason.UNAUTHORIZED,
    "token_revoked": Reason.UNAUTHORIZED,
    "app_forbidden": Reason.FORBIDDEN,
    "operation_forbidden": Reason.FORBIDDEN,
    "binding_expired": Reason.BINDING_EXPIRED,
    "clock_skew": Reason.CLOCK_SKEW,
    "date_off": RIGHT,
    "echo_secret": Reason.HTTP_4XX,
    # the token endpoint
    "token_400": Reason.UNAUTHORIZED,
    "token_401": Reason.UNAUTHORIZED,
    "token_echo": Reason.UNAUTHORIZED,
    "token_429": Reason.RATE_LIMITED,
    "token_500": Reason.HTTP_5XX,
    "token_503": Reason.HTTP_5XX,
    "token_html": Reason.AUTH_RESPONSE,
    "token_hang": Reason.TIMEOUT,
    "token_reset": Reason.CONNECT,
    "token_redirect": Reason.REDIRECT,
    "token_redirect_308": Reason.REDIRECT,
    "token_odd_missing": Reason.AUTH_RESPONSE,
    "token_odd_null": Reason.AUTH_RESPONSE,
    "token_odd_empty": Reason.AUTH_RESPONSE,
    "token_odd_number": Reason.AUTH_RESPONSE,
    "token_odd_crlf": Reason.AUTH_RESPONSE,
    "token_odd_non_latin": Reason.AUTH_RESPONSE,
    "token_odd_huge": Reason.AUTH_RESPONSE,
    "token_odd_expires_zero": RIGHT,
    "token_odd_expires_negative": RIGHT,
    "token_odd_expires_string": RIGHT,
    "token_odd_expires_huge": RIGHT,
    "token_odd_expires_missing": RIGHT,
    "token_odd_type_lower": RIGHT,
    "token_odd_type_mac": Reason.AUTH_RESPONSE,
    "token_odd_type_missing": RIGHT,
}
EMPTY = -1
RECORDS_MORE = {"data_empty": EMPTY, "watched_twice": 1, "big_integer": 1, "huge_float": 1}
OF_DATA = [name for name in OUTCOMES if name not in FAULTS or not FAULTS[name].of_token]
CASES = [(1, name) for name in OF_DATA] + [(2, name) for name in OUTCOMES]


@pytest.fixture(scope="module")
def running() -> Iterator[Simulator]:
    with simulator() as found:
        yield found
        assert () == found.arrivals


@pytest.mark.parametrize("after_a_good_one", [False, True], ids=["first", "later"])
@pytest.mark.parametrize(("api", "name"), CASES, ids=lambda value: f"{value}")
def test_every_fault_has_its_outcome(  # noqa: PLR0917
    running: Simulator,
    api: int,
    name: str,
    after_a_good_one: bool,  # noqa: FBT001 - a parameter
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A poll ends as declared, by its deadline and with good manners, and the next one without the fault is right."""
    monkeypatch.setattr(client, "_MOST_PAGES", 20)
    monkeypatch.setattr(logging.getLogger("urllib3"), "level", logging.CRITICAL)
    caplog.set_level(logging.DEBUG)
    # The simulator's answers come 40 ms late over connections that stay open, so few cases use them.
    keep_alive = api == 2 and (name == "close_idle" or (FAULTS[name].of_token and not after_a_good_one))
    found = customer(running, 8 << 20, api=2 if api == 2 else 1, seed=len(running.tenants), keep_alive=keep_alive)
    if after_a_good_one:
        check(found, found.poll(), 0)
        if FAULTS[name].of_token:
            found.tenant.revoke_tokens()
    found.tenant.fail(name, seconds=0.05 if name == "slow" else None)
    reason = OUTCOMES[name]
    outcome = found.outcome(SHORT if reason is Reason.TIMEOUT else 10.0)
    if isinstance(outcome, Snapshot):
        assert reason is RIGHT
        check(found, outcome, RECORDS_MORE.get(name, 0))
    else:
        assert reason is outcome.reason
        check_silence(found, outcome, caplog)
    assert [] == found.violations
    found.tenant.clear_faults()
    found.turn(3600)
    check(found, found.poll(), 0)
    assert [] == found.violations


def check(found: Customer, snapshot: Snapshot, more: int) -> None:
    """Compare with the independent count; ``more`` records were added by the fault."""
    expected = found.tenant.expected() if more != EMPTY else Count()
    assert expected.records + max(more, 0) == snapshot.records
    if more <= 0:
        assigned = {("assigned", title): float(count.assigned) for title, count in expected.titles.items()}
        assert assigned == {key: value for key, value in values(snapshot).items() if key[0] == "assigned"}


def check_silence(found: Customer, error: PollError, caplog: pytest.LogCaptureFixture) -> None:
    """Search the error and the log for secrets and for what could forge a line."""
    told = f"{error} {error.detail} {error!r} {error.__cause__!r}" + "".join(map(str, caplog.records)) + caplog.text
    assert [] == [secret for name, secret in found.tenant.credentials.items() if name != "client_id" and secret in told]
    assert "MC " not in told
    assert error.detail.isprintable()
    assert len(error.detail) < 120


def test_every_fault_is_declared() -> None:
    """Every fault of the simulator has an outcome here, and none is declared that does not exist."""
    assert FAULTS.keys() == OUTCOMES.keys()
