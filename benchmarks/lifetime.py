"""P10 and P11: how the program starts, and what becomes of its memory."""

import time
from collections.abc import Iterator
from typing import Final

from benchmarks.account import MIB
from benchmarks.figure import P10_GROWTH, P10_START, P11, Figure
from benchmarks.measure import Spread
from benchmarks.program import configuration, exporting
from benchmarks.upstream import Upstream

_USERS: Final = 10_000


def measure(upstream: Upstream, *, quick: bool) -> Iterator[Figure]:
    """Yield the figures."""
    text = configuration(upstream, {"acme": upstream.prepare(_USERS)}, refresh_interval="0s")
    polls = 25 if quick else 100
    with exporting(text) as program, program.scraper() as scraper:
        scraper.get("/-/ready")
        at_start = program.account.memory
        after = [program.account.memory for _ in range(polls) if scraper.get("/metrics")]
    yield Figure(P10_GROWTH, Spread.of([max(after[-5:]) / after[0]]))
    yield Figure(P10_START, Spread.of([at_start / MIB]))
    text = configuration(upstream, {"acme": upstream.prepare(100)})
    starts = [_start(text) for _ in range(7 if quick else 25)]
    # Of what is no ratio the least is told: the others tell of what else the machine had to do.
    yield Figure(P11, Spread(min(starts), min(starts), max(starts)))


def _start(text: str) -> float:
    started = time.perf_counter()
    with exporting(text) as program, program.scraper() as scraper:
        scraper.get("/metrics")
        return time.perf_counter() - started
