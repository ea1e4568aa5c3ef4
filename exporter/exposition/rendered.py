"""Samples, or instruments of prometheus_client, to families in either format."""

from collections.abc import Iterable
from threading import Lock
from typing import Final

import prometheus_client
from prometheus_client.openmetrics import exposition as openmetrics
from prometheus_client.registry import Collector as Registry

from exporter.exposition.form import END_OF_OPENMETRICS, Format
from exporter.exposition.line import headers_of, interleaved, series_of
from exporter.exposition.page import Family
from exporter.exposition.piece import Piece
from exporter.model import Metric, Sample

_FAMILY: Final = b"# HELP "


class Rendered:
    """The series of some samples of one tenant, without the samples, which take many times the memory.

    Families are in the order in which their metrics first occur. Safe for threads.
    """

    def __init__(self, tenant: str, samples: Iterable[Sample]) -> None:
        by_metric: dict[Metric, list[Sample]] = {}
        for sample in samples:
            by_metric.setdefault(sample.metric, []).append(sample)
        self._series = {
            metric: tuple(map(Piece, series_of(tenant, metric, group))) for metric, group in by_metric.items()
        }
        self._lock = Lock()
        self._families: dict[Format, tuple[Family, ...]] = {}

    def families(self, form: Format) -> tuple[Family, ...]:
        """Return the families in a format; they are made when it is first asked for."""
        with self._lock:
            if form not in self._families:
                self._families[form] = tuple(
                    Family(header, piece)
                    for metric, pieces in self._series.items()
                    for header, piece in zip(headers_of(metric, form), _ordered(pieces, form), strict=True)
                )
            return self._families[form]


def _ordered(pieces: tuple[Piece, ...], form: Format) -> tuple[Piece, ...]:
    """Return the lines of one metric, in as many pieces as it has headers in the format."""
    if form is Format.TEXT or len(pieces) == 1:
        return pieces
    buckets, counts, sums = pieces
    return (Piece(interleaved(buckets.plain, counts.plain, sums.plain)),)


def render_registry(registry: Registry, form: Format) -> bytes:
    """Return instruments of prometheus_client as text, without families that have no series, and without an end."""
    if form is Format.OPENMETRICS:
        text: bytes = openmetrics.generate_latest(registry)  # type: ignore[no-untyped-call]
        text = text.removesuffix(END_OF_OPENMETRICS)
    else:
        text = prometheus_client.generate_latest(registry)
    return b"".join(split(text))


def split(text: bytes) -> tuple[bytes, ...]:
    """Return rendered text family by family; one without series is left out."""
    families = []
    for part in text.removeprefix(_FAMILY).split(b"\n" + _FAMILY):
        lines = (_FAMILY + part.removesuffix(b"\n") + b"\n").splitlines(keepends=True)
        if not all(line.startswith(b"# ") for line in lines):
            families.append(b"".join(lines))
    return tuple(families)
