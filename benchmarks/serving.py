"""P5, P6 and P13: what a scrape from memory takes, alone, beside a large poll, and among others."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from statistics import median
from typing import Final

from benchmarks.figure import P5_CONSTANT, P5_RENDERING, P6_LONGEST, P6_P99, P13, Figure
from benchmarks.load import served
from benchmarks.measure import Spread, percentile, ratio
from benchmarks.neighbour import neighbour
from benchmarks.program import Program, configuration, exporting
from benchmarks.scraper import Scraper
from benchmarks.upstream import Upstream

PAGE: Final = "/probe?target=acme"
# Without histograms each of the 200 titles has 12 series.
_SERIES: Final[dict[str, object]] = {"histogram_days": []}
_USERS: Final = 2_000
_CROWD: Final = 100_000
_IN_A_ROW: Final = 40
_PAUSE: Final = 0.002


def measure(upstream: Upstream, *, quick: bool) -> Iterator[Figure]:
    """Yield the figures."""
    text = configuration(upstream, {"acme": upstream.prepare(_USERS)}, **_SERIES)
    with exporting(text) as program:
        with program.scraper() as scraper:
            scraper.get(PAGE)
        yield from _alone(program, 7 if quick else 25)
        yield _among_others(program, 3 if quick else 7, 2.0 if quick else 5.0)
    yield from _beside_a_poll(upstream, 3 if quick else 9)


def _alone(program: Program, rounds: int) -> Iterator[Figure]:
    """Measure each contestant many times in a row, plain and compressed, and tell the worse."""
    found = {gzip: _medians(program.port, rounds, gzip=gzip) for gzip in (False, True)}
    for goal, kind in ((P5_CONSTANT, "constant"), (P5_RENDERING, "rendering")):
        ratios = [ratio(medians["ours"], medians[kind]) for medians in found.values()]
        yield Figure(goal, max(ratios, key=lambda spread: spread.median))


def _medians(port: int, rounds: int, *, gzip: bool) -> dict[str, list[float]]:
    with ExitStack() as stack:
        ports = {kind: stack.enter_context(neighbour(kind, port, PAGE)) for kind in ("constant", "rendering")}
        scrapers = {
            kind: stack.enter_context(Scraper(number, gzip=gzip)) for kind, number in {"ours": port, **ports}.items()
        }
        medians: dict[str, list[float]] = {kind: [] for kind in scrapers}
        for _ in range(rounds + 1):
            for kind, scraper in scrapers.items():
                times = _IN_A_ROW if kind != "rendering" else _IN_A_ROW // 10
                medians[kind].append(median(scraper.scrape(PAGE) for _ in range(times)))
    return {kind: values[1:] for kind, values in medians.items()}


def _among_others(program: Program, rounds: int, seconds: float) -> Figure:
    rates: dict[bool, list[tuple[float, float]]] = {False: [], True: []}
    with neighbour("client", program.port, PAGE) as client:
        for _ in range(rounds):
            for gzip, pairs in rates.items():
                ours, theirs = (served(port, PAGE, 8, seconds, gzip=gzip).rate for port in (program.port, client))
                pairs.append((ours, theirs))
    ratios = [ratio(*zip(*pairs, strict=True)) for pairs in rates.values()]
    return Figure(P13, min(ratios, key=lambda spread: spread.median))


def _beside_a_poll(upstream: Upstream, rounds: int) -> Iterator[Figure]:
    """Scrape one tenant while another one of 100,000 users is polled, and while nothing is."""
    text = configuration(
        upstream,
        {"acme": upstream.prepare(_USERS), "crowd": upstream.prepare(_CROWD)},
        max_response_size="1GiB",
        **_SERIES,
    )
    idle, busy = [], []
    text = text.replace('"name": "crowd"', '"name": "crowd", "refresh_interval": "0s"')
    with exporting(text) as program, program.scraper() as scraper:
        scraper.get(PAGE)
        for _ in range(rounds):
            polling = threading.Thread(target=_poll, args=(program.port,))
            polling.start()
            busy.append(_scrapes(scraper, polling.is_alive))
            idle.append(_scrapes(scraper, iter([True] * len(busy[-1]) + [False]).__next__))
    yield Figure(P6_P99, ratio(*([percentile(times, 99) for times in each] for each in (busy, idle))))
    yield Figure(P6_LONGEST, Spread.of([1000 * max(times) for times in busy]))


def _poll(port: int) -> None:
    with Scraper(port) as scraper:
        scraper.get("/probe?target=crowd")


def _scrapes(scraper: Scraper, goes_on: Callable[[], bool]) -> list[float]:
    pause = threading.Event()
    seconds = []
    while goes_on():
        seconds.append(scraper.scrape(PAGE))
        pause.wait(_PAUSE)
    return seconds
