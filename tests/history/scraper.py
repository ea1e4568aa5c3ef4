"""Scrapes of the exporter as a Prometheus does them: over HTTP, target by target."""

import http.client
from dataclasses import dataclass

from history.plant import PATIENCE_SECONDS, Plant
from history.scenario import Scenario

INSTANCE = "127.0.0.1:10463"
_HEADERS = {
    "Accept": "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
    "X-Prometheus-Scrape-Timeout-Seconds": str(PATIENCE_SECONDS),
}


@dataclass(frozen=True, slots=True)
class Target:
    """What is scraped, and the labels that Prometheus puts to its series."""

    job: str
    instance: str
    path: str


@dataclass(frozen=True, slots=True)
class Scraped:
    """One scrape: when it began (milliseconds of the epoch), how many seconds it took, its page; None if it failed."""

    target: Target
    at: int
    seconds: float
    page: bytes | None


def targets(scenario: Scenario) -> tuple[Target, ...]:
    """Return all targets: one for everything, or one for each tenant and one for the exporter itself."""
    if not scenario.probes:
        return (Target("mimecast", INSTANCE, "/metrics"),)
    tenants = (Target("mimecast", account.name, f"/probe?target={account.name}") for account in scenario.accounts)
    return (*tenants, Target("mimecast-exporter", INSTANCE, "/metrics/self"))


class Scraper:
    """Scrapes a plant over one connection."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self._connection: http.client.HTTPConnection | None = None

    def scrape(self, target: Target) -> Scraped:
        """Scrape one target."""
        clock = self._plant.clock
        at, started = clock.now(), clock.monotonic()
        page = self._page(target.path)
        return Scraped(target, int(at.timestamp() * 1000), clock.monotonic() - started, page)

    def _page(self, path: str) -> bytes | None:
        if self._connection is None or self._connection.port != self._plant.port:
            self.close()
            self._connection = http.client.HTTPConnection("127.0.0.1", self._plant.port)
        try:
            self._connection.request("GET", path, headers=_HEADERS)
            answer = self._connection.getresponse()
            page = answer.read()
        except (OSError, http.client.HTTPException):
            self.close()
            return None
        if answer.status != 200:
            raise RuntimeError(f"the exporter answers {answer.status} to {path}")
        return page

    def close(self) -> None:
        """End the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
