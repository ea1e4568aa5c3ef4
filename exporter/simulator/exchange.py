"""One request and its answer on one connection: the polite way out, and the raw one for faults.

An exchange counts as in flight until its last byte is about to leave, or its client is gone.
"""

import gzip
import re
import select
import socket
import struct
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from http import HTTPStatus

from exporter.simulator.answer import Answer
from exporter.simulator.journal import Call
from exporter.simulator.rate import Reading
from exporter.simulator.request import Request

LINGER = 60.0
_STEP = 0.02
_TAIL = 1024
_GZIP = re.compile(r"(?:^|,)\s*(?:gzip|x-gzip)\s*(?:;\s*q=(?!0(?:\.0*)?\s*(?:,|$))[\d.]+\s*)?(?:,|$)", re.IGNORECASE)
_SUCCESS_HEADERS = (("cache-control", "no-store"), ("pragma", "no-cache"), ("x-robots-tag", "noindex, nofollow"))


@dataclass(slots=True)
class Exchange:
    """A request, its connection, and what is needed to answer: the moment, the rate reading, the journal's call."""

    request: Request
    connection: socket.socket
    call: Call
    moment: datetime
    reading: Reading
    stopping: threading.Event
    close_after: bool = False
    decoy_url: str = ""
    done: bool = field(default=False)

    def send(self, answer: Answer) -> None:
        """Send an answer as a good server does, compressed if the client takes it."""
        body, headers = self._coded(answer)
        self.call.status = answer.status
        data = self.head(answer.status, (*headers, *self._length(answer, body)), answer.without)
        if self.request.method != "HEAD":
            data += body
        self.write(data[:-_TAIL])
        self.finish(data[-_TAIL:])

    def head(
        self, status: int, headers: Iterable[tuple[str, str]] = (), without: Iterable[str] = (), reason: str = ""
    ) -> bytes:
        """Return the head of an answer: the usual headers, `headers` in their place or beside them, no length."""
        given = list(headers)
        hidden = {name.lower() for name, _ in given} | set(without)
        lines = [f"HTTP/1.1 {status} {reason or _reason(status)}"]
        lines += [f"{name}: {value}" for name, value in self._usual(status) if name.lower() not in hidden]
        lines += [f"{name}: {value}" for name, value in given]
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"

    def write(self, data: bytes) -> None:
        """Send bytes as they are, more to follow."""
        if data:
            self.connection.sendall(data)

    def finish(self, data: bytes = b"") -> None:
        """Send the last bytes; from now on the client may send its next request."""
        self.done = True
        self.write(data)

    def close(self) -> None:
        """Close the connection in order."""
        self.done = self.close_after = True
        _shut(self.connection)

    def reset(self) -> None:
        """Close the connection with a reset."""
        self.done = self.close_after = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def pause(self, seconds: float = LINGER) -> bool:
        """Wait; False at once if the client goes or the simulator stops, and the fault should end."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if self.gone() or self.stopping.wait(min(_STEP, left)):
                return False
        return not self.stopping.is_set()

    def gone(self) -> bool:
        """Say whether nobody waits for an answer any more."""
        if self.done or self.stopping.is_set():
            return True
        try:
            poll = select.poll()
            poll.register(self.connection, select.POLLIN)
            events = poll.poll(0)
        except (OSError, ValueError):
            return True
        # Whatever comes before the answer is the end of the connection: nobody pipelines.
        return bool(events)

    def _coded(self, answer: Answer) -> tuple[bytes, tuple[tuple[str, str], ...]]:
        accepted = _GZIP.search(self.request.header("accept-encoding")) is not None
        if answer.coded or not answer.body or not accepted:
            return answer.body, answer.headers
        return gzip.compress(answer.body, 1, mtime=0), (*answer.headers, ("content-encoding", "gzip"))

    def _length(self, answer: Answer, body: bytes) -> tuple[tuple[str, str], ...]:
        return (
            ()
            if answer.status in (204, 304) or "content-length" in answer.without
            else (("content-length", str(len(body))),)
        )

    def _usual(self, status: int) -> Iterable[tuple[str, str]]:
        yield "Date", format_datetime(self.moment, usegmt=True)
        yield "content-type", "application/json"
        yield "connection", "close" if self.close_after else "keep-alive"
        yield from self.reading.headers()
        if status == 200:
            yield from _SUCCESS_HEADERS


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def _shut(connection: socket.socket) -> None:
    with suppress(OSError):  # it may be closed already
        connection.shutdown(socket.SHUT_RDWR)
