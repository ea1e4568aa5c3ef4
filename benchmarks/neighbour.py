"""Servers to compare with, each in a process of its own, all with the series of one page of the exporter.

``constant``: the exporter's own server, sending the page's bytes. ``rendering``: the same, with prometheus_client
rendering ready families at each scrape. ``client``: prometheus_client's server, with ready families to collect from.
"""

import subprocess
import sys
import threading
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Final

from prometheus_client import CollectorRegistry, Metric, generate_latest, start_http_server
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from benchmarks.scraper import Scraper
from exporter.tuning import tune
from exporter.web.application import Limits
from exporter.web.listener import Address
from exporter.web.negotiation import accepts_gzip
from exporter.web.request import Request
from exporter.web.response import Response
from exporter.web.server import Server

_GZIP: Final = 16 + zlib.MAX_WBITS


@contextmanager
def neighbour(kind: str, exporter: int, path: str) -> Iterator[int]:
    """Start a server with the series of a page of the exporter at a port, and yield its port."""
    command = [sys.executable, "-m", "benchmarks.neighbour", kind, str(exporter), path]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout  # noqa: S101 - asked for above
            yield int(process.stdout.readline())
        finally:
            process.terminate()


class Ready(Collector):
    """Families that are there already."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = list(families)

    def collect(self) -> Iterable[Metric]:
        """Return them."""
        return self._families


class _Application:
    """Answers every request with the bytes that it is given, plain or compressed."""

    def __init__(self, plain: Callable[[], bytes], packed: Callable[[], bytes], *, is_constant: bool) -> None:
        self._plain = plain
        self._packed = packed
        self._is_constant = is_constant

    def immediate(self, _: Request) -> None:
        """Leave every request to a worker, as pages are."""

    def at_hand(self, request: Request) -> Response | None:
        """Return the page where the exporter has it at hand, too: if it is compressed, and nothing is rendered."""
        is_at_hand = self._is_constant and accepts_gzip(request.headers.get("accept-encoding"))
        return self.answer(request) if is_at_hand else None

    def answer(self, request: Request) -> Response:
        """Return the page."""
        headers = (("Content-Type", "text/plain; version=0.0.4; charset=utf-8"), ("Vary", "Accept, Accept-Encoding"))
        if accepts_gzip(request.headers.get("accept-encoding")):
            return Response(200, (*headers, ("Content-Encoding", "gzip")), (self._packed(),))
        return Response(200, headers, (self._plain(),))

    def finished(self, _: Request | None, __: int) -> None:
        """Count nothing."""


def _packed(plain: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=_GZIP)
    return compressor.compress(plain) + compressor.flush()


def _serve(kind: str, exporter: int, path: str) -> int:
    """Start serving, and return the port."""
    with Scraper(exporter, gzip=False) as scraper:
        page = scraper.get(path)
    ready = Ready(text_string_to_metric_families(page.decode()))
    if kind == "client":
        registry = CollectorRegistry()
        registry.register(ready)
        server, _ = start_http_server(0, "127.0.0.1", registry)
        return int(server.server_port)
    packed = _packed(page)
    application = (
        _Application(lambda: page, lambda: packed, is_constant=True)
        if kind == "constant"
        else _Application(lambda: generate_latest(ready), lambda: _packed(generate_latest(ready)), is_constant=False)
    )
    tune()
    own = Server(application, [Address("127.0.0.1", 0)], Limits())
    own.start()
    return own.addresses[0].port


if __name__ == "__main__":
    sys.stdout.write(f"{_serve(sys.argv[1], int(sys.argv[2]), sys.argv[3])}\n")
    sys.stdout.flush()
    threading.Event().wait()
