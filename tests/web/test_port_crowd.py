"""The port of the started program, plain and over TLS: many scrapes at once, of which some give up."""

import logging
import os
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from program import wait_until
from raw_http import RawClient
from started_port import StartedPort, get, serving

from exporter.simulator import Simulator

SCRAPES = 200
TENANTS = ("acme", "globex", "initech")
METRICS = get(b"/metrics", b"Connection: close")
PROBE = get(b"/probe?target=acme", b"Connection: close")
TIMEOUT, OFFSET = 4, 2
IN_TIME = get(b"/metrics", b"Connection: close", b"X-Prometheus-Scrape-Timeout-Seconds: %d" % TIMEOUT)
FLAGS = ("--web.max-requests=400", f"--web.timeout-offset={OFFSET}")

log = logging.getLogger(__name__)


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(strict=True) as simulator:
        for name in TENANTS:
            simulator.add_tenant(name, users=50)
        yield simulator


@pytest.fixture(params=["plain", "tls"])
def port(
    request: pytest.FixtureRequest, simulator: Simulator, tool: Callable[[str], str], tmp_path: Path
) -> Iterator[StartedPort]:
    """A port that nobody has asked yet, whose program is at rest again when the vendor has gone (I4)."""
    tls = request.param == "tls" and bool(tool("openssl"))
    with serving(tmp_path, simulator, *FLAGS, tls=tls) as port:
        yield port
        simulator.stop()


def misbehave(simulator: Simulator, fault: str) -> None:
    for tenant in simulator.tenants:
        tenant.fail(fault, seconds=2)


def test_two_hundred_scrapes_share_one_poll(port: StartedPort, simulator: Simulator) -> None:
    """Two hundred scrapes of a cold cache cause one call of each tenant, and all have the same numbers (row 98, G6)."""
    misbehave(simulator, "slow")
    half = SCRAPES // 2
    answers = [answer for _, answer in port.time_all([METRICS, PROBE] * half)]
    assert [200] * SCRAPES == [answer.status for answer in answers]
    assert 1 == len({answer.body for answer in answers[1::2]})
    for body in (answer.body for answer in answers[::2]):
        assert [True] * 3 == [b'mimecast_up{tenant="%s"} 1.0' % name.encode() in body for name in TENANTS]
    assert [1, 1, 1] == [simulator.calls(name) for name in TENANTS]


def test_two_hundred_scrapes_end_in_time(
    port: StartedPort, simulator: Simulator, request: pytest.FixtureRequest
) -> None:
    """While the vendor hangs, two hundred scrapes are answered within their timeouts, the long form in 0.5 s (G6)."""
    misbehave(simulator, "hang")
    answers = port.time_all([IN_TIME] * SCRAPES)
    assert [200] * SCRAPES == [answer.status for _, answer in answers]
    deadline, longest = TIMEOUT - OFFSET, max(took for took, _ in answers)
    log.info("%d scrapes of a vendor that hangs, answered %.3f s after the deadline", SCRAPES, longest - deadline)
    assert longest - deadline < (0.5 if request.config.getoption("--long") else OFFSET)
    assert [1, 1, 1] == [simulator.calls(name) for name in TENANTS]


def test_who_leaves_disturbs_nobody(port: StartedPort, simulator: Simulator) -> None:
    """Scrapers that go while a poll is in flight leave no thread and no line in the log, others get it (row 99)."""
    misbehave(simulator, "slow")
    with ExitStack() as stack:
        staying = [stack.enter_context(port.connect()).send(METRICS) for _ in range(3)]
        close_half(staying[0])
        leaving = [stack.enter_context(port.connect()).send(METRICS) for _ in range(20)]
        wait_until(lambda: simulator.calls() == len(TENANTS), "the polls are in flight")
        for number, client in enumerate(leaving):
            leave(client, with_reset=number % 2 == 0)
        assert [200] * 3 == [client.answer().status for client in staying]
    assert [1, 1, 1] == [simulator.calls(name) for name in TENANTS]
    port.assert_at_rest()
    assert ["serving", *["collector up"] * 3] == events(port)


def close_half(client: RawClient) -> None:
    """Send nothing more, as who only wants to read on."""
    with socket.socket(fileno=os.dup(client.socket.fileno())) as same:
        same.shutdown(socket.SHUT_WR)


def events(port: StartedPort) -> list[str]:
    """Return what the log tells, once the three tenants are in it."""
    wait_until(lambda: sum("collector up" in line for line in port.program.err) == len(TENANTS), "all are up")
    return [line.split("msg=")[1].split(" addresses=")[0].split(" tenant=")[0].strip('"') for line in port.program.err]


def leave(client: RawClient, *, with_reset: bool) -> None:
    if with_reset:
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.socket.close()


def test_who_leaves_within_a_page_disturbs_nobody(port: StartedPort) -> None:
    """Scrapers that go in the middle of their page leave no thread and no line in the log (row 99)."""
    for number in range(50):
        with port.connect(receive_buffer=4096) as client:
            client.send(METRICS).socket.recv(100)
            leave(client, with_reset=number % 2 == 0)
    assert 200 == port.ask(METRICS).status
    port.assert_at_rest()
    assert ["serving", *["collector up"] * 3] == events(port)
