"""The lines of a metric, as prometheus_client writes them, at a quarter of its cost; a test compares the two.

In both formats the series of a metric have the same lines, in another order where it is a gauge histogram.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import Final

from prometheus_client.utils import floatToGoString

from exporter.exposition.form import Format
from exporter.model import Distribution, Kind, Metric, Sample

_TENANT: Final = "tenant"
_BOUND: Final = "le"
# Nothing that is written has this character: labels are clean, and names are names.
_PLACE: Final = "\0"


def series_of(tenant: str, metric: Metric, samples: Iterable[Sample]) -> tuple[bytes, ...]:
    """Return the lines of all samples of a metric: one text, or those of a gauge histogram's buckets, counts, sums."""
    if metric.kind is Kind.GAUGE_HISTOGRAM:
        return _distributions(tenant, metric, samples)
    start = _Start(metric.name, metric.labels, tenant)
    lines = [start(sample.labels) + _number(sample.value) + "\n" for sample in samples]
    return ("".join(lines).encode(),)


def _distributions(tenant: str, metric: Metric, samples: Iterable[Sample]) -> tuple[bytes, ...]:
    buckets, counts, sums = [], [], []
    bucket_start = _Start(f"{metric.name}_bucket", metric.labels, tenant, _PLACE)
    count_start = _Start(f"{metric.name}_gcount", metric.labels, tenant)
    sum_start = _Start(f"{metric.name}_gsum", metric.labels, tenant)
    # The model has made sure that there are such values alone.
    known = ((sample.labels, sample.value) for sample in samples if isinstance(sample.value, Distribution))
    for labels, value in known:
        before, behind = bucket_start(labels).split(_PLACE)
        cumulated = [*accumulate(value.counts)]
        for bound, count in zip(_bounds(value.bounds), cumulated, strict=True):
            buckets.append(before + bound + behind + _number(count) + "\n")
        counts.append(count_start(labels) + _number(cumulated[-1]) + "\n")
        sums.append(sum_start(labels) + _number(value.total) + "\n")
    return tuple("".join(lines).encode() for lines in (buckets, counts, sums))


def _number(value: object) -> str:
    return str(floatToGoString(value))  # type: ignore[no-untyped-call]


@lru_cache(maxsize=64)
def _bounds(bounds: tuple[float, ...]) -> tuple[str, ...]:
    return (*map(_number, bounds), "+Inf")


class _Start:
    """Makes what stands before a value, from the values of a metric's labels; the labels stand by their names."""

    def __init__(self, name: str, labels: Sequence[str], tenant: str, bound: str | None = None) -> None:
        fixed = {_TENANT: _escaped(tenant).replace("%", "%%")}
        if bound is not None:
            fixed[_BOUND] = bound
        names = sorted((*labels, *fixed))
        parts = (f'{each}="{fixed[each]}"' if each in fixed else f'{each}="%s"' for each in names)
        self._template = f"{name}{{{','.join(parts)}}} "
        self._order = [labels.index(each) for each in names if each not in fixed]

    def __call__(self, values: tuple[str, ...]) -> str:
        return self._template % tuple([_escaped(values[index]) for index in self._order])


def _escaped(value: str) -> str:
    if "\\" in value or '"' in value:
        return value.replace("\\", r"\\").replace('"', r"\"")
    return value


@lru_cache(maxsize=1024)
def headers_of(metric: Metric, form: Format) -> tuple[bytes, ...]:
    """Return the HELP and TYPE lines above the series: one text, or in the text format one for each of a histogram."""
    name, text = metric.name, metric.help.replace("\\", r"\\")
    if form is Format.OPENMETRICS:
        text = text.replace('"', r"\"")
        name = name.removesuffix("_info") if metric.kind is Kind.INFO else name
        return (_header(name, text, metric.kind.value),)
    if metric.kind is not Kind.GAUGE_HISTOGRAM:
        return (_header(name, text, "gauge"),)
    counted = (_header(f"{name}_{suffix}", text, "gauge") for suffix in ("gcount", "gsum"))
    return (_header(name, text, "histogram"), *counted)


def _header(name: str, text: str, kind: str) -> bytes:
    return f"# HELP {name} {text}\n# TYPE {name} {kind}\n".encode()


def interleaved(buckets: bytes, counts: bytes, sums: bytes) -> bytes:
    """Return the lines of gauge histograms as OpenMetrics wants them: those of one histogram together."""
    bucket_lines, count_lines, sum_lines = (text.splitlines(keepends=True) for text in (buckets, counts, sums))
    each = len(bucket_lines) // len(count_lines)
    groups = (bucket_lines[start : start + each] for start in range(0, len(bucket_lines), each))
    lines = zip(groups, count_lines, sum_lines, strict=True)
    return b"".join(line for group, count, total in lines for line in (*group, count, total))
