"""A stage: one tenant of a simulated Mimecast that misbehaves, the whole exporter, its pages and its log lines."""

import logging
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from exact import read
from expectation import of_training
from house import House
from planting import answered, planted
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from exporter.collectors.training import TRAINING
from exporter.log import Logfmt
from exporter.simulator import TOKEN_PATH, TRAINING_PATH, Terms, counted
from exporter.simulator.tenant import TenantOptions
from exporter.web.request import Request
from exporter.web.routes import Options, Routes

REFRESH: Final = 60.0
STALENESS: Final = 20.0

_OF_A_SNAPSHOT: Final = ("mimecast_training_", "mimecast_collector_records", "mimecast_collector_unreadable")

Series = Mapping[str, float]


class Lines(logging.Handler):
    """Log lines as the program writes them, and their fields, by tenant; those of none under the empty name."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(Logfmt())
        self.of: defaultdict[str, list[tuple[dict[str, str], str]]] = defaultdict(list)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the line."""
        fields = {"msg": record.getMessage(), **getattr(record, "fields", {})}
        self.of[str(fields.get("tenant", ""))].append((fields, self.format(record)))

    @contextmanager
    def listening(self) -> Iterator["Lines"]:
        """Take all lines of the exporter, and let nobody else have them."""
        log = logging.getLogger("exporter")
        before = log.level, log.propagate
        log.setLevel(logging.DEBUG)
        log.propagate = False
        log.addHandler(self)
        try:
            yield self
        finally:
            log.removeHandler(self)
            log.setLevel(before[0])
            log.propagate = before[1]


def one_root(directory: Path) -> Path:
    """Write a file with one of the usual roots into a directory, and return its path."""
    first, end, _ = Path(DEFAULT_CA_BUNDLE_PATH).read_text(encoding="utf-8").partition("-----END CERTIFICATE-----\n")
    file = directory / "one-root.pem"
    if not file.exists():
        file.write_text(first + end, encoding="utf-8")
    return file


@dataclass
class Stage:
    """One tenant and its exporter; ``timeout`` is that of its polls, ``longest`` the seconds of the slowest scrape.

    ``roots`` is a file with the roots that it trusts, a short one: all the usual ones would cost most of a test's time.
    ``base_url`` is where it looks for the simulator, if not where that is; ``settings`` are more of its defaults;
    ``options`` are the tenant's.
    """

    name: str
    timeout: float
    roots: Path
    base_url: str = ""
    settings: str = ""
    collectors: str = "training"
    options: TenantOptions = field(default_factory=TenantOptions)
    house: House = field(default_factory=House)
    pages: list[bytes] = field(default_factory=list)
    longest: float = 0.0

    def __post_init__(self) -> None:
        usual = TenantOptions(users=12, titles=6)
        self.tenant = self.house.simulator.add_tenant(self.name, **(usual | self.options))
        if "page_size" not in self.options:
            self.tenant.serve(lambda: planted(self.tenant))

    @contextmanager
    def open(self) -> Iterator["Stage"]:
        """Run the simulator and the exporter; stop both."""
        with self.house.simulator:
            self.tenant.base_url = self.base_url or self.tenant.base_url
            assembly = self.house.build(
                f"timeout: {self.timeout}s, refresh_interval: {REFRESH}s, max_staleness: {STALENESS}s, "
                f"max_response_size: 8MiB, titles: {{limit: 50}}, tls: {{ca_file: {self.roots}}}, {self.settings}",
                collectors=self.collectors,
            )
            self._routes = Routes(lambda: (assembly.scrapes, 60.0), self.house.instruments, Options(timeout_offset=0.0))
            try:
                yield self
            finally:
                assembly.stop()

    @property
    def now(self) -> float:
        """The seconds since the beginning."""
        return self.house.hands.monotonic()

    def turn_to(self, moment: float) -> None:
        """Let time pass until so many seconds after the beginning."""
        self.house.turn(moment - self.now)

    def scrape(self, seconds: float = 60.0, path: str = "/metrics", query: str = "") -> Series:
        """Return the series of the page, which is a 200 and valid to the letter."""
        began = time.monotonic()
        headers = {"x-prometheus-scrape-timeout-seconds": str(seconds)}
        response = self._routes.answer(Request("GET", path, query, headers, keep_alive=False))
        self.longest = max(self.longest, time.monotonic() - began)
        assert response.status == 200
        self.pages.append(b"".join(response.body))
        return read(self.pages[-1])

    def calls(self, since: int = 0) -> str:
        """Return the requests of the tenant, t for a token and d for data, but for the first ones."""
        short = {TOKEN_PATH: "t", TRAINING_PATH: "d"}
        return "".join(short[call.path] for call in self.house.simulator.journal[since:])

    def series(self, name: str, **labels: str) -> str:
        """Return a series of the tenant by its name without prefix."""
        texts = sorted({**labels, "tenant": self.name}.items())
        return "mimecast_" + name + "{" + ",".join(f'{label}="{text}"' for label, text in texts) + "}"

    def snapshot(self, page: Series) -> dict[str, float]:
        """Return what a page shows of the snapshot."""
        return {key: value for key, value in page.items() if key.startswith(_OF_A_SNAPSHOT)}

    def expected(self, fault: str, odd: Mapping[str, int]) -> dict[str, float]:
        """Return what a page must show of the answer that a fault gives now, with so many values unreadable."""
        count = counted(answered(self.tenant, fault), Terms(self.house.hands.now()))
        named = {
            key.replace('tenant="acme"', f'tenant="{self.name}"'): float(value)
            for key, value in of_training(count).items()
        }
        unreadable = {
            self.series("collector_unreadable", collector="training", field=name): float(odd.get(name, 0))
            for name in TRAINING.fields
        }
        return named | unreadable | {self.series("collector_records", collector="training"): float(count.records)}


def sums(numbers: Series) -> dict[str, float]:
    """Return numbers summed over all titles, without what is of one title by itself."""
    found: defaultdict[str, float] = defaultdict(float)
    for key, value in numbers.items():
        name, _, labels = key.partition("{")
        if not name.endswith(("_timestamp_seconds", "_title_info", "_training_titles")):
            found[f"{name}{{{','.join(_without_title(labels))}}}"] += value
    return found


def _without_title(labels: str) -> Iterable[str]:
    # The title is the last label, so that whatever stands in it is cut off with it.
    return [labels.rpartition("}")[0].partition(',title="')[0]]
