"""Pages of many scrapes as one OpenMetrics text with timestamps: family by family, series by series."""

from dataclasses import dataclass, field
from pathlib import Path

from history.scraper import Scraped, Target

# What Prometheus itself records of each scrape.
_OF_SCRAPES = (
    "up",
    "scrape_duration_seconds",
    "scrape_samples_scraped",
    "scrape_samples_post_metric_relabeling",
    "scrape_series_added",
)
_START = b"process_start_time_seconds"


@dataclass(slots=True)
class _Series:
    """One series: its name with its labels, and ` VALUE TIMESTAMP` of each sample."""

    name: bytes
    samples: list[bytes] = field(default_factory=list)


class Chronicle:
    """Samples of one window of time. `started` is when the exporter has started, by the turned clock."""

    def __init__(self, started: float) -> None:
        self.samples = 0
        self.series = 0
        self._started = repr(started).encode()
        self._families: dict[bytes, list[_Series]] = {}
        self._targets: dict[Target, dict[bytes, _Series]] = {}
        self._seen: dict[Target, frozenset[bytes]] = {}

    def add(self, scraped: Scraped) -> None:
        """Note a scrape, and what Prometheus would of it."""
        stamp = b" %d.%03d\n" % divmod(scraped.at, 1000)
        known = self._targets.setdefault(scraped.target, {})
        names = self._add_page(scraped.target, known, scraped.page, stamp) if scraped.page is not None else []
        added = frozenset(names)
        new = len(added - self._seen.get(scraped.target, frozenset()))
        self._seen[scraped.target] = added
        values = (scraped.page is not None, scraped.seconds, len(names), len(names), new)
        for metric, value in zip(_OF_SCRAPES, values, strict=True):
            name = metric.encode()
            series = known.get(name) or self._new(scraped.target, name, b"# TYPE %b gauge\n" % name)
            series.samples.append(b" %b%b" % (repr(float(value)).encode(), stamp))
        self.samples += len(names) + len(_OF_SCRAPES)

    def _add_page(self, target: Target, known: dict[bytes, _Series], page: bytes, stamp: bytes) -> list[bytes]:
        names = []
        header = b""
        for line in page.splitlines():
            if line.startswith(b"# "):
                header = header + line + b"\n" if line.startswith(b"# TYPE ") else line + b"\n"
                continue
            name, _, value = line.rpartition(b" ")
            series = known.get(name)
            if series is None:
                series = self._new(target, name, header)
            # The process that builds a history starts now, the exporter in it by the turned clock.
            series.samples.append(b" " + (self._started if name == _START else value) + stamp)
            names.append(name)
        return names

    def _new(self, target: Target, name: bytes, header: bytes) -> _Series:
        metric, _, labels = name.partition(b"{")
        own = f'instance="{target.instance}",job="{target.job}"'.encode()
        series = _Series(metric + b"{" + own + (b"," + labels if labels else b"}"))
        self._targets[target][name] = series
        self._families.setdefault(header, []).append(series)
        self.series += 1
        return series

    def write(self, path: Path) -> int:
        """Write everything to a file, and begin anew but for which series there were; return the bytes written."""
        with path.open("wb") as file:
            for header, family in self._families.items():
                file.write(header)
                for series in family:
                    file.write(series.name + series.name.join(series.samples))
            file.write(b"# EOF\n")
            size = file.tell()
        self._families.clear()
        self._targets.clear()
        self.samples = self.series = 0
        return size
