"""Reloads of the started program while it is scraped: whole or not at all, and nobody notices more than that."""

import re
import signal
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from held import EMPTY, Held
from house import series_of
from port import answer, is_whole
from program import LOOPBACK, Program, started, wait_until

from exporter.simulator import Simulator, Tenant
from exporter.simulator.configuration import configuration

SUCCESSFUL = "mimecast_exporter_config_last_reload_successful"
SUCCESS_AT = "mimecast_exporter_config_last_reload_success_timestamp_seconds"
POLLS = 'mimecast_exporter_polls_total{collector="training",tenant="shared"}'
SETTINGS = "{collectors: [training], refresh_interval: 5m, histogram_days: [30]}"


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """A simulated Mimecast that judges strictly, in real time."""
    with Simulator(strict=True) as simulator:
        yield simulator


def own(program: Program) -> dict[str, float]:
    return series_of(program.get("/metrics/self").body.decode())


def reload(program: Program) -> int:
    return program.get("/-/reload", method="POST").status


@dataclass(frozen=True)
class Configuration:
    """One of two that are read in turn: its tenants, of which the last one has its histogram cut at so many days."""

    tenants: tuple[Tenant, ...]
    days: int

    def write(self, file: Path) -> None:
        text = configuration(self.tenants)
        file.write_text(f"defaults: {SETTINGS}\n{text}    histogram_days: [{self.days}]\n")

    @property
    def names(self) -> frozenset[str]:
        return frozenset(tenant.name for tenant in self.tenants)

    @property
    def kind(self) -> tuple[frozenset[str], frozenset[str]]:
        """What tells its pages from others: the tenants, and where the histograms of the last one are cut."""
        return self.names, frozenset({f"{self.days * 86400}.0"})


@dataclass
class Seen:
    """What all scrapers saw: answers that are no page, the kinds of all pages, and how often a counter went back."""

    failed: list[bytes] = field(default_factory=list)
    kinds: set[tuple[frozenset[str], frozenset[str]]] = field(default_factory=set)
    backwards: int = 0
    pages: int = 0

    def scrape(self, port: int, over: threading.Event) -> None:
        polls = 0.0
        while not over.is_set():
            received = answer(port)
            if not (is_whole(received) and received.startswith(b"HTTP/1.1 200 ")):
                self.failed.append(received)
                continue
            text = received.partition(b"\r\n\r\n")[2].decode()
            page = series_of(text)
            names = frozenset(re.findall(r'tenant="([^"]*)"', text))
            cuts = frozenset(re.findall(r'completion_seconds_bucket\{le="([0-9.]+)",tenant="changing"', text))
            self.kinds.add((names, cuts))
            self.backwards += page[POLLS] < polls
            polls = page[POLLS]
            self.pages += 1


