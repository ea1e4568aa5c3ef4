import uuid
from datetime import timedelta

import pytest
from naive_client import FIRST_PAGE, ask, ask_token, bearer, open_raw, signed, token_of

from exporter.simulator import Simulator

ODD_HEADERS = [
    ("Content-Type", "text/plain", "content_type"),
    ("Content-Type", "application/json; charset=latin-1", "content_type"),
    ("Accept", "*/*", "accept"),
    ("User-Agent", "python-requests/2.32", "user_agent"),
    ("x-mc-extra", "1", "extra_header"),
]


@pytest.mark.parametrize(("name", "value", "violation"), ODD_HEADERS)
def test_odd_header(name: str, value: str, violation: str) -> None:
    """A header that is not as it should be is refused and recorded."""
    with Simulator(strict=True) as simulator:
        tenant = simulator.add_tenant("acme", users=1)
        assert 400 == ask(tenant, signed(simulator, tenant) | {name: value}).status
    assert [violation] == [found.name for found in simulator.violations]


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"{'data': []}", b'{"data":[{}]}', b'{"meta":{},"data":[]}'])
def test_odd_body(body: bytes) -> None:
    """A first page that is not asked for with the seed's body is refused and recorded."""
    with Simulator(strict=True) as simulator:
        tenant = simulator.add_tenant("acme", users=1)
        assert 400 == ask(tenant, signed(simulator, tenant), body).status
    assert "body" in {found.name for found in simulator.violations}


def test_right_bodies() -> None:
    """The seed's body is right with any white space, and a later page with its token."""
    with Simulator(strict=True) as simulator:
        tenant = simulator.add_tenant("acme", users=2, page_size=1)
        first = ask(tenant, signed(simulator, tenant), b'{\n "data":\t[ ]\r\n}').json()
        token = first["meta"]["pagination"]["next"].encode()
        body = b'{"meta":{"pagination":{"pageToken":"%b"}},"data":[]}' % token
        assert 200 == ask(tenant, signed(simulator, tenant), body).status
    assert () == simulator.violations


@pytest.mark.parametrize("request_id", ["1", str(uuid.uuid1()), uuid.uuid4().hex], ids=["1", "by-time", "hex"])
def test_odd_request_id(request_id: str) -> None:
    """A request id that is no GUID of version 4 is refused and recorded."""
    with Simulator(strict=True) as simulator:
        tenant = simulator.add_tenant("acme", users=1)
        assert 400 == ask(tenant, signed(simulator, tenant, request_id=request_id)).status
    assert ["request_id"] == [found.name for found in simulator.violations]


def test_odd_date() -> None:
    """A date in another form, or of another day of the week, is refused and recorded."""
    with Simulator(strict=True) as simulator:
        tenant = simulator.add_tenant("acme", users=1)
        now = simulator.clock.now()
        other = now + timedelta(days=1)
        for text in (f"{now:%a, %d %b %Y %H:%M:%S} GMT", f"{other:%a}, {now:%d %b %Y %H:%M:%S} UTC"):
            assert 400 == ask(tenant, signed(simulator, tenant, date=text)).status
    assert ["date"] * 2 == [found.name for found in simulator.violations]


def test_reuse() -> None:
    """A request sent twice has a used id and a used signature."""
    with Simulator(strict=True) as simulator:
        tenant = simulator.add_tenant("acme", users=1)
        headers = signed(simulator, tenant)
        assert [200, 400] == [ask(tenant, headers).status for _ in range(2)]
    assert ["reused_request_id", "reused_signature"] == [found.name for found in simulator.violations]


def test_token_request_of_another_type() -> None:
    """A token request that is no form is refused and recorded."""
    with Simulator(strict=True) as simulator:
        tenant = simulator.add_tenant("globex", api=2, users=1)
        headers = bearer("") | {"Content-Type": "text/plain"}
        body = f"client_id={tenant.credentials['client_id']}".encode()
        assert 400 == ask(tenant, headers, body, "/oauth/token").status
    assert ["content_type"] == [found.name for found in simulator.violations]


def test_sent_during_wait() -> None:
    """A call before the end of a wait that was asked for is refused and recorded; a later one is not."""
    with Simulator(strict=True) as simulator:
        tenant = simulator.add_tenant("globex", api=2, users=1)
        token = token_of(tenant)
        tenant.fail("rate_limited", times=1, seconds=60)
        assert [429, 429] == [ask(tenant, bearer(token)).status for _ in range(2)]
        assert 429 == ask_token(tenant).status
        simulator.clock.advance(60)
        assert 200 == ask(tenant, bearer(token)).status
    assert ["sent_during_wait"] * 2 == [found.name for found in simulator.violations]


def test_two_in_flight() -> None:
    """A second request of a tenant while the first waits for its answer is refused and recorded."""
    with Simulator(strict=True) as simulator:
        tenant = simulator.add_tenant("acme", users=1)
        tenant.fail("hang", times=1)
        with open_raw(tenant, signed(simulator, tenant)):
            wait_for_calls(simulator, 1)
            assert 400 == ask(tenant, signed(simulator, tenant)).status
    assert ["two_in_flight"] == [found.name for found in simulator.violations]


def test_abandoned_request_is_not_in_flight() -> None:
    """A request whose client has gone does not count as in flight."""
    with Simulator(strict=True) as simulator:
        tenant = simulator.add_tenant("acme", users=1)
        tenant.fail("hang", times=1)
        with open_raw(tenant, signed(simulator, tenant)):
            wait_for_calls(simulator, 1)
        assert 200 == ask(tenant, signed(simulator, tenant), FIRST_PAGE).status
    assert () == simulator.violations


def wait_for_calls(simulator: Simulator, calls: int) -> None:
    while not (simulator.calls() >= calls and simulator.journal[-1].fault):
        pass
