"""P12: many tenants in one process, against one alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final

from benchmarks.account import KIB
from benchmarks.figure import P12_MEMORY, P12_TIME, Figure
from benchmarks.measure import Spread, ratio, taking_turns
from benchmarks.program import Program, configuration, exporting
from benchmarks.scraper import Scraper
from benchmarks.upstream import Upstream

_USERS: Final = 200
# These poll on threads of their own, whose memory counts for little only if there are hundreds.
_FEW: Final = 40
_PAGE: Final = "/metrics"


def measure(upstream: Upstream, *, quick: bool) -> Iterator[Figure]:
    """Yield the figures."""
    many = 140 if quick else 500
    with _polled(upstream, 1) as (one, alone), _polled(upstream, many) as (all_of_them, together):
        seconds = taking_turns(
            {"alone": partial(_sweep, alone, many), "together": partial(_sweep, together, 1)},
            rounds=3 if quick else 5,
            clock=lambda: one.account.processor_seconds + all_of_them.account.processor_seconds,
        )
        yield Figure(P12_TIME, ratio(seconds["together"], seconds["alone"]))
        with _polled(upstream, _FEW) as (few, scraper):
            _sweep(scraper, 3)
            kept = (all_of_them.account.memory - few.account.memory) / (many - _FEW)
        yield Figure(P12_MEMORY, Spread.of([kept / KIB]))


@contextmanager
def _polled(upstream: Upstream, tenants: int) -> Iterator[tuple[Program, Scraper]]:
    """Start an exporter that polls so many tenants at each scrape, and has done so once."""
    document = upstream.prepare(_USERS)
    text = configuration(upstream, {f"tenant-{number}": document for number in range(tenants)}, refresh_interval="0s")
    with exporting(text) as program, program.scraper() as scraper:
        scraper.get(_PAGE)
        yield program, scraper


def _sweep(scraper: Scraper, times: int) -> None:
    for _ in range(times):
        scraper.get(_PAGE)
