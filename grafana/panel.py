"""Panels as Grafana's classic JSON has them, each from what a reader needs: words, a scale, a query.

A panel has no place yet; ``dashboard`` gives it one. What Grafana knows by itself is left to its defaults.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from grafana.threshold import PLAIN_STEPS, Steps, ground

SOURCE: Final = {"type": "prometheus", "uid": "${datasource}"}
_LAST: Final = {"calcs": ["lastNotNull"], "fields": "", "values": False}
# Over 30 days six hours from one to the next, or twelve: questions about hundreds of tenants are answered in a second.
_POINTS: Final = 120
FEW_POINTS: Final = 60

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Query:
    """A query; ``legend`` names its series. An instant one is asked for the end of the time range alone."""

    expression: str
    legend: str = ""
    instant: bool = False
    format: str = "time_series"

    def json(self, letter: str) -> Json:
        """Return it as a target of a panel."""
        return {
            "refId": letter,
            "datasource": SOURCE,
            "editorMode": "code",
            "expr": self.expression,
            "format": self.format,
            "instant": self.instant,
            "range": not self.instant,
            "legendFormat": self.legend,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a reader sees beside the numbers.

    ``about`` is what the title leaves open; ``empty`` is shown where there is nothing to show, and says why.
    """

    title: str
    about: str
    empty: str


@dataclass(frozen=True, slots=True)
class Scale:
    """How numbers are written, where an axis or a bar begins and ends, and which colours they have."""

    unit: str
    steps: Steps = field(default_factory=lambda: PLAIN_STEPS)
    most: float | None = None
    decimals: int | None = None
    least: float | None = 0

    def json(self) -> Json:
        """Return it as defaults of fields."""
        chosen = {"min": self.least, "max": self.most, "decimals": self.decimals}
        given = {name: value for name, value in chosen.items() if value is not None}
        return {"unit": self.unit, "thresholds": self.steps, **given}


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A panel without its place.

    ``fields`` are the defaults of its values beside the scale, ``by_name`` what differs, by a regular expression on
    a series' whole name.
    """

    kind: str
    words: Words
    scale: Scale
    queries: Sequence[Query]
    fields: Json = field(default_factory=dict)
    by_name: Mapping[str, Json] = field(default_factory=dict)
    options: Json = field(default_factory=dict)
    transformations: Sequence[Json] = ()
    points: int | None = None

    def json(self) -> Json:
        """Return the panel as Grafana has it, without id and place."""
        return {
            "type": self.kind,
            "title": self.words.title,
            "description": self.words.about,
            "datasource": SOURCE,
            "targets": [query.json(letter) for query, letter in zip(self.queries, "AB", strict=False)],
            "fieldConfig": {
                "defaults": {**self.scale.json(), "noValue": self.words.empty, **self.fields},
                "overrides": [_override(pattern, values) for pattern, values in self.by_name.items()],
            },
            "options": self.options,
            **({"transformations": list(self.transformations)} if self.transformations else {}),
            **({"maxDataPoints": self.points} if self.points else {}),
        }


def _override(pattern: str, values: Json) -> Json:
    """Return an override; by an expression, because not every tenant has every series."""
    properties = [{"id": name, "value": value} for name, value in values.items()]
    return {"matcher": {"id": "byRegexp", "options": f"/^(?:{pattern})$/"}, "properties": properties}


def color(name: str) -> Json:
    """Return the property that paints a series in one colour."""
    return {"color": {"mode": "fixed", "fixedColor": name}}


def dashed(name: str) -> Json:
    """Return the properties that paint a line in one colour and break it, for who sees no colours."""
    return {**color(name), "custom.lineStyle": {"fill": "dash", "dash": [10, 6]}}


def figure(words: Words, scale: Scale, queries: Sequence[Query], by_name: Mapping[str, Json] | None = None) -> Panel:
    """Return figures under each other, each with its name, on a coloured ground where somebody should look."""
    return Panel(
        kind="stat",
        words=words,
        scale=replace(scale, steps=ground(scale.steps)),
        queries=queries,
        fields={"color": {"mode": "thresholds"}},
        by_name=by_name or {},
        options={
            "reduceOptions": _LAST,
            "orientation": "horizontal",
            "textMode": "value_and_name",
            "colorMode": "background_solid",
            "graphMode": "none",
            "justifyMode": "auto",
            "wideLayout": False,
            "text": {"titleSize": 13, "valueSize": 26},
        },
    )


def lines(words: Words, scale: Scale, queries: Sequence[Query], by_name: Mapping[str, Json]) -> Panel:
    """Return lines over time; a gap in the data is a gap in the line."""
    return _over_time(words, scale, queries, by_name, {"lineWidth": 2, "fillOpacity": 0})


def areas(words: Words, scale: Scale, queries: Sequence[Query], by_name: Mapping[str, Json]) -> Panel:
    """Return parts of a whole over time, one upon the other."""
    stacked = {"lineWidth": 0, "fillOpacity": 70, "stacking": {"mode": "normal", "group": "A"}}
    return _over_time(words, scale, queries, by_name, stacked)


def _over_time(
    words: Words, scale: Scale, queries: Sequence[Query], by_name: Mapping[str, Json], custom: Json
) -> Panel:
    custom = {"drawStyle": "line", "showPoints": "auto", "pointSize": 4, "spanNulls": False, **custom}
    return Panel(
        kind="timeseries",
        words=words,
        scale=scale,
        queries=queries,
        fields={"color": {"mode": "palette-classic"}, "custom": custom},
        by_name=by_name,
        options={
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
            "tooltip": {"mode": "multi", "sort": "desc"},
        },
        points=_POINTS,
    )


def bars(words: Words, scale: Scale, query: Query, links: Sequence[Json] = ()) -> Panel:
    """Return a bar with name and number for each series, in the order of the query."""
    return Panel(
        kind="bargauge",
        words=words,
        scale=scale,
        queries=[query],
        fields={"color": {"mode": "thresholds"}, **({"links": list(links)} if links else {})},
        options={
            "reduceOptions": _LAST,
            "orientation": "horizontal",
            "displayMode": "basic",
            "valueMode": "text",
            "namePlacement": "left",
            "showUnfilled": True,
            "sizing": "manual",
            "minVizHeight": 16,
            "minVizWidth": 8,
            "maxVizHeight": 32,
            "text": {"valueSize": 16},
        },
    )
