"""What grows how: time against users, titles, tenants and scrapers, each a plot."""

import math
import time
from collections.abc import Iterator, Sequence
from functools import partial
from statistics import median
from typing import Final

from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from benchmarks.load import served
from benchmarks.measure import taking_turns
from benchmarks.neighbour import Ready, neighbour
from benchmarks.plot import Plot, Point
from benchmarks.polling import polled
from benchmarks.program import configuration, exporting
from benchmarks.serving import PAGE
from benchmarks.upstream import Upstream

_USERS: Final = (100, 300, 1_000, 3_000, 10_000, 30_000, 100_000)
_TITLES: Final = (12, 25, 50, 100, 200, 400)
_TENANTS: Final = (1, 3, 10, 30, 100, 300, 500)
_SCRAPERS: Final = (1, 2, 4, 8, 16, 32)
_MANY: Final = 50


def plots(upstream: Upstream) -> Iterator[tuple[str, Plot]]:
    """Measure, and yield each plot with the name of its file."""
    yield "users", _against_users(upstream)
    yield "titles", _against_titles(upstream)
    yield "tenants", _against_tenants(upstream)
    yield "scrapers", _against_scrapers(upstream)


def _against_users(upstream: Upstream) -> Plot:
    lines: dict[str, list[Point]] = {"poll": [], "requests .content": [], "requests .json(), loop": []}
    for users in _USERS:
        seconds = polled(upstream, "turns", upstream.prepare(users), 3)
        for line, key in zip(lines.values(), ("ours", "content", "loop"), strict=True):
            line.append((users, median(seconds[key])))
    return Plot("A poll", _grows("The time of a poll", "users", lines["poll"]), "users", "seconds", lines)


def _against_titles(upstream: Upstream) -> Plot:
    lines: dict[str, list[Point]] = {"scrape from memory": [], "generate_latest": []}
    for titles in _TITLES:
        text = configuration(upstream, {"acme": upstream.prepare(2_000, titles)})
        with exporting(text) as program, program.scraper() as scraper, program.scraper(gzip=False) as plain:
            ready = Ready(text_string_to_metric_families(plain.get(PAGE).decode()))
            scraper.get(PAGE)
            lines["scrape from memory"].append((titles, median(scraper.scrape(PAGE) for _ in range(4 * _MANY))))
        seconds = taking_turns({"client": partial(generate_latest, ready)}, 5)
        lines["generate_latest"].append((titles, median(seconds["client"])))
    says = _grows("The time of a scrape", "titles", lines["scrape from memory"])
    return Plot("A scrape", says, "titles (32 series each)", "seconds", lines)


def _against_tenants(upstream: Upstream) -> Plot:
    lines: dict[str, list[Point]] = {"all polled": [], "all from memory": []}
    document = upstream.prepare(200)
    for tenants in _TENANTS:
        text = configuration(upstream, {f"tenant-{number}": document for number in range(tenants)})
        with exporting(text) as program, program.scraper() as scraper:
            started = time.perf_counter()
            scraper.get("/metrics")
            lines["all polled"].append((tenants, time.perf_counter() - started))
            times = max(3, _MANY // tenants)
            lines["all from memory"].append((tenants, median(scraper.scrape("/metrics") for _ in range(times))))
    says = _grows("The time of a sweep that polls", "tenants", lines["all polled"])
    return Plot("A sweep over tenants of 200 users", says, "tenants", "seconds", lines)


def _against_scrapers(upstream: Upstream) -> Plot:
    lines: dict[str, list[Point]] = {"exporter": [], "prometheus_client": []}
    text = configuration(upstream, {"acme": upstream.prepare(2_000)}, histogram_days=[])
    with exporting(text) as program, program.scraper() as scraper:
        scraper.get(PAGE)
        with neighbour("client", program.port, PAGE) as client:
            for scrapers in _SCRAPERS:
                for name, port in (("exporter", program.port), ("prometheus_client", client)):
                    lines[name].append((scrapers, served(port, PAGE, scrapers, 3.0).median))
    says = _grows("The time of a scrape of 2,400 series", "scrapers that never pause", lines["exporter"])
    return Plot("Scrapers at once", says, "scrapers", "seconds (median)", lines)


def _grows(what: str, whom: str, line: Sequence[Point]) -> str:
    """Say how a line grows, by the slope of its upper half: that of a power."""
    (x, y), (far_x, far_y) = line[len(line) // 2], line[-1]
    power = math.log(far_y / y) / math.log(far_x / x)
    how = "hardly grows with" if power < 0.25 else "grows less than" if power < 0.85 else "grows as"
    if power > 1.15:
        how = "grows more than"
    return f"{what} {how} the number of {whom} (power {power:.2f})."
