import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import nearby  # noqa: F401 - where others are found
import pytest
from manner import check_manners
from population import CHANGE, Population
from program import wait_until
from prometheus_server import Prometheus, example, prometheus
from soak import soaking

SHORT: Final = 14.0
LONG: Final = 600.0
INTERVAL: Final = 2
REFRESH: Final = 1.0
OF_TITLES: Final = ("assigned", "watched", "watchlist", "overdue")
OF_USERS: Final = ("users", "users_outstanding", "users_watchlisted", "users_needing_engagement")
SUMS: Final = f'sum by (__name__, tenant) ({{__name__=~"mimecast_training_({"|".join(OF_TITLES + OF_USERS)})"}})'
LAST_SUCCESS: Final = "mimecast_collector_last_success_timestamp_seconds"

log = logging.getLogger(__name__)


def test_prometheus_has_what_was_served(
    tool: Callable[[str], str], tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    """A real Prometheus has every scrape, complains of none, and sums only what was served (row 146, G15)."""
    is_long = bool(pytestconfig.getoption("--long"))
    seconds = LONG if is_long else SHORT
    binary = tool("prometheus")
    with soaking(tmp_path, REFRESH, INTERVAL) as soak:
        with prometheus(binary, tmp_path, configuration(soak.program.port)) as server:
            wait_until(lambda: server.query("mimecast_up == 1") != {}, "the first scrape")
            soak.misbehave(is_long=is_long)
            live(soak.population, seconds)
            scrapes = scraped(server)
            seen = [each for moment in scrapes for each in sights(server, moment)]
            assert [] == server.warnings()
        kinds = Counter(each.check(soak.population) for each in seen)
        with pytest.raises(AssertionError, match="users"):
            next(each for each in seen if each.sums).one_more().check(soak.population)
        check_manners(soak.population)
    log.info(
        "G15: %.0f s: %d scrapes, all answered, no warning; sums right of %d pages of a tenant that is up and of %d "
        "with old numbers, %d pages without numbers; %s",
        *(seconds, len(scrapes), kinds["up"], kinds["old"], kinds["gap"], soak.upstream()),
    )
    assert len(scrapes) > seconds / INTERVAL - 4
    assert kinds["up"] > len(scrapes)
    assert not is_long or {"up", "old", "gap"} == kinds.keys()


def configuration(port: int) -> str:
    """Return the example of Prometheus's configuration, with more time for each scrape than a busy machine takes."""
    text: str = example("prometheus.yml", port)
    for name in ("interval", "timeout"):
        text = text.replace(f"scrape_{name}: 1s", f"scrape_{name}: {INTERVAL}s")
    return text


def live(population: Population, seconds: float) -> None:
    """Let the people change for so long."""
    end, never = time.monotonic() + seconds, threading.Event()
    told = 0
    while (left := end - time.monotonic()) > 0:
        population.change()
        never.wait(min(CHANGE, left))
        if told != (told := int(left / 60)):
            log.info("%.0f s to go", left)


def scraped(server: Prometheus) -> list[float]:
    """Return when Prometheus has scraped, in seconds of the epoch; each time it was answered."""
    (target,) = server.ask("/api/v1/query", query='up{job="mimecast"}[1h]')["result"]
    assert {"1"} == {value for _, value in target["values"]}
    return [moment for moment, _ in target["values"]]


@dataclass(frozen=True)
class Sight:
    """What Prometheus has of one tenant at one scrape."""

    tenant: str
    is_up: bool
    last_success: float
    sums: dict[str, float]

    def one_more(self) -> "Sight":
        """Return what would be wrong."""
        return replace(self, sums=self.sums | {"users": self.sums["users"] + 1})

    def check(self, population: Population) -> str:
        """Check the sums, and say how the tenant is: up, with old numbers, or with none."""
        if not self.sums:
            return "gap"
        call = population.call_before(self.tenant, self.last_success)
        count = population.count(self.tenant, call, datetime.fromtimestamp(self.last_success, UTC))
        titles = count.titles.values()
        expected = {name: float(getattr(count, name)) for name in OF_USERS}
        if titles:
            expected |= {name: float(sum(getattr(title, name) for title in titles)) for name in OF_TITLES}
        assert expected == self.sums, (self, call)
        return "up" if self.is_up else "old"


def sights(server: Prometheus, moment: float) -> Iterator[Sight]:
    """Yield what Prometheus has of each tenant at a moment."""
    ups, lasts = (of_tenants(server, name, moment) for name in ("mimecast_up", LAST_SUCCESS))
    sums = server.ask("/api/v1/query", query=SUMS, time=str(moment))["result"]
    for name, up in ups.items():
        of_tenant = {
            each["metric"]["__name__"].removeprefix("mimecast_training_"): float(each["value"][1])
            for each in sums
            if each["metric"]["tenant"] == name
        }
        yield Sight(name, up == 1.0, lasts.get(name, 0.0), of_tenant)


def of_tenants(server: Prometheus, name: str, moment: float) -> dict[str, float]:
    """Return the value of a series of each tenant at a moment."""
    found = server.ask("/api/v1/query", query=name, time=str(moment))["result"]
    return {each["metric"]["tenant"]: float(each["value"][1]) for each in found}
