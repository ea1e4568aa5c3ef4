"""One poll of a large tenant, measured in a process of its own: ``poll.py PORT`` prints JSON.

``poll`` and ``transfer`` are seconds of the wall, each the least of several; ``growth`` is the growth of the peak
memory by the first large poll, in bytes, after the reading of a small document.
"""

import json
import sys
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from document import document
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from exporter.clock import SystemClock
from exporter.collectors.training import PATH, TRAINING
from exporter.config.settings import Settings
from exporter.mimecast.auth import Request, Signed, SigningKeys
from exporter.mimecast.client import Client
from exporter.mimecast.resolver import Resolver
from exporter.mimecast.stream import read_page
from exporter.mimecast.transport import Route, Transport, client_tls
from exporter.model import Secret

_MOST = 2**31
_RUNS = 7


class _Keys:
    def current(self) -> SigningKeys:
        """Return keys that nobody checks."""
        return SigningKeys(Secret("id"), Secret("key"), Secret("access"), Secret("c2VjcmV0"))

    def refused(self) -> None:
        """Ignore it."""


def least(measured: Callable[[], object], runs: int = _RUNS) -> float:
    """Return the least seconds of some runs."""
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        measured()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def memory(field: str) -> int:
    """Return a figure of Linux's account of this process's memory, in bytes: ``VmRSS`` now, ``VmHWM`` the most."""
    (line,) = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(field)]
    return int(line.split()[1]) * 1024


def growth(measured: Callable[[], object]) -> int:
    """Return by how much the most memory during a call is above what there was before it."""
    Path("/proc/self/clear_refs").write_text("5")  # forgets the most that was used so far
    before = memory("VmRSS")
    measured()
    return memory("VmHWM") - before


def main(port: int) -> None:
    """Measure, and print the figures."""
    clock = SystemClock()
    transport = Transport(Route(f"http://127.0.0.1:{port}", client_tls(DEFAULT_CA_BUNDLE_PATH)), Resolver())
    client = Client(transport, Signed(_Keys(), clock.now, uuid.uuid4), clock, lambda _code, _seconds: None, _MOST)

    def poll() -> None:
        asking = TRAINING.ask(Settings(), datetime.now(UTC))
        TRAINING.snapshot(client.poll(asking, clock.monotonic() + 600))

    def transfer() -> None:
        answer = transport.send(Request(PATH, b"{}"), 600)
        for _ in answer.chunks(_MOST):
            pass
        answer.close()

    warm_up = next(TRAINING.ask(Settings(), datetime.now(UTC)))
    warm_up.fold(record for batch in read_page([document(5)], warm_up.reading) for record in batch)
    grown = growth(poll)
    figures = {"poll": least(poll), "transfer": least(transfer), "growth": grown}
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]))
