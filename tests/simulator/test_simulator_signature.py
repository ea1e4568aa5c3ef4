import uuid
from datetime import UTC, datetime, timedelta

import pytest
from naive_client import ask, date_of, signature, signed

from exporter.simulator import TRAINING_PATH, SimulatedClock, Simulator

NOON = datetime(2015, 11, 24, 12, 50, 11, tzinfo=UTC)
KNOWN = {
    "application_id": "00000000-0000-0000-0000-000000000001",
    "application_key": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
    "access_key": "AKTEST0000000001",
    "secret_key": "c2VjcmV0LWtleS1mb3ItdGVzdHMtb25seS0wMDAxIQ==",
}
KNOWN_DATE = "Tue, 24 Nov 2015 12:50:11 UTC"
KNOWN_ID = "8578FCFC-A305-4D9A-99CB-F4D5ECEFE297"


def test_known_answer() -> None:
    """The worked example of the API's description is signed as described, and accepted at its moment."""
    assert "U9Jj13qL2G4LPm+J2vgQVhwog+Y=" == signature(KNOWN, TRAINING_PATH, KNOWN_DATE, KNOWN_ID)
    with Simulator(strict=True, clock=SimulatedClock(NOON)) as simulator:
        tenant = simulator.add_tenant("acme", credentials=KNOWN, users=2, titles=1)
        assert 200 == ask(tenant, signed(simulator, tenant, date=KNOWN_DATE, request_id=KNOWN_ID)).status
    assert () == simulator.violations


@pytest.mark.parametrize("key", ["application_key", "secret_key", "access_key"])
def test_wrong_key(key: str) -> None:
    """A signature made with another key, whichever it is, is refused as the vendor refuses it."""
    with Simulator(strict=True) as simulator:
        tenant, other = simulator.add_tenant("acme", users=1), simulator.add_tenant("globex", users=1)
        wrong = other.credentials[key] if key != "access_key" else "unknown"
        reply = ask(tenant, signed(simulator, tenant, **{key: wrong}))
    assert (401, "err_xdk_invalid_signature") == (reply.status, reply.code())
    assert 401 == reply.json()["meta"]["status"]


def test_wrong_application_id() -> None:
    """A wrong application id is told with 200 and err_developer_key, before the signature is looked at."""
    with Simulator(strict=True) as simulator:
        tenant = simulator.add_tenant("acme", users=1)
        reply = ask(tenant, signed(simulator, tenant, application_id=str(uuid.uuid4())))
    assert (200, "err_developer_key") == (reply.status, reply.code())


def test_unknown_access_key_has_its_own_limit() -> None:
    """An unknown access key is counted in a limit of 5000 of its own."""
    with Simulator() as simulator:
        tenant = simulator.add_tenant("acme", users=1)
        unknown = ask(tenant, signed(simulator, tenant, access_key="unknown"))
        known = ask(tenant, signed(simulator, tenant))
    assert "5000" == unknown.headers["X-RateLimit-Limit"]
    assert "799" == known.headers["X-RateLimit-Remaining"]


@pytest.mark.parametrize("header", ["Authorization", "x-mc-date", "x-mc-req-id", "x-mc-app-id"])
def test_missing_credentials(header: str) -> None:
    """A request that lacks one of the four headers is refused with 400."""
    with Simulator() as simulator:
        tenant = simulator.add_tenant("acme", users=1)
        headers = signed(simulator, tenant)
        del headers[header]
        assert 400 == ask(tenant, headers).status


@pytest.mark.parametrize(
    ("seconds", "status"), [(0, 200), (890, 200), (-890, 200), (910, 401), (-910, 401), (86400, 401)]
)
def test_skewed_date(seconds: int, status: int) -> None:
    """A date may be off by fifteen minutes, and no more."""
    with Simulator(strict=True) as simulator:
        tenant = simulator.add_tenant("acme", users=1)
        client = Simulator(clock=SimulatedClock(simulator.clock.now() + timedelta(seconds=seconds)))
        reply = ask(tenant, signed(simulator, tenant, date=date_of(client)))
    assert status == reply.status


def test_signature_of_another_path() -> None:
    """A signature over another path than the one asked for is refused."""
    with Simulator() as simulator:
        tenant = simulator.add_tenant("acme", users=1)
        assert 401 == ask(tenant, signed(simulator, tenant, "/" + TRAINING_PATH)).status


def test_unreadable_date() -> None:
    """A signed date that is none is refused, even if it is signed rightly."""
    with Simulator() as simulator:
        tenant = simulator.add_tenant("acme", users=1)
        assert 401 == ask(tenant, signed(simulator, tenant, date="Tue, 31 Feb 2026 12:00:00 UTC")).status
        assert 401 == ask(tenant, signed(simulator, tenant, date="2026-02-03T12:00:00Z")).status


def test_unknown_path_and_method() -> None:
    """Another path is 404, another method 405."""
    with Simulator() as simulator:
        tenant = simulator.add_tenant("acme", users=1)
        assert 404 == ask(tenant, signed(simulator, tenant, "/api/other"), path="/api/other").status
        assert 405 == ask(tenant, signed(simulator, tenant), None, method="GET").status
