"""P12: many tenants in one process, against one alone."""

from collections.abc import Iterator
from typing import Final

from benchmarks.account import KIB
from benchmarks.figure import P12_MEMORY, P12_TIME, Figure
from benchmarks.measure import Spread, ratio
from benchmarks.program import configuration, exporting
from benchmarks.upstream import Upstream

_USERS: Final = 200
_POLLS: Final = 40


def measure(upstream: Upstream, *, quick: bool) -> Iterator[Figure]:
    """Yield the figures."""
    # The first 32 poll on threads of their own, whose memory counts for little only if there are hundreds.
    few, many = (40, 140) if quick else (1, 500)
    alone, _ = sweeps(upstream, 1, 3, _POLLS)
    _, at_first = sweeps(upstream, few, 3, 1)
    together, then = sweeps(upstream, many, 3, 1)
    yield Figure(P12_TIME, ratio(together, alone))
    yield Figure(P12_MEMORY, Spread.of([(then - at_first) / (many - few) / KIB]))


def sweeps(upstream: Upstream, tenants: int, rounds: int, times: int) -> tuple[list[float], int]:
    """Return the processor time a tenant of sweeps that poll all, in rounds of some, and the memory after all."""
    document = upstream.prepare(_USERS)
    text = configuration(upstream, {f"tenant-{number}": document for number in range(tenants)}, refresh_interval="0s")
    seconds = []
    with exporting(text) as program, program.scraper() as scraper:
        scraper.get("/metrics")
        for _ in range(rounds):
            before = program.account.processor_seconds
            for _ in range(times):
                scraper.get("/metrics")
            seconds.append((program.account.processor_seconds - before) / (tenants * times))
        return seconds, program.account.memory
