import pytest
from naive_client import USUAL, ask, ask_token, bearer, signed, token_of

from exporter.simulator import Simulator

BODIES = [
    b"{}",
    b"",
    b"[]",
    b'{"data":[]}',
    b'{"data": [{}]}',
    b'{"meta": {"pagination": {"pageSize": 500}}}',
    b'{"meta": {"pagination": {"pageSize": 25, "pageToken": ""}}, "data": []}',
    b"{'meta': {'pagination': {'pageSize': 50, 'pageToken': None}}, 'data': [], 'old': False}",
    str({"data": [{"admin": True}]}).encode(),
]


@pytest.mark.parametrize("body", BODIES)
def test_bodies_of_other_clients(body: bytes) -> None:
    """Every body that a real client sends is taken, with both kinds of credentials."""
    with Simulator() as simulator:
        old, new = simulator.add_tenant("old", users=2), simulator.add_tenant("new", api=2, users=2)
        assert 200 == ask(old, signed(simulator, old), body).status
        assert 200 == ask(new, bearer(token_of(new)), body).status


def test_no_body_at_all() -> None:
    """A request without body and length is taken."""
    with Simulator() as simulator:
        tenant = simulator.add_tenant("globex", api=2, users=1)
        assert 200 == ask(tenant, bearer(token_of(tenant)), None).status


def test_body_that_nobody_sends() -> None:
    """A body that is neither JSON nor Python's notation is malformed."""
    with Simulator() as simulator:
        tenant = simulator.add_tenant("acme", users=1)
        assert 400 == ask(tenant, signed(simulator, tenant), b"{data: nothing}").status


def test_one_signature_for_several_pages() -> None:
    """A client that signs once and follows all pages gets them; it is remarked, and no violation."""
    with Simulator() as simulator:
        tenant = simulator.add_tenant("acme", users=5, page_size=2)
        headers, token, people = signed(simulator, tenant), "", 0
        for _ in range(3):
            document = ask(tenant, headers, str({"meta": {"pagination": {"pageToken": token}}}).encode()).json()
            people += len(document["data"])
            token = document["meta"]["pagination"].get("next", "")
    assert 5 == people
    assert () == simulator.violations
    assert "reused_signature" in simulator.journal[1].remarks


def test_no_content_type() -> None:
    """A client that names no types, and another agent, is answered."""
    with Simulator() as simulator:
        tenant = simulator.add_tenant("acme", users=1)
        headers = {name: value for name, value in signed(simulator, tenant).items() if name not in USUAL}
        assert 200 == ask(tenant, headers).status


def test_odd_dates_and_ids() -> None:
    """A date that ends in GMT, or with a one-digit day, and an id in capitals are accepted."""
    with Simulator() as simulator:
        tenant = simulator.add_tenant("acme", users=1)
        now = simulator.clock.now()
        for text in (f"{now:%a}, {now.day} {now:%b %Y %H:%M:%S} UTC", f"{now:%a, %d %b %Y %H:%M:%S} GMT"):
            headers = signed(simulator, tenant, date=text, request_id="8578FCFC-A305-4D9A-99CB-F4D5ECEFE297")
            assert 200 == ask(tenant, headers).status


def test_vendor_headers_beside_a_token() -> None:
    """A client that sends a request id beside its token is answered."""
    with Simulator() as simulator:
        tenant = simulator.add_tenant("globex", api=2, users=1)
        assert 200 == ask(tenant, bearer(token_of(tenant)) | {"x-mc-req-id": "1"}).status


def test_new_token_at_any_time() -> None:
    """A client that takes a token for every call is served, and its older tokens stay good."""
    with Simulator() as simulator:
        tenant = simulator.add_tenant("globex", api=2, users=1)
        tokens = [ask_token(tenant).json()["access_token"] for _ in range(3)]
        assert [200] * 3 == [ask(tenant, bearer(token)).status for token in tokens]
