"""Every series that a page can have, with its labels, from the declarations of the collectors and the instruments."""

from collections.abc import Iterator

from exporter.collectors import COLLECTORS
from exporter.errors import Reason
from exporter.instruments import Instruments
from exporter.model import Kind, Metric
from exporter.scrape import POLL_METRICS

# What Prometheus itself puts on each series, and writes of each target.
TARGET = frozenset({"job", "instance"})
OF_TARGETS = ("up", "scrape_duration_seconds", "scrape_samples_scraped", "scrape_series_added")


def used_instruments() -> Instruments:
    """Return the instruments with a series of each, because only those tell their labels."""
    instruments = Instruments()
    instruments.configuration_loaded(0.0)
    instruments.expect("acme", ["training"])
    instruments.poll_finished("acme", "training", Reason.TIMEOUT)
    instruments.request_sent("acme", "200", 0.1)
    instruments.request_answered("/metrics", 200)
    return instruments


def declared() -> dict[str, frozenset[str]]:
    """Return the labels of each series by its name, as Prometheus has them after a scrape of text 0.0.4."""
    metrics = [*POLL_METRICS, *(metric for collector in COLLECTORS for metric in collector.metrics)]
    polled = (series for metric in metrics for series in _series(metric))
    families = used_instruments().registry.collect()
    own = ((sample.name, frozenset(sample.labels)) for family in families for sample in family.samples)
    targets = ((name, frozenset[str]()) for name in OF_TARGETS)
    return {name: labels | TARGET for name, labels in (*polled, *own, *targets)}


def _series(metric: Metric) -> Iterator[tuple[str, frozenset[str]]]:
    labels = frozenset({"tenant", *metric.labels})
    if metric.kind is not Kind.GAUGE_HISTOGRAM:
        yield metric.name, labels
        return
    yield f"{metric.name}_bucket", labels | {"le"}
    yield from ((f"{metric.name}_{part}", labels) for part in ("gcount", "gsum"))
