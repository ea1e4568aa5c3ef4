"""Tests of ``exporter.mimecast.resolver`` and ``exporter.mimecast.connection``: names, addresses, and an abort."""

import gc
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest
from raw_server import PATIENCE, ask, failure, hang, raw_server, response, say, then_hang, transport_to, unused_port

from exporter.errors import PollError, Reason
from exporter.mimecast.resolver import Resolver

SHORT = 0.3
SAID = say(response(b"{}"))
Found = list[tuple[int, int, int, str, tuple[str, int]]]


class NameServer:
    """Answers for the host ``example.test`` when ``release`` is set, with whatever ``answer`` gives or raises."""

    def __init__(self) -> None:
        self.release = threading.Event()
        self.release.set()
        self.asked: SimpleQueue[str] = SimpleQueue()
        self.addresses: list[tuple[str, int]] = []
        self.error: Exception | None = None

    def __call__(self, host: str, port: int, *_: Any, **__: Any) -> Found:
        """Stand in for the system's look-up."""
        self.asked.put(host)
        self.release.wait(PATIENCE)
        if self.error:
            raise self.error
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", address) for address in self.addresses or [("127.0.0.1", port)]
        ]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Iterator[NameServer]:
    server = NameServer()
    monkeypatch.setattr(socket, "getaddrinfo", server)
    yield server
    server.release.set()
    settle(lambda: not [thread for thread in threading.enumerate() if thread.name.startswith("resolve")])


def settle(done: Callable[[], bool]) -> None:
    """Wait until something that others do has been done."""
    never, end = threading.Event(), time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < end
        never.wait(0.01)


@contextmanager
def full_listener() -> Iterator[int]:
    """Give a port whose queue of connections is full, so that it answers no more."""
    with socket.socket() as listener, ExitStack() as waiting:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port: int = listener.getsockname()[1]
        for _ in range(4):
            client = waiting.enter_context(socket.socket())
            client.settimeout(0)
            client.connect_ex(("127.0.0.1", port))
        yield port


def open_files() -> int:
    gc.collect()
    return len(list(Path("/proc/self/fd").iterdir()))


def test_addresses_in_order(names: NameServer) -> None:
    """The addresses of a host come in the system's order."""
    names.addresses = [("127.0.0.2", 1), ("127.0.0.1", 1)]
    expected = [(socket.AF_INET, ("127.0.0.2", 1)), (socket.AF_INET, ("127.0.0.1", 1))]
    assert expected == Resolver().resolve("example.test", 1, PATIENCE)


def test_a_slow_name_server_is_left_behind(names: NameServer) -> None:
    """Who runs out of time leaves the look-up behind; all who come meanwhile share it, and who waits has it."""
    names.release.clear()
    resolver = Resolver()
    for _ in range(3):
        with pytest.raises(TimeoutError):
            resolver.resolve("example.test", 1, 0.01)
    assert 1 == names.asked.qsize()
    names.release.set()
    assert [(socket.AF_INET, ("127.0.0.1", 1))] == resolver.resolve("example.test", 1, PATIENCE)


def test_one_slow_host_holds_up_no_other(names: NameServer) -> None:
    """While one host is looked up another one is, too."""
    resolver = Resolver()
    names.release.clear()
    with pytest.raises(TimeoutError):
        resolver.resolve("example.test", 1, 0.0)
    names.asked.get(timeout=PATIENCE)
    with pytest.raises(TimeoutError):
        resolver.resolve("other.test", 1, 0.0)
    assert "other.test" == names.asked.get(timeout=PATIENCE)


@pytest.mark.parametrize(
    "error", [socket.gaierror(-2, "planted-secret"), UnicodeError("label too long"), OSError(5, "x")]
)
def test_a_name_without_an_address(names: NameServer, error: Exception) -> None:
    """A host without an address has the reason ``connect``, and the system's words are not quoted."""
    names.error = error
    found = failure(transport_to("http://example.test"))
    assert (Reason.CONNECT, "the host name has no address") == (found.reason, found.detail)


def test_a_name_with_an_empty_answer(names: NameServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A look-up that finds nothing at all is a host without an address."""
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: names.addresses)
    assert "the host name has no address" == failure(transport_to("http://example.test")).detail


def test_names_count_in_the_budget(names: NameServer) -> None:
    """A name server that hangs ends in ``timeout`` by the deadline of the request."""
    names.release.clear()
    started = time.monotonic()
    assert Reason.TIMEOUT is failure(transport_to("http://example.test"), SHORT).reason
    assert time.monotonic() - started < SHORT + 0.5


def test_the_next_address_is_tried(names: NameServer) -> None:
    """If one address refuses, the next one is tried."""
    with raw_server(SAID) as server:
        names.addresses = [("127.0.0.1", unused_port()), ("127.0.0.1", server.port)]
        assert b"{}" == ask(transport_to("http://example.test")).body


def test_an_address_that_swallows_packets(names: NameServer) -> None:
    """An address that never answers takes its share of the time, and the next one has the rest."""
    with raw_server(SAID) as server, full_listener() as deaf:
        names.addresses = [("127.0.0.1", deaf), ("127.0.0.1", server.port)]
        assert b"{}" == ask(transport_to("http://example.test"), 2 * SHORT).body
        names.addresses = [("127.0.0.1", deaf)]
        assert Reason.TIMEOUT is failure(transport_to("http://example.test"), SHORT).reason


def test_no_thread_can_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the system gives no thread, the host has no address for now, and the next request tries again."""
    resolver = Resolver()

    def start(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", start)
        with pytest.raises(OSError, match="no thread"):
            resolver.resolve("localhost", 1, PATIENCE)
    assert (socket.AF_INET, ("127.0.0.1", 1)) in resolver.resolve("localhost", 1, PATIENCE)


@pytest.mark.parametrize("said", [b"", response(b"{}", length="9")[:-2]], ids=["in the head", "in the body"])
def test_an_abort_ends_what_hangs(said: bytes) -> None:
    """An abort from another thread ends a request that waits for its answer."""
    errors: SimpleQueue[PollError] = SimpleQueue()
    with raw_server(then_hang(said)) as server:
        transport = transport_to(server.port)
        thread = threading.Thread(target=lambda: errors.put(failure(transport)))
        thread.start()
        settle(lambda: bool(server.requests))
        while thread.is_alive():
            transport.abort()
            thread.join(0.02)
        assert Reason.TIMEOUT is errors.get(timeout=PATIENCE).reason
        server.ended.get(timeout=PATIENCE)


def test_an_abort_of_nothing_changes_nothing() -> None:
    """An abort between two requests does not disturb the next one."""
    with raw_server(SAID) as server:
        transport = transport_to(server.port)
        transport.abort()
        assert b"{}" == ask(transport).body


def test_nothing_is_left_behind() -> None:
    """After requests that were answered, refused, reset and late there are no more threads and files than before."""
    with raw_server(SAID, hang, say(b""), say(response(b"{}", length="9"))) as server:
        threads, files = threading.active_count(), open_files()
        transport = transport_to(server.port)
        assert b"{}" == ask(transport).body
        assert [Reason.TIMEOUT, Reason.CONNECT, Reason.INCOMPLETE] == [
            failure(transport, SHORT).reason for _ in range(3)
        ]
        assert Reason.CONNECT is failure(transport_to(unused_port())).reason
        # A watchdog of requests before may have gone since.
        settle(lambda: threading.active_count() <= threads and files == open_files())
