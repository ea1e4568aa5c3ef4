"""P3, P4, P7 and P8: what a poll takes, in memory and time, and what a single call does."""

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any, Final

from benchmarks.account import MIB
from benchmarks.decoding import pieces, snapshot_of
from benchmarks.document import document
from benchmarks.figure import P3, P4_CONTENT, P4_LOOP, P7, P8_CLOSED, P8_KEPT, Figure
from benchmarks.measure import Spread, ratio, taking_turns
from benchmarks.program import configuration, exporting
from benchmarks.upstream import Upstream

_SIZES: Final = (100, 10_000, 100_000)
_USERS: Final = 10_000


def polled(upstream: Upstream, *arguments: object) -> Any:
    """Return what a poller in a process of its own finds."""
    command = [sys.executable, "-m", "benchmarks.poller", str(upstream.port), *map(str, arguments)]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


def measure(upstream: Upstream, *, quick: bool) -> Iterator[Figure]:
    """Yield the figures."""
    grown = [polled(upstream, "growth", upstream.prepare(users)) / MIB for users in _SIZES]
    yield Figure(P3, Spread(max(grown), min(grown), max(grown)))
    seconds = polled(upstream, "turns", upstream.prepare(_USERS), 7 if quick else 25)
    yield Figure(P4_CONTENT, ratio(seconds["ours"], seconds["content"]))
    yield Figure(P4_LOOP, ratio(seconds["ours"], seconds["loop"]))
    yield _scrape_that_polls(upstream, 7 if quick else 25)
    small = upstream.prepare(1)
    for goal, name in ((P8_KEPT, small), (P8_CLOSED, f"{small}-close")):
        seconds = polled(upstream, "calls", name, 7 if quick else 25)
        yield Figure(goal, ratio(seconds["ours"], seconds["session"]))


def _scrape_that_polls(upstream: Upstream, rounds: int) -> Figure:
    chunks = pieces(document(_USERS))
    text = configuration(upstream, {"acme": upstream.prepare(_USERS)}, refresh_interval="0s")
    with exporting(text) as program, program.scraper() as scraper:
        scraper.get("/probe?target=acme")
        seconds = taking_turns(
            {"ours": lambda: scraper.get("/probe?target=acme"), "decoding": lambda: snapshot_of(chunks)}, rounds
        )
    return Figure(P7, ratio(seconds["ours"], seconds["decoding"]))
