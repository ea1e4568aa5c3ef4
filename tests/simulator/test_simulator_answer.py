import http.client
import json
import socket
import ssl
import subprocess
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from naive_client import ask, bearer, connect, poll, send, signed, token_of, unpacked

from exporter.simulator import TRAINING_PATH, SimulatedClock, Simulator, Terms, counted

MOMENT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def test_headers_of_success() -> None:
    """A success has the headers that were recorded of the vendor, and the clock's date."""
    with Simulator(clock=SimulatedClock(MOMENT)) as simulator:
        tenant = simulator.add_tenant("acme", users=1)
        headers = ask(tenant, signed(simulator, tenant)).headers
    assert MOMENT == parsedate_to_datetime(headers["Date"])
    assert ("application/json", "close", "no-store", "no-cache") == tuple(
        headers[name] for name in ("content-type", "connection", "cache-control", "pragma")
    )


def test_headers_of_failure() -> None:
    """A failure has the rate limit too, but nothing about caches."""
    with Simulator() as simulator:
        tenant = simulator.add_tenant("acme", users=1)
        headers = ask(tenant, signed(simulator, tenant, secret_key="c2VjcmV0")).headers
    assert "799" == headers["X-RateLimit-Remaining"]
    assert headers["cache-control"] is None


@pytest.mark.parametrize(("api", "closes"), [(1, True), (2, False)])
def test_connection(api: int, closes: bool) -> None:  # noqa: FBT001
    """API 1.0 closes the connection after each answer, API 2.0 keeps it."""
    with Simulator() as simulator:
        tenant = simulator.add_tenant("acme", api=1 if api == 1 else 2, users=1)
        headers = signed(simulator, tenant) if api == 1 else bearer(token_of(tenant))
        connection = connect(tenant)
        assert 200 == send(connection, headers).status
        assert closes == (connection.sock is None)
        connection.close()


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [("gzip, deflate", "gzip"), ("gzip;q=0", None), ("br", None), ("deflate, gzip;q=0.5", "gzip")],
)
def test_gzip(accepted: str, coding: str | None) -> None:
    """The body is compressed if the client accepts it, and only then."""
    with Simulator() as simulator:
        tenant = simulator.add_tenant("acme", users=3)
        reply = ask(tenant, signed(simulator, tenant) | {"Accept-Encoding": accepted})
    assert coding == reply.headers["content-encoding"]
    assert 3 == len(json.loads(unpacked(reply))["data"])


def test_rate_limit() -> None:
    """The window starts at the first call, counts all paths, and refuses what exceeds it until it ends."""
    with Simulator(strict=True) as simulator:
        tenant = simulator.add_tenant("globex", api=2, users=1, rate_limit=3, rate_window=60_000)
        token = token_of(tenant)
        replies = [ask(tenant, bearer(token)) for _ in range(3)]
        assert [200, 200, 429] == [reply.status for reply in replies]
        assert ["1", "0", "0"] == [reply.headers["X-RateLimit-Remaining"] for reply in replies]
        assert 59_000 < int(replies[-1].headers["X-RateLimit-Reset"]) <= 60_000
        simulator.clock.advance(60)
        assert "2" == ask(tenant, bearer(token)).headers["X-RateLimit-Remaining"]
    assert () == simulator.violations


def test_spellings() -> None:
    """A tenant spells its fields as the vendor's table does, or as its sample does."""
    spelled = {
        "sample": {"watchedData", "myAnswer", "onWatchlist"},
        "table": {"watchedDate", "myAsnwer", "onWatchList"},
    }
    with Simulator() as simulator:
        table, sample = simulator.add_tenant("t", spelling="table"), simulator.add_tenant("s", spelling="sample")
        for tenant in (table, sample):
            rows = [row for user in poll(simulator, tenant).json()["data"] for row in user["training"]]
            fields = {name for row in rows for name in row}
            assert spelled[tenant.options.spelling] == fields - {"title", "titleId", "assignedTimeStamp", "watched"}


@pytest.mark.parametrize("as_object", [False, True])
def test_pages(as_object: bool) -> None:  # noqa: FBT001
    """Pages together have everybody once; the token is a string or an object, and only a given one is taken."""
    with Simulator(strict=True) as simulator:
        tenant = simulator.add_tenant("acme", users=5, page_size=2, next_as_object=as_object)
        page, sizes = poll(simulator, tenant).json(), []
        while following := page["meta"]["pagination"].get("next"):
            sizes.append(page["meta"]["pagination"]["pageSize"])
            token = following["pageToken"] if as_object else following
            body = json.dumps({"meta": {"pagination": {"pageToken": token}}, "data": []}).encode()
            page = ask(tenant, signed(simulator, tenant), body).json()
        assert [2, 2] == sizes
        assert 1 == len(page["data"])
        assert 400 == ask(tenant, signed(simulator, tenant), body.replace(token.encode(), b"eNother")).status


def test_served_documents() -> None:
    """A test puts bytes, or what makes them, in the place of the answer, and takes them away again."""
    with Simulator(strict=True) as simulator:
        tenant = simulator.add_tenant("acme", users=4)
        tenant.serve(b"one")
        assert b"one" == poll(simulator, tenant).body
        tenant.serve(lambda: b"two")
        assert b"two" == poll(simulator, tenant).body
        tenant.serve(None)
        assert 4 == len(poll(simulator, tenant).json()["data"])


