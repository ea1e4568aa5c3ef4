"""Gauge histograms as bars: how many lie in each bucket now, with its bound in days."""

from dataclasses import replace
from typing import Final

from grafana import query, threshold
from grafana.panel import Json, Panel, Query, Scale, Words, bars

# What histogram_days may well hold; a bound that is not here keeps its seconds for a name.
_DAYS: Final = (1, 2, 3, 4, 5, 6, 7, 10, 14, 20, 21, 28, 30, 45, 60, 90, 120, 180, 365)


def by_days(words: Words, metric: str) -> Panel:
    """Return the buckets of a gauge histogram; Grafana takes each from the next, for they are cumulative."""
    counted = Query(query.buckets(metric), "{{le}}", instant=True, format="heatmap")
    panel = bars(words, Scale("locale", threshold.steps((threshold.GOOD, None)), decimals=0), counted)
    names = (_named(_bound(number), f"≤ {number} d") for number in _DAYS)
    return replace(panel, transformations=[*names, _named("[+]Inf", "longer")])


def _bound(number: int) -> str:
    """Return a pattern for a bound as exporters and Prometheus write it: 86400, 86400.0, 1.2096e+06."""
    whole = f"{number * 86_400}"
    digits = whole.rstrip("0")
    mantissa = f"{digits[0]}[.]{digits[1:]}" if digits[1:] else digits
    return f"(?:{whole}(?:[.]0)?|{mantissa}e[+]0?{len(whole) - 1})"


def _named(pattern: str, name: str) -> Json:
    return {"id": "renameByRegex", "options": {"regex": f"^{pattern}$", "renamePattern": name}}
