"""The exporter's own instruments: what the process did, in counters of prometheus_client.

They are of the process, not of a tenant's data, so they live as long as it does; a page renders them at each scrape.
"""

import platform
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, Metric, disable_created_metrics
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from exporter import __version__
from exporter.errors import Reason

_REQUEST_SECONDS: Final = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class _Of(Collector):
    """The series of some tenants, and those that speak of none."""

    def __init__(self, registry: Collector, tenants: Collection[str]) -> None:
        self._registry = registry
        self._tenants = tenants

    def collect(self) -> Iterator[Metric]:
        for metric in self._registry.collect():
            metric.samples = [each for each in metric.samples if self._shows(each.labels.get("tenant"))]
            yield metric

    def _shows(self, tenant: str | None) -> bool:
        return tenant is None or tenant in self._tenants


class Instruments:
    """All instruments, in a registry of their own."""

    def __init__(self, revision: str = "") -> None:
        self._tenants: set[str] = set()
        self._hits: dict[tuple[str, str], Counter] = {}
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = registry = CollectorRegistry()
        build = Info("mimecast_exporter_build", "The program that runs.", registry=registry)
        build.info(
            {"version": __version__, "revision": revision, "python_version": platform.python_version()},
        )
        self._reload_successful = Gauge(
            "mimecast_exporter_config_last_reload_successful",
            "1 if the latest reading of the configuration succeeded.",
            registry=registry,
        )
        self._reload_timestamp = Gauge(
            "mimecast_exporter_config_last_reload_success_timestamp_seconds",
            "When the configuration was last read with success.",
            registry=registry,
        )
        self._polls = Counter("mimecast_exporter_polls", "Finished polls.", ("tenant", "collector"), registry=registry)
        self._failures = Counter(
            "mimecast_exporter_poll_failures",
            "Polls that failed, by reason.",
            ("tenant", "collector", "reason"),
            registry=registry,
        )
        self._requests = Counter(
            "mimecast_exporter_api_requests",
            "Requests to the vendor, by HTTP status, or error where there was none.",
            ("tenant", "code"),
            registry=registry,
        )
        self._request_seconds = Histogram(
            "mimecast_exporter_api_request_duration_seconds",
            "Seconds from a request to the vendor to the head of its answer.",
            ("tenant",),
            buckets=_REQUEST_SECONDS,
            registry=registry,
        )
        self._cache_hits = Counter(
            "mimecast_exporter_cache_hits",
            "Times that a scrape was served from memory because no poll was due.",
            ("tenant", "collector"),
            registry=registry,
        )
        self._http_requests = Counter(
            "mimecast_exporter_http_requests",
            "Requests to this exporter, by path and HTTP status.",
            ("path", "code"),
            registry=registry,
        )
        self._answered = lru_cache(maxsize=256)(self._http_requests.labels)  # of a closed set, and never taken away
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        GCCollector(registry=registry)

    def of(self, tenants: Collection[str]) -> Collector:
        """Return what renders all instruments, but of these tenants alone: a page is of one configuration."""
        return _Of(self.registry, tenants)

    def configuration_loaded(self, timestamp: float) -> None:
        """Note that a configuration is in use since ``timestamp`` (seconds since the epoch)."""
        self._reload_successful.set(1)
        self._reload_timestamp.set(timestamp)

    def configuration_refused(self) -> None:
        """Note that the latest configuration could not be used."""
        self._reload_successful.set(0)

    def forget(self, tenant: str) -> None:
        """Take away the series of a tenant that is no longer configured, and count nothing of it any more."""
        self._tenants.discard(tenant)
        self._hits = {whose: hits for whose, hits in self._hits.items() if whose[0] != tenant}
        for instrument in (self._polls, self._failures, self._requests, self._request_seconds, self._cache_hits):
            instrument.remove_by_labels({"tenant": tenant})

    def expect(self, tenant: str, collectors: Iterable[str]) -> None:
        """Let the counters of a tenant start at 0, so that their first increase can be seen."""
        self._tenants.add(tenant)
        for collector in collectors:
            self._polls.labels(tenant, collector)
            self._hits[tenant, collector] = self._cache_hits.labels(tenant, collector)
        self._request_seconds.labels(tenant)

    def poll_finished(self, tenant: str, collector: str, reason: Reason | None) -> None:
        """Count a poll, and its failure if it has a ``reason``."""
        if tenant not in self._tenants:
            return
        self._polls.labels(tenant, collector).inc()
        if reason is not None:
            self._failures.labels(tenant, collector, reason).inc()

    def request_sent(self, tenant: str, code: str, seconds: float) -> None:
        """Count a request to the vendor; ``code`` is the HTTP status or ``error``."""
        if tenant not in self._tenants:
            return
        self._requests.labels(tenant, code).inc()
        self._request_seconds.labels(tenant).observe(seconds)

    def served_from_memory(self, tenant: str, collector: str) -> None:
        """Count a scrape for which no poll was due."""
        hits = self._hits.get((tenant, collector))
        if hits is not None:
            hits.inc()

    def request_answered(self, path: str, status: int) -> None:
        """Count a request to this exporter; ``path`` is of a closed set."""
        self._answered(path, str(status)).inc()
