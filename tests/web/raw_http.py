"""A server with a tiny application, and a client that sends raw bytes: what the tests of our port share."""

import re
import select
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Self

from exporter.web.application import Limits
from exporter.web.listener import Address
from exporter.web.request import Request
from exporter.web.response import Response, plain_text
from exporter.web.server import Server

PATIENCE = 10.0
PAGE = b"page 1\n"
BIG_PAGE = (b"x" * 1_000_000,) * 8
MANY_PARTS = tuple(b"%d\n" % number for number in range(3000))
HEALTHY = b"GET /-/healthy HTTP/1.1\r\nHost: here\r\n\r\n"
METRICS = b"GET /metrics HTTP/1.1\r\nHost: here\r\n\r\n"
HELD = b"GET /held HTTP/1.1\r\nHost: here\r\n\r\n"
BIG = b"GET /big HTTP/1.1\r\nHost: here\r\n\r\n"
HAND = b"GET /hand HTTP/1.1\r\nHost: here\r\n\r\n"
HAND_BIG = b"GET /hand/big HTTP/1.1\r\nHost: here\r\n\r\n"
HAND_PARTS = b"GET /hand/parts HTTP/1.1\r\nHost: here\r\n\r\n"

_AT_HAND = {"/hand": (PAGE,), "/hand/big": BIG_PAGE, "/hand/parts": MANY_PARTS}
_PAGES = {"/metrics": (PAGE,), "/big": BIG_PAGE, "/parts": MANY_PARTS, "/held": (b"held\n",), **_AT_HAND}


class TinyApplication:
    """Answers by path; ``/held`` waits until ``release`` is set, and ``entered`` tells that it does."""

    def __init__(self) -> None:
        self.entered: SimpleQueue[str] = SimpleQueue()
        self.release = threading.Event()
        self.answers: SimpleQueue[tuple[str | None, int]] = SimpleQueue()
        self.from_hand: SimpleQueue[str] = SimpleQueue()

    def immediate(self, request: Request) -> Response | None:
        """Answer all but pages."""
        if request.path == "/worse":
            raise LookupError("on purpose")
        if request.method not in {"GET", "HEAD"}:
            return plain_text(405, "method not allowed", ("Allow", "GET, HEAD"))
        if request.path == "/-/healthy":
            return plain_text(200, "ok")
        return None if request.path in {*_PAGES, "/broken"} else plain_text(404, "not found")

    def at_hand(self, request: Request) -> Response | None:
        """Answer with those pages whose path says so."""
        page = _AT_HAND.get(request.path)
        if page is None:
            return None
        self.from_hand.put(threading.current_thread().name)
        return Response(200, (("Content-Type", "text/plain"),), page)

    def answer(self, request: Request) -> Response:
        """Answer with a page."""
        if request.path == "/broken":
            raise LookupError("on purpose")
        if request.path == "/held":
            self.entered.put(request.path)
            assert self.release.wait(PATIENCE)
        return Response(200, (("Content-Type", "text/plain"),), _PAGES[request.path])

    def finished(self, request: Request | None, status: int) -> None:
        """Remember what was answered."""
        self.answers.put((request.path if request else None, status))


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes


class RawClient:
    """A connection on which bytes are sent as they are."""

    def __init__(self, connected: socket.socket) -> None:
        self.socket = connected
        self._data = b""

    @classmethod
    def to(cls, port: int, context: ssl.SSLContext | None = None, receive_buffer: int = 0, host: str = "") -> Self:
        """Return a new connection to a port of this machine, over TLS with a ``context``, where a cut is an error.

        ``host`` is the address that it comes from, if it matters.
        """
        connected = socket.socket()
        if host:
            connected.bind((host, 0))
        if receive_buffer:
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        connected.settimeout(PATIENCE)
        connected.connect(("127.0.0.1", port))
        if context is None:
            return cls(connected)
        return cls(context.wrap_socket(connected, server_hostname="localhost", suppress_ragged_eofs=False))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> Self:
        """Send ``data``."""
        self.socket.sendall(data)
        return self

    def answer(self, *, head: bool = False) -> Answer:
        """Read one answer, or with ``head`` one to a HEAD."""
        while b"\r\n\r\n" not in self._data:
            self._read_on()
        top, _, self._data = self._data.partition(b"\r\n\r\n")
        status_line, *lines = top.decode("ascii").split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines)
        length = 0 if head else int(headers["Content-Length"])
        parts, size = [self._data], len(self._data)
        while size < length:
            parts.append(self._receive())
            size += len(parts[-1])
        whole = b"".join(parts)
        self._data = whole[length:]
        matched = re.fullmatch(r"HTTP/1\.1 (\d{3}) [A-Za-z- ]+", status_line)
        assert matched, status_line
        return Answer(int(matched[1]), headers, whole[:length])

    def was_reset(self) -> bool:
        """Wait until the server has reset the connection, reading nothing."""
        poll = select.poll()
        poll.register(self.socket, 0)
        return any(event & select.POLLERR for _, event in poll.poll(PATIENCE * 1000))

    def rest(self) -> bytes:
        """Read what comes until the server closes."""
        while data := self.socket.recv(1 << 16):
            self._data += data
        rest, self._data = self._data, b""
        return rest

    def _read_on(self) -> None:
        self._data += self._receive()

    def _receive(self) -> bytes:
        data = self.socket.recv(1 << 20)
        assert data, "the server closed within an answer"
        return data


@dataclass(frozen=True)
class Serving:
    """A running server and its application."""

    server: Server
    application: TinyApplication

    @property
    def port(self) -> int:
        """The port that the system chose."""
        return self.server.addresses[0].port

    def connect(self, context: ssl.SSLContext | None = None, receive_buffer: int = 0, host: str = "") -> RawClient:
        """Return a new connection."""
        return RawClient.to(self.port, context, receive_buffer, host)

    def ask(self, request: bytes) -> Answer:
        """Return the answer to a request on a connection of its own."""
        with self.connect() as client:
            return client.send(request).answer()


@contextmanager
def serving(limits: Limits | None = None, tls: ssl.SSLContext | None = None) -> Iterator[Serving]:
    """Serve the tiny application on a port that the system chooses."""
    application = TinyApplication()
    server = Server(application, [Address("127.0.0.1", 0)], limits or Limits(), tls)
    server.start()
    try:
        yield Serving(server, application)
    finally:
        application.release.set()
        server.stop(grace=2.0)
        assert not server.running
