"""Tests of ``exporter.web.server``: many clients at once, and a system that has nothing left."""

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from raw_http import HEALTHY, HELD, METRICS, PAGE, PATIENCE, RawClient, Serving, serving

from exporter.web.application import Limits

CAP = Limits().max_connections


@pytest.fixture
def port() -> Iterator[Serving]:
    with serving() as running:
        yield running


def drip(clients: list[RawClient], byte: bytes) -> None:
    """Send a byte on each connection that is still open."""
    for client in clients:
        with contextlib.suppress(OSError):
            client.send(byte)


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_slow_clients_do_not_disturb_a_good_one(port: Serving) -> None:
    """While 300 clients send their heads byte by byte, every scrape is served, and no thread is started for them."""
    threads = threading.active_count()
    with ExitStack() as stack:
        slow = [stack.enter_context(port.connect()) for _ in range(300)]
        for byte in METRICS[:20]:
            drip(slow, bytes([byte]))
            assert PAGE == port.ask(METRICS).body
            # One that answers, and one more if that has not come to rest since its last answer.
            assert threading.active_count() <= threads + 2


def test_slow_clients_cannot_push_out_one_that_keeps_asking(port: Serving) -> None:
    """A connection that asks again and again is never the longest idle one."""
    with ExitStack() as stack:
        regular = stack.enter_context(port.connect())
        for _ in range(3 * CAP):
            stack.enter_context(port.connect()).send(METRICS[:20])
            assert PAGE == regular.send(METRICS).answer().body


def test_the_longest_idle_connection_goes_first(port: Serving) -> None:
    """At the cap the connection whose last answer is oldest is closed, and no other."""
    with ExitStack() as stack:
        clients = [stack.enter_context(port.connect()) for _ in range(CAP)]
        for client in [*clients[1:], clients[0]]:
            client.send(HEALTHY).answer()
        for _ in range(3):
            stack.enter_context(port.connect()).send(HEALTHY).answer()
        assert [b"", b"", b""] == [client.rest() for client in clients[1:4]]
        assert PAGE == clients[0].send(METRICS).answer().body
        assert PAGE == clients[4].send(METRICS).answer().body


def test_a_crowd_pushes_out_itself(port: Serving) -> None:
    """However many come from one address, those from another stay, be they idle or slow."""
    with ExitStack() as stack:
        idle, slow, silent = (stack.enter_context(port.connect(host="127.0.0.2")) for _ in range(3))
        idle.send(METRICS).answer()
        slow.send(METRICS[:20])
        crowd = [stack.enter_context(port.connect()) for _ in range(CAP)]
        for _ in range(CAP):
            crowd.append(stack.enter_context(port.connect()))
            crowd[-1].send(HEALTHY).answer()
        assert b"" == crowd[0].rest()
        answers = [idle.send(METRICS).answer(), slow.send(METRICS[20:]).answer(), silent.send(METRICS).answer()]
        assert [PAGE] * 3 == [answer.body for answer in answers]


def test_a_connection_in_use_is_not_closed_at_the_cap(port: Serving) -> None:
    """However many come, an answer in the making reaches its client."""
    with ExitStack() as stack:
        waiting = stack.enter_context(port.connect()).send(HELD)
        assert "/held" == port.application.entered.get(timeout=PATIENCE)
        for _ in range(2 * CAP):
            stack.enter_context(port.connect()).send(HEALTHY).answer()
        port.application.release.set()
        assert b"held\n" == waiting.answer().body


def test_who_comes_and_goes_leaves_nothing(port: Serving) -> None:
    """After thousands of connections that say nothing, there are as many descriptors as before."""
    port.ask(METRICS)
    descriptors = open_descriptors()
    for _ in range(2000):
        port.connect().socket.close()
    assert PAGE == port.ask(METRICS).body
    with port.connect() as client:
        client.send(HEALTHY).answer()
        assert open_descriptors() <= descriptors + 2


def test_all_pages_at_once() -> None:
    """As many pages as allowed are served at once, each to its client, with a thread for each and no more."""
    with serving(Limits(max_requests=30)) as port, ExitStack() as stack:
        threads = threading.active_count()
        clients = [stack.enter_context(port.connect()).send(HELD) for _ in range(30)]
        for _ in clients:
            port.application.entered.get(timeout=PATIENCE)
        assert threading.active_count() <= threads + 30
        assert 503 == port.ask(METRICS).status
        port.application.release.set()
        assert [b"held\n"] * 30 == [client.answer().body for client in clients]


@pytest.fixture
def small_process() -> Iterator[subprocess.Popen[str]]:
    """Start a server in a process with 64 descriptors that takes up, and lets go of, what is left on request."""
    root = Path(__file__).parents[2]
    program = [sys.executable, "-W", "error", str(Path(__file__).with_name("small_process.py"))]
    environment = {**os.environ, "PYTHONPATH": f"{root}:{Path(__file__).parent}"}
    with subprocess.Popen(
        program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        yield process
        process.kill()


def tell(process: subprocess.Popen[str], word: str) -> str:
    """Send a command and return the reply."""
    assert process.stdin
    assert process.stdout
    process.stdin.write(f"{word}\n")
    process.stdin.flush()
    return process.stdout.readline().strip()


def test_without_descriptors_clients_wait(small_process: subprocess.Popen[str]) -> None:
    """With no descriptor left the server neither spins nor ends nor fills the log, and goes on when there are some."""
    port = int(tell(small_process, "port"))
    with RawClient.to(port) as first:
        first.send(METRICS[:-2] + b"Connection: close\r\n\r\n")
        assert first.rest().endswith(PAGE)  # and so its descriptor is free
    tell(small_process, "take")
    with RawClient.to(port) as client, RawClient.to(port) as other:
        client.send(METRICS)
        other.send(METRICS)
        client.socket.settimeout(1.2)
        before = float(tell(small_process, "time"))
        with pytest.raises(TimeoutError):
            client.answer()
        assert float(tell(small_process, "time")) - before < 0.2
        tell(small_process, "free")
        client.socket.settimeout(PATIENCE)
        assert [PAGE, PAGE] == [client.answer().body, other.answer().body]
    _, log = small_process.communicate("end\n", PATIENCE)
    assert "cannot accept connections error=EMFILE\n" == log


def test_without_descriptors_the_longest_idle_connection_goes(small_process: subprocess.Popen[str]) -> None:
    """With no descriptor left a new client is served in place of an idle one."""
    port = int(tell(small_process, "port"))
    with RawClient.to(port) as idle:
        idle.send(METRICS).answer()
        tell(small_process, "take")
        with RawClient.to(port) as client:
            assert PAGE == client.send(METRICS).answer().body
        assert b"" == idle.rest()
    small_process.communicate("end\n", PATIENCE)


def test_clients_leave_descriptors_for_others(small_process: subprocess.Popen[str]) -> None:
    """Clients get no more than half of the descriptors: polls need some as well."""
    port = int(tell(small_process, "port"))
    with ExitStack() as stack:
        clients = [stack.enter_context(RawClient.to(port)) for _ in range(100)]
        assert PAGE == clients[-1].send(METRICS).answer().body
        assert int(tell(small_process, "open")) < 50
    _, log = small_process.communicate("end\n", PATIENCE)
    assert "" == log
