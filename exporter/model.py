"""The values that the parts of the exporter hand to each other; each checks itself when it is made.

prometheus_client writes out whatever it is given: a series twice, a missing label, a lone surrogate that
breaks the whole page. So the guard stands here, where a sample is made, and a page of samples cannot be wrong later.
"""

import hmac
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import NoReturn

_METRIC_NAME = re.compile(r"mimecast_[a-z0-9_]*[a-z0-9]")
_LABEL_NAME = re.compile(r"[a-z][a-z0-9_]*")
# Controls, line separators, marks that turn the direction of writing, and surrogates, which have no UTF-8.
UNFIT_FOR_A_LABEL = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


@lru_cache(maxsize=4096)
def is_clean(text: str) -> bool:
    """Return whether a text may be a label value as it stands; the same few occur in thousands of samples."""
    return UNFIT_FOR_A_LABEL.search(text) is None


class Secret:
    """A text that shows itself as ``<secret>`` everywhere and is only had by :meth:`reveal`."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text itself; the result is to be used at once and never kept, logged or quoted."""
        return self._text

    def __repr__(self) -> str:
        return "<secret>"

    def __format__(self, spec: str) -> str:
        return format("<secret>", spec)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __reduce__(self) -> NoReturn:
        message = "a secret is not serialized"
        raise TypeError(message)


class Kind(StrEnum):
    """The types of metrics that a collector makes, as the OpenMetrics format names them."""

    GAUGE = "gauge"
    INFO = "info"
    GAUGE_HISTOGRAM = "gaugehistogram"


@dataclass(frozen=True, slots=True)
class Metric:
    """The declaration of a metric, made once; pages, documentation, dashboards and tests read it.

    ``name`` is the name of its series (an info ends in ``_info``), ``labels`` are those behind ``tenant``, in the order
    in which samples give their values. Raises ``ValueError`` for what the exposition format or our style forbids.
    """

    name: str
    help: str
    labels: tuple[str, ...] = ()
    kind: Kind = Kind.GAUGE

    def __post_init__(self) -> None:
        if not _METRIC_NAME.fullmatch(self.name):
            raise ValueError(f"{self.name!r} is no metric name of this exporter")
        if self.name.endswith("_info") != (self.kind is Kind.INFO):
            raise ValueError(f"{self.name}: an info, and nothing else, ends in _info")
        if not self.help or "\n" in self.help:
            raise ValueError(f"{self.name}: the help text is one line")
        for label in self.labels:
            if not _LABEL_NAME.fullmatch(label) or label in {"tenant", "le", "quantile"}:
                raise ValueError(f"{self.name}: {label!r} is no label name of a collector")


@dataclass(frozen=True, slots=True)
class Distribution:
    """The value of a gauge histogram: how many observations lie in each bucket now.

    ``bounds`` are the finite upper bounds in ascending order, ``counts`` the observations in each bucket alone
    (not cumulated), with one more for those above the last bound; ``total`` is the sum of the observations.
    """

    bounds: tuple[float, ...]
    counts: tuple[int, ...]
    total: float

    def __post_init__(self) -> None:
        if len(self.counts) != len(self.bounds) + 1 or min(self.counts) < 0:
            raise ValueError("a distribution has one count for each bound, and one more")
        if any(low >= high for low, high in zip(self.bounds, self.bounds[1:], strict=False)):
            raise ValueError("the bounds of a distribution ascend")
        if not all(map(math.isfinite, (*self.bounds, self.total))):
            raise ValueError("the bounds and the sum of a distribution are finite")


@dataclass(frozen=True, slots=True)
class Sample:
    """One series of a metric with its value now, without the tenant.

    Raises ``ValueError`` for a wrong number of labels, an unclean label value, a value that is not finite, or one that
    does not fit the type of the metric.
    """

    metric: Metric
    labels: tuple[str, ...]
    value: float | Distribution

    def __post_init__(self) -> None:
        if len(self.labels) != len(self.metric.labels):
            raise ValueError(f"{self.metric.name} has the labels {self.metric.labels}, not {len(self.labels)} values")
        for text in self.labels:
            if not isinstance(text, str) or not is_clean(text):
                raise ValueError(f"{self.metric.name}: a label value is no clean text")
        if isinstance(self.value, Distribution) != (self.metric.kind is Kind.GAUGE_HISTOGRAM):
            raise ValueError(f"{self.metric.name}: the value does not fit a {self.metric.kind}")
        if not isinstance(self.value, Distribution) and not math.isfinite(self.value):
            raise ValueError(f"{self.metric.name}: the value is not finite")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What one complete poll of one collector found; replaced whole, never changed.

    ``records`` counts what was read, ``unreadable`` the values that could not be read, by field, zeros included.
    Raises ``ValueError`` for two samples of one series and for a metric that the collector does not declare.
    """

    samples: tuple[Sample, ...]
    records: int
    unreadable: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        seen: set[tuple[str, tuple[str, ...]]] = set()
        for sample in self.samples:
            series = (sample.metric.name, sample.labels)
            if series in seen:
                raise ValueError(f"{sample.metric.name} has a series twice")
            seen.add(series)

    def check_declared(self, metrics: Iterable[Metric]) -> None:
        """Raise ``ValueError`` if a sample is of none of ``metrics``."""
        undeclared = {sample.metric.name for sample in self.samples} - {metric.name for metric in metrics}
        if undeclared:
            raise ValueError(f"undeclared metrics: {', '.join(sorted(undeclared))}")
