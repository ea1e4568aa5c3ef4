"""A server that answers with whatever bytes a test gives it, and a transport to it: what these tests share."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Final

import pytest

from exporter.errors import PollError, Reason
from exporter.mimecast.auth import Request
from exporter.mimecast.resolver import Resolver
from exporter.mimecast.transport import Route, Transport
from exporter.model import Secret

PATIENCE: Final = 10.0
MOST: Final = 1 << 20
ASKED: Final = Request("/path", b'{"data": []}', {"Authorization": "MC planted-secret"})
NO_TRUST: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

Script = Callable[[socket.socket], None]


def response(body: bytes = b"{}", *headers: str, status: int = 200, length: str | None = "") -> bytes:
    """Return an answer; ``length`` None announces none, another text that one."""
    announced = [] if length is None else [f"Content-Length: {length or len(body)}"]
    lines = [f"HTTP/1.1 {status} Whatever", *announced, *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def say(data: bytes) -> Script:
    """Send bytes and close."""
    return lambda connection: connection.sendall(data)


def hang(connection: socket.socket) -> None:
    """Say nothing until the client goes."""
    while connection.recv(1 << 16):
        pass


def then_hang(data: bytes) -> Script:
    """Send bytes and say nothing more until the client goes."""

    def script(connection: socket.socket) -> None:
        connection.sendall(data)
        hang(connection)

    return script


def pour(start: bytes, block: bytes) -> Script:
    """Send ``start``, and then ``block`` without end."""

    def script(connection: socket.socket) -> None:
        connection.sendall(start)
        while True:
            connection.sendall(block)

    return script


def drip(data: bytes, pause: float = 0.02) -> Script:
    """Send bytes one by one."""
    never = threading.Event()

    def script(connection: socket.socket) -> None:
        for place in range(len(data)):
            connection.sendall(data[place : place + 1])
            never.wait(pause)

    return script


def reset(connection: socket.socket) -> None:
    """End the connection with a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")


def read_request(connection: socket.socket) -> bytes:
    """Return one whole request, or what came of it."""
    data = b""
    while b"\r\n\r\n" not in data:
        if not (piece := connection.recv(1 << 16)):
            return data
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    while lengths and len(body) < int(lengths[0]) and (piece := connection.recv(1 << 16)):
        body += piece
    return head + b"\r\n\r\n" + body


class RawServer:
    """Runs a script for each connection in turn, the last one again and again; reads a request before, if asked to."""

    def __init__(self, scripts: tuple[Script, ...], context: ssl.SSLContext | None, *, reads: bool) -> None:
        self.requests: list[bytes] = []
        self.ended: SimpleQueue[str] = SimpleQueue()
        self._scripts = scripts
        self._context = context
        self._reads = reads
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    @property
    def connections(self) -> int:
        """How many connections have come."""
        return len(self._threads) - 1

    def stop(self) -> None:
        """End everything and wait for it."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._threads[0].join(PATIENCE)
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(PATIENCE)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._open.append(connection)
                script = self._scripts[min(self.connections, len(self._scripts) - 1)]
                thread = threading.Thread(target=self._serve, args=(connection, script))
                self._threads.append(thread)
                thread.start()

    def _serve(self, plain: socket.socket, script: Script) -> None:
        connection, ended = plain, ""
        try:
            plain.settimeout(PATIENCE)
            if self._context:
                connection = self._context.wrap_socket(plain, server_side=True)
                self._open.append(connection)
            if self._reads:
                self.requests.append(read_request(connection))
            script(connection)
        except OSError as error:
            ended = type(error).__name__
        finally:
            connection.close()
            self.ended.put(ended)


@contextmanager
def raw_server(*scripts: Script, context: ssl.SSLContext | None = None, reads: bool = True) -> Iterator[RawServer]:
    """Serve on a port that the system chooses."""
    server = RawServer(scripts, context, reads=reads)
    try:
        yield server
    finally:
        server.stop()


def unused_port() -> int:
    """Return a port on which nobody listens."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port: int = listener.getsockname()[1]
        return port


@dataclass(frozen=True)
class Told:
    """What came back of one request: the head, and the whole body."""

    status: int
    headers: dict[str, str]
    body: bytes


def transport_to(url: str | int, tls: ssl.SSLContext = NO_TRUST, proxy: str | None = None) -> Transport:
    """Return a transport to an address, or a port of this machine."""
    base_url = f"http://127.0.0.1:{url}" if isinstance(url, int) else url
    return Transport(Route(base_url, tls, (lambda: Secret(proxy)) if proxy else None), Resolver())


def ask(transport: Transport, seconds: float = PATIENCE, most: int = MOST) -> Told:
    """Send one request and return what comes back; everything is closed then."""
    try:
        with closing(transport.send(ASKED, seconds)) as answer:
            return Told(answer.status, dict(answer.headers), answer.read(most))
    finally:
        transport.close_idle()


def failure(transport: Transport, seconds: float = PATIENCE, most: int = MOST) -> PollError:
    """Return the error that a request ends with, which never quotes a secret."""
    with pytest.raises(PollError) as raised:
        ask(transport, seconds, most)
    error = raised.value
    assert "planted-secret" not in f"{error!r} {error.__cause__!r} {error.detail}"
    assert error.detail.isprintable()
    assert error.__suppress_context__ or error.__context__ is None
    return error


def reason(*scripts: Script, seconds: float = PATIENCE, most: int = MOST, reads: bool = True) -> Reason:
    """Return the reason for which a request to such a server fails."""
    with raw_server(*scripts, reads=reads) as server:
        return failure(transport_to(server.port), seconds, most).reason
