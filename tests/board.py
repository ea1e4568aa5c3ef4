"""A dashboard as Grafana reads it: its panels, queries and links, and its expressions without Grafana's variables."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

GRAFANA = Path(__file__).parents[1] / "grafana"
NAMES = ("awareness-training", "exporter-health")

# Grafana puts these in; the interval of rates is a span that nobody writes by hand.
RATE_INTERVAL = "7919s"
_VARIABLES = {
    "$__rate_interval": RATE_INTERVAL,
    "$__range_s": "2592000",
    "$__range": "2592000s",
    "${tenants:raw}": ".+",
    "${titles:raw}": ".+",
}
LEGEND = re.compile(r"\{\{\s*(\w+)\s*\}\}")

Json = dict[str, Any]


@dataclass(frozen=True)
class Target:
    """A query of a panel, of an annotation or, without a legend, of a variable."""

    place: str
    expression: str
    legend: str = ""
    instant: bool = False
    json: Json | None = None

    @property
    def promql(self) -> str:
        """The expression as Prometheus could read it, with all tenants and titles."""
        return expanded(self.expression)


def expanded(text: str) -> str:
    """Return a text with values for the variables that Grafana has of itself."""
    for name, value in _VARIABLES.items():
        text = text.replace(name, value)
    return text


@dataclass(frozen=True)
class Board:
    """A dashboard; ``json`` is the whole of it."""

    name: str
    json: Json

    @property
    def panels(self) -> list[Json]:
        """The panels, without the headings of rows."""
        return [panel for panel in self.json["panels"] if panel["type"] != "row"]

    @property
    def variables(self) -> dict[str, Json]:
        """The variables by their names."""
        return {variable["name"]: variable for variable in self.json["templating"]["list"]}

    def targets(self) -> Iterator[tuple[Json, Target]]:
        """Yield each query of each panel."""
        for panel in self.panels:
            for target in panel["targets"]:
                place = f"{panel['title']}, {target['refId']}"
                yield panel, Target(place, target["expr"], target["legendFormat"], target["instant"], target)

    def annotations(self) -> Iterator[Target]:
        """Yield the query of each annotation."""
        for annotation in self.json["annotations"]["list"]:
            yield Target(annotation["name"], annotation["expr"], annotation["textFormat"])

    def queries(self) -> list[Target]:
        """Return all queries but those of variables."""
        return [*(target for _, target in self.targets()), *self.annotations()]


def load(name: str) -> Board:
    """Return a dashboard by the name of its file."""
    return Board(name, json.loads((GRAFANA / f"{name}.json").read_text(encoding="utf-8")))
