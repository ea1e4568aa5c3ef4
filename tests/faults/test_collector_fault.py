"""Every fault of documents and values, on every endpoint that a collector asks: never up with wrong numbers.

The training details are left out: the matrix has them.
"""

from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass

import pytest
from exact import read
from expectation import of_company
from house import House
from outcome import OUTCOMES
from planting import told
from pool import play_all
from stage import Lines

from exporter.collectors import COLLECTORS
from exporter.collectors.question import Collector
from exporter.exposition import Format
from exporter.mimecast import client
from exporter.model import Kind
from exporter.scrape import Selection
from exporter.simulator import KINDS, ROOT
from exporter.simulator.fault import document, value

NEWEST = 2
REFRESH = 60.0
FAULTS = [fault.name for fault in (*document.FAULTS, *value.FAULTS)]
# Of these the answer tells nothing, or tells one number less.
EMPTY = {"data_empty"}
ONE_LESS = {"huge_float", "big_integer"}
# A number that no field reads may be as long as it likes.
UNREAD = {"huge_integer"}
ENDPOINTS = {
    "queue": ("queue/get-queue",),
    "performance": ("company/get-performance-summary",),
    "safe_score": ("company/get-safe-score-summary",),
    "watchlist": ("company/get-watchlist-details",),
    "performance_details": ("company/get-performance-details",),
    "safe_score_details": ("company/get-safe-score-details",),
    "phishing": ("phishing/campaign/get-campaign",),
    "phishing_results": ("phishing/campaign/get-campaign", "phishing/campaign/get-user-data"),
    "campaigns": ("campaign/get-campaigns",),
    "campaign_results": ("campaign/get-campaigns", "campaign/get-user-data"),
}


@dataclass(frozen=True)
class Asked:
    """An endpoint that a collector asks."""

    collector: str
    endpoint: str

    def __str__(self) -> str:
        """Return its name."""
        return f"{self.collector}-{self.endpoint}"


CASES = [Asked(collector, name) for collector, names in ENDPOINTS.items() for name in names]


@dataclass
class Room:
    """One collector of a tenant whose endpoint misbehaves, and its exporter."""

    collector: Collector
    house: House

    def page(self) -> dict[str, float]:
        """Return the series after the next poll, and fail on what no page may hold."""
        assert self.house.assembly is not None
        self.house.turn(REFRESH)
        page = self.house.assembly.scrapes.page(Selection(("acme",), instruments=False), 60.0, Format.TEXT, gzip=False)
        text = b"".join(page.parts)
        people = [*self.house.simulator.tenants[0].company.everyone()]
        assert [] == told([*(person.email for person in people), *(person.name for person in people)], text.decode())
        return read(text)

    def own(self, series: Mapping[str, float]) -> dict[str, float]:
        """Return the series of the collector's metrics."""
        names = {
            name + part
            for name, kind in ((metric.name, metric.kind) for metric in self.collector.metrics)
            for part in (("_bucket", "_gcount", "_gsum") if kind is Kind.GAUGE_HISTOGRAM else ("",))
        }
        return {key: number for key, number in series.items() if key.partition("{")[0] in names}

    def expected(self) -> dict[str, float]:
        """Return what the company's people make of the series."""
        return self.own(of_company(self.house.simulator.tenants[0], newest=NEWEST, signed=True))

    def good(self) -> dict[str, float]:
        """Return the collector's series after a poll that must be good."""
        page = self.page()
        assert self.expected() == pytest.approx(self.own(page))
        assert not self.unreadable(page)
        return self.own(page)

    def failing(self, fault: str) -> str:
        """Return the series that says why a fault has failed the collector."""
        labels = f'collector="{self.collector.name}",reason="{OUTCOMES[fault].reason}",tenant="acme"'
        return f"mimecast_collector_failing{{{labels}}}"

    def unreadable(self, page: Mapping[str, float]) -> float:
        """Return how many values could not be read."""
        return sum(number for key, number in page.items() if key.startswith("mimecast_collector_unreadable{"))


@pytest.fixture(scope="module")
def played(request: pytest.FixtureRequest) -> Iterator[Mapping[Asked, Future[list[str]]]]:
    """What was wrong on each endpoint."""
    with Lines().listening(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(client, "_MOST_PAGES", 5)
        yield play_all(request, Asked, play)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_no_collector_is_up_with_wrong_numbers(played: Mapping[Asked, Future[list[str]]], case: Asked) -> None:
    """Each fault of documents and values fails a collector with its reason, or leaves it right (rows 31 to 47)."""
    assert [] == played[case].result()


def play(case: Asked) -> list[str]:
    """Return the faults of an endpoint that are not taken as they should be."""
    house = House()
    house.simulator.add_tenant("acme", users=20, titles=5, simulations=3)
    with house.simulator:
        assembly = house.build(
            f"departments: true, campaigns: {{newest: {NEWEST}}}, refresh_interval: {REFRESH}s, max_staleness: 1h",
            collectors=case.collector,
        )
        room = Room(next(each for each in COLLECTORS if each.name == case.collector), house)
        try:
            wrong = wrong_faults(room, ROOT + case.endpoint)
        finally:
            assembly.stop()
        return wrong + [violation.name for violation in house.simulator.violations]


def wrong_faults(room: Room, path: str) -> list[str]:
    """Poll well, and then with each fault of a path; return those whose page is not what it should be."""
    tenant = room.house.simulator.tenants[0]
    good: dict[str, float] = {}
    wrong = []
    for fault in FAULTS:
        tenant.clear_faults()
        good = good or room.good()
        tenant.fail(fault, path=path)
        page = room.page()
        if page['mimecast_up{tenant="acme"}'] == 1.0:
            is_right = (OUTCOMES[fault].reason is None or fault in UNREAD) and has_right_numbers(room, fault, page)
            good = {}
        else:
            is_right = page.get(room.failing(fault)) == 1.0 and good == room.own(page)
        wrong += [] if is_right else [fault]
    tenant.clear_faults()
    room.good()
    return wrong


def has_right_numbers(room: Room, fault: str, page: Mapping[str, float]) -> bool:
    """Return whether a page has the numbers of an answer that is strange and right."""
    shown, expected = room.own(page), room.expected()
    if fault in EMPTY:
        return not any(shown.values()) and not room.unreadable(page)
    if fault in ONE_LESS and room.unreadable(page):
        known = {key: number for key, number in shown.items() if '"unknown"' not in key}
        return room.unreadable(page) == 1 and all(number <= expected[key] + 1e-6 for key, number in known.items())
    return expected == pytest.approx(shown) and not room.unreadable(page)


def test_every_endpoint_is_asked() -> None:
    """Each collector is tried with the faults of each endpoint that it asks, and no endpoint is left out."""
    assert {collector.name for collector in COLLECTORS} - {"training"} == ENDPOINTS.keys()
    unused = {path.removeprefix(ROOT) for path in KINDS} - {name for names in ENDPOINTS.values() for name in names}
    assert {"user/get-training-details", "company/get-watchlist-summary"} == unused
