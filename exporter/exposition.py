"""Samples to bytes, in either format, with or without gzip.

prometheus_client renders the samples of one snapshot once for each format. What it writes is kept in pieces, because a
family must not be split: a page of several tenants has each header once, with the series of all tenants below it. Each
piece keeps its deflated form too, and a gzip page is put together from those.

Sources: the text format 0.0.4 and OpenMetrics 1.0.0 as prometheus_client writes them; RFC 1951 and 1952 for gzip.
"""

import struct
import threading
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property, lru_cache, reduce
from itertools import accumulate
from typing import Final

import prometheus_client
from prometheus_client import core
from prometheus_client.openmetrics import exposition as openmetrics
from prometheus_client.registry import Collector as Registry
from prometheus_client.utils import floatToGoString

from exporter.model import Distribution, Kind, Metric, Sample

_GZIP_HEADER: Final = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_LAST_DEFLATE_BLOCK: Final = b"\x03\x00"
_END_OF_OPENMETRICS: Final = b"# EOF\n"
_FAMILY: Final = b"# HELP "


class Format(Enum):
    """The formats of a page; the value is the ``Content-Type``."""

    TEXT = "text/plain; version=0.0.4; charset=utf-8"
    OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"


class Piece:
    """Some whole lines of a page, and the same deflated so that pieces can be put behind each other."""

    def __init__(self, plain: bytes) -> None:
        self.plain = plain

    @cached_property
    def deflated(self) -> bytes:
        """The lines as complete blocks of a deflate stream that refer to nothing before them."""
        compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        return compressor.compress(self.plain) + compressor.flush(zlib.Z_FULL_FLUSH)


@dataclass(frozen=True, slots=True)
class Family:
    """The series of one metric of one tenant; ``header`` are its HELP and TYPE lines, by which families are joined."""

    header: bytes
    series: Piece


class _Families(Registry):
    """What prometheus_client collects from, to render one family."""

    def __init__(self, family: core.Metric) -> None:
        self._family = family

    def collect(self) -> Iterator[core.Metric]:
        yield self._family


def render(tenant: str, samples: Iterable[Sample], form: Format) -> tuple[Family, ...]:
    """Return the families of one tenant's samples, in the order in which their metrics first occur."""
    by_metric: dict[Metric, list[Sample]] = {}
    for sample in samples:
        by_metric.setdefault(sample.metric, []).append(sample)
    families = (_family(tenant, metric, group) for metric, group in by_metric.items())
    return tuple(part for family in families for part in split(_generate(_Families(family), form)))


class Rendered:
    """Samples of one tenant, rendered once for each format, when it is first asked for. Safe for threads."""

    def __init__(self, tenant: str, samples: Sequence[Sample]) -> None:
        self.samples = samples
        self._tenant = tenant
        self._lock = threading.Lock()
        self._families: dict[Format, tuple[Family, ...]] = {}

    def families(self, form: Format) -> tuple[Family, ...]:
        """Return the families in a format."""
        with self._lock:
            if form not in self._families:
                self._families[form] = render(self._tenant, self.samples, form)
            return self._families[form]


def render_registry(registry: Registry, form: Format) -> tuple[Family, ...]:
    """Return the families of instruments of prometheus_client."""
    return split(_generate(registry, form))


def _generate(registry: Registry, form: Format) -> bytes:
    if form is Format.OPENMETRICS:
        text: bytes = openmetrics.generate_latest(registry)  # type: ignore[no-untyped-call]
        return text.removesuffix(_END_OF_OPENMETRICS)
    return prometheus_client.generate_latest(registry)


def split(text: bytes) -> tuple[Family, ...]:
    """Return rendered text family by family; one without series is left out."""
    families = []
    for part in text.removeprefix(_FAMILY).split(b"\n" + _FAMILY):
        lines = (_FAMILY + part.removesuffix(b"\n") + b"\n").splitlines(keepends=True)
        comments = next((place for place, line in enumerate(lines) if not line.startswith(b"# ")), len(lines))
        if comments < len(lines):
            families.append(Family(b"".join(lines[:comments]), Piece(b"".join(lines[comments:]))))
    return tuple(families)


def _family(tenant: str, metric: Metric, samples: Sequence[Sample]) -> core.Metric:
    labels = ("tenant", *metric.labels)
    match metric.kind:
        case Kind.GAUGE_HISTOGRAM:
            histogram = core.GaugeHistogramMetricFamily(metric.name, metric.help, labels=labels)
            for own, value in _distributions(samples):
                histogram.add_metric((tenant, *own), _cumulated(value), value.total)
            return histogram
        case Kind.INFO:
            info = core.InfoMetricFamily(metric.name.removesuffix("_info"), metric.help, labels=labels)
            for own, _ in _numbers(samples):
                info.add_metric((tenant, *own), {})
            return info
        case Kind.GAUGE:
            gauge = core.GaugeMetricFamily(metric.name, metric.help, labels=labels)
            for own, number in _numbers(samples):
                gauge.add_metric((tenant, *own), number)
            return gauge


# The model has made sure that the samples of a gauge histogram, and no others, have distributions.
def _distributions(samples: Sequence[Sample]) -> list[tuple[tuple[str, ...], Distribution]]:
    return [(sample.labels, sample.value) for sample in samples if isinstance(sample.value, Distribution)]


def _numbers(samples: Sequence[Sample]) -> list[tuple[tuple[str, ...], float]]:
    return [(sample.labels, sample.value) for sample in samples if not isinstance(sample.value, Distribution)]


def _cumulated(value: Distribution) -> list[tuple[str, float]]:
    """Return the buckets as prometheus_client wants them, each with all that is at most its bound."""
    bounds = [*map(str, map(floatToGoString, value.bounds)), "+Inf"]
    return list(zip(bounds, map(float, accumulate(value.counts)), strict=True))


@dataclass(frozen=True, slots=True)
class Page:
    """One page, ready to send: ``parts`` behind each other are its body."""

    form: Format
    parts: tuple[bytes, ...]
    gzip: bool


def page(families: Iterable[Family], form: Format, *, gzip: bool) -> Page:
    """Return the page of some families, in the order in which their headers first occur; equal headers are one."""
    by_header: dict[bytes, list[Piece]] = {}
    for family in families:
        by_header.setdefault(family.header, []).append(family.series)
    pieces = [piece for header, series in by_header.items() for piece in (_fixed_piece(header), *series)]
    if form is Format.OPENMETRICS:
        pieces.append(_fixed_piece(_END_OF_OPENMETRICS))
    # Not joined: however many pages are on their way, there is one copy of what they show.
    plain = tuple(piece.plain for piece in pieces)
    if not gzip:
        return Page(form, plain, gzip)
    checksum = reduce(lambda so_far, part: zlib.crc32(part, so_far), plain, 0)
    trailer = struct.pack("<II", checksum, sum(map(len, plain)) & 0xFFFFFFFF)
    deflated = (piece.deflated for piece in pieces)
    return Page(form, (_GZIP_HEADER, *deflated, _LAST_DEFLATE_BLOCK, trailer), gzip)


@lru_cache(maxsize=1024)
def _fixed_piece(text: bytes) -> Piece:
    return Piece(text)
