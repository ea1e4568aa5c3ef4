"""A soak: the started program, scraped by many at once, while the vendor's answers change and three in ten are bad."""

import logging
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import nearby  # noqa: F401 - where the next ones are found
from judgement import Judgement, Page
from mischief import misbehave
from population import CHANGE, Population, populated
from proc import Proc
from program import LOOPBACK, Program, started, wait_until

SCRAPERS: Final = 16
# How long a scraper waits, as its header says it; what is no number counts as absent.
_WAITS: Final = ("", "5", "2", "0.7")
_TELL: Final = 30.0
# The program's idle threads end two seconds after their last work, and what hangs two seconds after it has begun.
_LINGER: Final = 4.0
_AT_ONCE: Final = 10.0
# After the vendor has asked for a minute of silence.
_PATIENCE: Final = 90.0
MIB: Final = 1 << 20

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Burden:
    """What a process holds."""

    threads: int
    descriptors: int
    memory: int

    def is_within(self, other: "Burden") -> bool:
        """Say whether there are no more threads and descriptors than in another one."""
        return self.threads <= other.threads and self.descriptors <= other.descriptors

    def more_than(self, other: "Burden") -> str:
        """Return by how much it is more than another one."""
        more = (self.threads - other.threads, self.descriptors - other.descriptors)
        return "threads {:+}, descriptors {:+}, memory {:+.1f} MiB".format(*more, (self.memory - other.memory) / MIB)


@dataclass
class Soak:
    """The program, whom it asks, and who judges what it shows; ``pause`` is how long a scraper rests, at most."""

    population: Population
    program: Program
    pause: float
    judgement: Judgement = field(init=False)
    slowest: float = 0.0
    since: int = 0
    _over: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.judgement = Judgement(self.population)

    def run(self, seconds: float) -> None:
        """Scrape for so long, and fail as soon as anything is wrong."""
        self._over.clear()
        with ThreadPoolExecutor(SCRAPERS) as pool:
            scrapers = [pool.submit(self._scrape, number) for number in range(SCRAPERS)]
            try:
                self._change(time.monotonic() + seconds, scrapers)
            finally:
                self._over.set()
        for scraper in scrapers:
            scraper.result()

    def _change(self, end: float, scrapers: Iterable[Future[None]]) -> None:
        told = time.monotonic() + _TELL
        while (left := end - time.monotonic()) > 0 and not any(scraper.done() for scraper in scrapers):
            self.population.change()
            self._over.wait(min(CHANGE, left))
            if time.monotonic() > told:
                log.info("%.0f s to go: %s", end - time.monotonic(), self)
                told += _TELL

    def _scrape(self, number: int) -> None:
        chance = random.Random(number)  # noqa: S311 - no secret
        while not self._over.wait(chance.uniform(0, self.pause)):
            # Every fourth one asks for one tenant at a time.
            tenants = [*self.population.tenants] if number % 4 else chance.sample([*self.population.tenants], 1)
            self.scrape(tenants, chance.choice(_WAITS))

    def scrape(self, tenants: list[str], seconds: str = "") -> Page:
        """Have a page, judge it, and return it."""
        path = "/metrics" if len(tenants) > 1 else f"/probe?target={tenants[0]}"
        began, clock = time.time(), time.monotonic()
        page = self.program.get(path, x_prometheus_scrape_timeout_seconds=seconds)
        self.slowest = max(self.slowest, time.monotonic() - clock)
        assert (200, path) == (page.status, path)
        judged = Page(began, time.time(), page.body)
        self.judgement.judge(judged, *tenants)
        return judged

    def misbehave(self, *, is_long: bool) -> None:
        """Have all tenants misbehave from now on, and count from here."""
        self.since = len(self.population.simulator.journal)
        for tenant in self.population.tenants.values():
            misbehave(tenant, is_long=is_long)

    def behave(self) -> None:
        """Have all tenants behave again."""
        for tenant in self.population.tenants.values():
            tenant.clear_faults()

    def rest(self) -> Burden:
        """Let all tenants come up again, and return what the program holds when nothing happens."""
        self.behave()
        wait_until(self._is_up, "all are up", _PATIENCE)
        threading.Event().wait(_LINGER)
        return self.burden()

    def rest_with(self, before: Burden) -> Burden:
        """Let the program have no more threads and descriptors than before, at once, and return what it holds then."""
        self.behave()
        self.scrape([*self.population.tenants])
        wait_until(lambda: self.burden().is_within(before), f"no more threads and descriptors than {before}", _AT_ONCE)
        return self.burden()

    def burden(self) -> Burden:
        """Return what the program holds now."""
        process = Proc(self.program.process.pid)
        return Burden(process.threads, process.descriptors, process.memory)

    def _is_up(self) -> bool:
        page = self.scrape([*self.population.tenants]).body
        return page.count(b"\nmimecast_up{") == len(re.findall(rb"\nmimecast_up\{.*\} 1\.0", page))

    def upstream(self) -> str:
        """Return how much the vendor has been asked, and how well it has answered, since it began to misbehave."""
        calls = self.population.simulator.journal[self.since :]
        faults = Counter(call.fault for call in calls if call.fault)
        states = {(call.tenant, call.state_at) for call in calls}
        return (
            f"{len(calls)} requests to {len(states)} populations, "
            f"{faults.total() / max(len(calls), 1):.0%} badly answered in {len(faults)} ways"
        )

    def __str__(self) -> str:
        """Return how much has happened so far."""
        seen = self.judgement
        pages = f"{seen.pages} pages, the slowest after {self.slowest:.2f} s, of {seen.snapshots} snapshots"
        return f"{pages}, {seen.gaps} gaps; {self.upstream()}"


@contextmanager
def soaking(directory: Path, refresh: float, pause: float) -> Iterator[Soak]:
    """Start the vendor and the program."""
    with populated(1, refresh) as population:
        population.write(directory)
        with started("--log.level=debug", *LOOPBACK, directory=directory, measured=False) as program:
            assert program.port
            yield Soak(population, program, pause)
            assert 0 == program.end()
