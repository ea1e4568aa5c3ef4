"""The port of the started program, plain and over TLS, when the system has no descriptor left for it."""

import resource
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event
from time import monotonic

import pytest
from program import wait_until
from raw_http import RawClient
from started_port import StartedPort, get, serving

from exporter.simulator import Simulator

LIMIT = 64
UNDER_LIMIT = ("sh", "-c", f'ulimit -n {LIMIT}; exec "$@"', "sh")
METRICS = get(b"/metrics")
UP = b'mimecast_up{tenant="acme"} 1.0'
DOWN = b'mimecast_collector_failing{collector="training",reason="connect",tenant="acme"} 1.0'
CANNOT_ACCEPT = "cannot accept connections"
# Every scrape polls, and a poll needs a descriptor too.
ALWAYS = "defaults: {collectors: [training], refresh_interval: 0s}"


@pytest.fixture(params=["plain", "tls"])
def port(request: pytest.FixtureRequest, tool: Callable[[str], str], tmp_path: Path) -> Iterator[StartedPort]:
    """A port whose program may have 64 descriptors, and is at rest again in the end (I4)."""
    tls = request.param == "tls" and bool(tool("openssl"))
    with Simulator(strict=True) as simulator:
        simulator.add_tenant("acme", users=5)
        with serving(tmp_path, simulator, tls=tls, head=ALWAYS, before=UNDER_LIMIT) as port:
            yield port


@contextmanager
def none_left(port: StartedPort) -> Iterator[None]:
    """Let the program open nothing more."""
    pid, kind = port.program.process.pid, resource.RLIMIT_NOFILE
    highest = max(int(entry.name) for entry in Path(f"/proc/{pid}/fd").iterdir())
    soft, hard = resource.prlimit(pid, kind, (highest + 1, LIMIT))
    try:
        yield
    finally:
        resource.prlimit(pid, kind, (soft, hard))


def complaints(port: StartedPort) -> int:
    return sum(CANNOT_ACCEPT in line for line in port.program.err)


def test_clients_leave_descriptors_for_polls(port: StartedPort) -> None:
    """With 64 descriptors, a hundred clients leave enough for scrapes and their polls, and none is missed (row 108)."""
    with ExitStack() as stack:
        for _ in range(100):
            stack.enter_context(RawClient.to(port.program.port))
        for _ in range(3):
            answer = port.ask(METRICS)
            assert (200, True) == (answer.status, UP in answer.body)
        assert port.proc.descriptors < LIMIT
    assert 0 == complaints(port)


def test_who_is_connected_is_served(port: StartedPort) -> None:
    """With no descriptor left who is connected has a page that says so, and a good one afterwards (row 108)."""
    with port.connect() as client:
        assert UP in client.send(METRICS).answer().body
        with none_left(port):
            answer = client.send(METRICS).answer()
            assert (200, True) == (answer.status, DOWN in answer.body)
        assert UP in client.send(METRICS).answer().body


def test_who_comes_waits(port: StartedPort, request: pytest.FixtureRequest) -> None:
    """With no descriptor left clients wait, nothing spins, and the log tells it once a minute (row 108)."""
    seconds, lines = (70.0, 2) if request.config.getoption("--long") else (2.0, 1)
    with ExitStack() as stack:
        with none_left(port):
            clients = [stack.enter_context(RawClient.to(port.program.port)) for _ in range(20)]
            wait_until(lambda: complaints(port) == 1, "it cannot accept")
            used, began = port.proc.seconds, monotonic()
            Event().wait(seconds)
            assert port.proc.seconds - used < 0.1 * (monotonic() - began)
            assert lines == complaints(port)
        began = monotonic()
        assert UP in port.ask(METRICS).body
        assert monotonic() - began < 5
        assert 20 == len(clients)
    assert lines == complaints(port)
