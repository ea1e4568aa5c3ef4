"""A Mimecast that only sends: ready documents, in a process of its own, so that it takes no time of who is measured.

The application id of a call says which document it wants: ``USERS-TITLES``, with ``-close`` behind it if the connection
is to end with the answer, as that of API 1.0 does. It checks nothing.
"""

import os
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from benchmarks.document import TITLES, document

_MAKING = threading.Lock()
# Sending more at once keeps a processor in the kernel, where nobody who wants it gets it.
_AT_ONCE = 64 * 1024


class Upstream:
    """The way to a running upstream."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.base_url = f"http://127.0.0.1:{port}"

    def prepare(self, users: int, titles: int = TITLES) -> str:
        """Have a document made, and return its name: an application id."""
        name = f"{users}-{titles}"
        with urllib.request.urlopen(f"{self.base_url}/{name}", timeout=600) as answer:  # noqa: S310 - of loopback
            answer.read()
        return name


@contextmanager
def sending() -> Iterator[Upstream]:
    """Start an upstream."""
    command = [sys.executable, "-m", "benchmarks.upstream"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout  # noqa: S101 - asked for above
            yield Upstream(int(process.stdout.readline()))
        finally:
            process.terminate()


@cache
def _made(name: str) -> bytes:
    users, titles = name.removesuffix("-close").split("-")
    return document(int(users), int(titles))


def _document(name: str) -> bytes:
    with _MAKING:
        return _made(name.removesuffix("-close"))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Make a document, and say how long it is."""
        self._send(str(len(_document(self.path[1:]))).encode(), close=True)

    def do_POST(self) -> None:
        """Send a document."""
        self.rfile.read(int(self.headers["Content-Length"]))
        name = self.headers["x-mc-app-id"]
        self._send(_document(name), close=name.endswith("-close"))

    def _send(self, content: bytes, *, close: bool) -> None:
        head = [
            "HTTP/1.1 200 OK",
            "Content-Type: application/json",
            f"Content-Length: {len(content)}",
            f"Date: {self.date_time_string(time.time())}",
            f"Connection: {'close' if close else 'keep-alive'}",
        ]
        self.close_connection = close
        self.connection.sendall("\r\n".join(head).encode() + b"\r\n\r\n")
        for start in range(0, len(content), _AT_ONCE):
            self.connection.sendall(memoryview(content)[start : start + _AT_ONCE])

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
        """Keep quiet."""


if __name__ == "__main__":
    # The vendor's machine is another one: here it is to hold no processor that the exporter or a scraper wants.
    os.nice(19)
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.daemon_threads = True
        sys.stdout.write(f"{server.server_address[1]}\n")
        sys.stdout.flush()
        server.serve_forever()