def test_reloads_in_a_storm_of_scrapes(simulator: Simulator, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    """Good and bad reloads in turn fail no scrape, mix no page, keep counters, leave nothing (rows 126, 128; G12)."""
    shared, changing, a, b = (simulator.add_tenant(name, users=5) for name in ("shared", "changing", "a", "b"))
    both = [Configuration((shared, a, changing), 1), Configuration((b, shared, changing), 2)]
    file = tmp_path / "mimecast-exporter.yaml"
    both[0].write(file)
    seen, over = Seen(), threading.Event()
    with (
        started(*LOOPBACK, "--web.enable-lifecycle", directory=tmp_path, measured=False) as program,
        ThreadPoolExecutor(8) as scrapers,
    ):
        port = program.port
        runs = [scrapers.submit(seen.scrape, port, over) for _ in range(8)]
        warm_up, rounds, growth = (100, 900, 8 << 20) if pytestconfig.getoption("--long") else (5, 45, 16 << 20)
        reload_in_turn(program, file, both, warm_up)
        before = burden(program)
        reload_in_turn(program, file, both, rounds)
        over.set()
        for run in runs:
            run.result()
        counted = own(program)
        wait_until(lambda: burden(program)[:2] <= before[:2], "threads and descriptors as before")
        after = burden(program)
        assert 0 == program.end()
    assert [] == seen.failed
    assert {one.names for one in both} == {names for names, _ in seen.kinds}
    assert {one.kind for one in both} == {(names, cuts) for names, cuts in seen.kinds if cuts}
    assert 0 == seen.backwards
    assert seen.pages == counted['mimecast_exporter_http_requests_total{code="200",path="/metrics"}']
    assert 1 == simulator.calls("shared")
    assert () == simulator.violations
    assert after[2] - before[2] < growth


def reload_in_turn(program: Program, file: Path, both: Iterable[Configuration], times: int) -> None:
    """Read a bad and a good configuration in turn, ``times`` in all, and see each take effect at once."""
    names = frozenset(re.findall(rb'"targets": \["([^"]*)"', program.get("/sd").body))
    for number in range(times):
        if number % 2 == 0:
            file.write_text("tenants: [{name: acme, region: mars}]\n")
            assert 500 == reload(program)
        else:
            one = [*both][number // 2 % 2]
            one.write(file)
            assert 200 == reload(program)
            names = frozenset(name.encode() for name in one.names)
        assert names == frozenset(re.findall(rb'"targets": \["([^"]*)"', program.get("/sd").body))
        assert number % 2 == own(program)[SUCCESSFUL]


def burden(program: Program) -> tuple[int, int, int]:
    """Return the threads, descriptors and bytes of memory of the program."""
    process = Path(f"/proc/{program.process.pid}")
    status = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
    return int(status["Threads"]), len([*(process / "fd").iterdir()]), int(status["VmRSS"].split()[0]) << 10


def test_a_good_reload_is_told(simulator: Simulator, tmp_path: Path) -> None:
    """After a good reload the metrics say when, a bad one changes only that it was bad (rows 126, 127)."""
    simulator.add_tenant("acme", users=3)
    file = tmp_path / "mimecast-exporter.yaml"
    file.write_text(simulator.configuration())
    with started(*LOOPBACK, "--web.enable-lifecycle", directory=tmp_path, measured=False) as program:
        first = own(program)
        assert 200 == reload(program)
        second = own(program)
        assert first[SUCCESS_AT] < second[SUCCESS_AT]
        file.write_text("{")
        assert 500 == reload(program)
        third = own(program)
        assert (0.0, second[SUCCESS_AT]) == (third[SUCCESSFUL], third[SUCCESS_AT])


@pytest.mark.parametrize("change", ["removed", "renamed", "other credentials"])
def test_what_is_in_flight_for_the_old_is_discarded(simulator: Simulator, tmp_path: Path, change: str) -> None:
    """What a reload removes, renames or gives other keys has no old series, flight or connection (rows 126, 129)."""
    simulator.add_tenant("stays", users=2)
    old = simulator.add_tenant("old", users=3)
    held = Held(EMPTY)
    old.serve(held)
    file = tmp_path / "mimecast-exporter.yaml"
    file.write_text(f"defaults: {SETTINGS}\n{simulator.configuration()}")
    with started(*LOOPBACK, directory=tmp_path, measured=False) as program, ThreadPoolExecutor(1) as scraper:
        port = program.port
        page = scraper.submit(answer, port, "/probe?target=old")
        assert held.asked.acquire(timeout=30)
        new = changed(simulator, old, change)
        file.write_text(f"defaults: {SETTINGS}\n{configuration([simulator.tenants[0], *new])}")
        program.process.send_signal(signal.SIGHUP)
        assert b'mimecast_up{tenant="old"} 0.0' in page.result(timeout=20)
        wait_until(lambda: all(exchange.gone() for exchange in old.in_flight), "the end of the old connection")
        names = {tenant.name for tenant in new}
        shown = program.get("/metrics").body.decode()
        held.open.set()
        assert names | {"stays"} == set(re.findall(r'tenant="([^"]*)"', shown))
        page_now = series_of(shown)
        assert [4.0] * len(new) == [page_now[f'mimecast_training_users{{tenant="{name}"}}'] for name in names]
        counted = own(program)
        assert 1.0 == counted[POLLS.replace("shared", "stays")]
        assert counted.get(POLLS.replace("shared", "old")) == (1.0 if "old" in names else None)


def changed(simulator: Simulator, old: Tenant, change: str) -> list[Tenant]:
    """Return what is configured in place of a tenant."""
    if change == "removed":
        return []
    if change == "other credentials":
        simulator.remove_tenant(old.name)
    name = {"renamed": "new", "other credentials": old.name}[change]
    return [simulator.add_tenant(name, users=4, seed=2)]