def test_count_follows_the_clock() -> None:
    """A month passes in a moment, and the document at each day equals the count over the people."""
    with Simulator(strict=True, clock=SimulatedClock(MOMENT - timedelta(days=30))) as simulator:
        tenant = simulator.add_tenant("acme", users=30, titles=6, as_of=MOMENT)
        watched = []
        for _ in range(31):
            terms = Terms(simulator.clock.now())
            count = tenant.expected()
            assert count == counted(poll(simulator, tenant).body, terms)
            watched.append(sum(title.watched for title in count.titles.values()))
            simulator.clock.advance(86_400)
    assert sorted(watched) == watched
    assert watched[0] < watched[-1]


def test_company_with_its_own_clock() -> None:
    """A company may live faster than the vendor's clock, and each call tells which state it was answered with."""
    clock = SimulatedClock(MOMENT - timedelta(days=60))
    with Simulator(strict=True) as simulator:
        tenant = simulator.add_tenant("acme", users=20, titles=6, company_clock=clock, as_of=MOMENT)
        for _ in range(3):
            body = poll(simulator, tenant).body
            call, terms = simulator.journal[-1], Terms(simulator.clock.now())
            assert clock.now() == call.state_at < call.at
            assert counted(body, terms) == tenant.expected(replace(terms, state_at=call.state_at))
            clock.advance(20 * 86_400)
    assert () == simulator.violations


def test_configuration() -> None:
    """The configuration names every tenant with its address and credentials."""
    with Simulator() as simulator:
        tenant = simulator.add_tenant("acme", users=1, seed=7)
        text = simulator.configuration()
    assert text.startswith('tenants:\n  - name: "acme"\n')
    assert all(f"      {key}: {json.dumps(value)}\n" in text for key, value in tenant.credentials.items())
    assert f'    base_url: "{tenant.base_url}"\n' in text


def test_chunked_request() -> None:
    """A request whose body comes in chunks is read as well."""
    with Simulator(strict=True) as simulator:
        tenant = simulator.add_tenant("acme", users=2)
        connection = connect(tenant)
        connection.request(
            "POST", TRAINING_PATH, iter([b'{"data"', b":[]}"]), signed(simulator, tenant), encode_chunked=True
        )
        assert 2 == len(json.loads(connection.getresponse().read())["data"])
        connection.close()
    assert () == simulator.violations


def test_polite_client_is_never_accused() -> None:
    """Hundreds of calls one right after the other, on one connection or on many, violate nothing."""
    with Simulator(strict=True) as simulator:
        old = simulator.add_tenant("old", users=20, rate_limit=10_000)
        new = simulator.add_tenant("new", api=2, users=20, rate_limit=10_000)
        headers, connection = bearer(token_of(new)), connect(new)
        for _ in range(200):
            assert 200 == send(connection, headers).status
            assert 200 == ask(old, signed(simulator, old)).status
        connection.close()
    assert () == simulator.violations


def test_start_and_journal() -> None:
    """A simulator is started once, and forgets its journal when told to, but not what was used up."""
    with Simulator(strict=True) as simulator:
        tenant = simulator.add_tenant("acme", users=1)
        headers = signed(simulator, tenant)
        assert 200 == ask(tenant, headers).status
        with pytest.raises(RuntimeError):
            simulator.start()
        simulator.clear_journal()
        assert 0 == simulator.calls()
        assert 400 == ask(tenant, headers).status
        assert 1 == simulator.calls()
    assert 0 == simulator.port


def test_names_are_taken_once() -> None:
    """Two tenants cannot have one name."""
    simulator = Simulator()
    simulator.add_tenant("acme")
    with pytest.raises(ValueError, match="acme"):
        simulator.add_tenant("acme")


def test_tls(tmp_path: Path) -> None:
    """With a TLS context the same is served over TLS, idle connections and silent clients end when it stops."""
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    make = "openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
    subprocess.run([*make.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    trusting = ssl.create_default_context(cafile=certificate)
    threads = threading.active_count()
    simulator = Simulator(strict=True)
    tenant = simulator.add_tenant("acme", users=2, keep_alive=True)
    simulator.start(ssl_context=context)
    assert tenant.base_url == f"https://127.0.0.1:{simulator.port}"
    connection = http.client.HTTPSConnection("127.0.0.1", simulator.port, context=trusting)
    with socket.create_connection(("127.0.0.1", simulator.port)):
        assert [2, 2] == [len(send(connection, signed(simulator, tenant)).json()["data"]) for _ in range(2)]
        simulator.stop()
    connection.close()
    assert threads == threading.active_count()
    assert () == simulator.violations


def test_failed_handshake() -> None:
    """A TLS context that can shake no hands closes the connection."""
    simulator = Simulator()
    tenant = simulator.add_tenant("acme", users=1)
    simulator.start(ssl_context=ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
    with pytest.raises((OSError, http.client.HTTPException), match=r"."):
        poll(simulator, tenant)
    simulator.stop()
