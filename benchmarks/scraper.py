"""A client that costs next to nothing: it sends ready bytes, and of the answer looks at the status and the length."""

import re
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final, Self

_LENGTH: Final = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)
_CLOSE: Final = re.compile(rb"\r\nconnection: *close", re.IGNORECASE)
_AT_ONCE: Final = 256 * 1024


class Scraper:
    """One connection, kept as long as the server keeps it."""

    def __init__(self, port: int, *, gzip: bool = True, patience: float = 600) -> None:
        self._port = port
        self._encoding = "gzip" if gzip else "identity"
        self._patience = patience
        self._socket: socket.socket | None = None
        self._buffer = memoryview(bytearray(_AT_ONCE))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def get(self, path: str) -> bytes:
        """Return the body of a page as it was sent; raise ``ValueError`` if it is no 200."""
        head, start, length = self._begin(path)
        body = bytearray(start)
        while len(body) < length:
            body += self._receive()
        self._end(head)
        return bytes(body)

    def scrape(self, path: str) -> float:
        """Take in a page without looking at it, and return the seconds that it took."""
        started = time.perf_counter()
        head, start, length = self._begin(path)
        missing = length - len(start)
        while missing > 0:
            missing -= len(self._receive())
        seconds = time.perf_counter() - started
        self._end(head)
        return seconds

    def _begin(self, path: str) -> tuple[bytes, bytes, int]:
        self._send(
            f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: text/plain;version=0.0.4\r\n"
            f"Accept-Encoding: {self._encoding}\r\n\r\n".encode()
        )
        arrived = bytes(self._receive())
        while b"\r\n\r\n" not in arrived:
            arrived += self._receive()
        head, _, start = arrived.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if length is None or not head.startswith((b"HTTP/1.1 200 ", b"HTTP/1.0 200 ")):
            raise ValueError(f"no page: {head[:200]!r}")
        return head, start, int(length[1])

    def _end(self, head: bytes) -> None:
        if head.startswith(b"HTTP/1.0") or _CLOSE.search(head):
            self.close()

    def _send(self, request: bytes) -> None:
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port), self._patience)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(request)

    def _receive(self) -> memoryview:
        assert self._socket is not None  # noqa: S101 - connected by whoever sends
        size = self._socket.recv_into(self._buffer)
        if not size:
            raise ConnectionError("the answer was cut")
        return self._buffer[:size]


def until(condition: Callable[[], bool], seconds: float = 600) -> None:
    """Wait until something holds; raise ``TimeoutError`` if it does not."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.005)


def answers(scraper: Scraper, path: str) -> bool:
    """Say whether a page can be had by now."""
    with suppress(OSError):
        scraper.get(path)
        return True
    return False
