"""The dashboards in the form that grafana.com takes: an import asks for the data source, and the parts are listed.

python -m deploy.listing DIRECTORY   writes them into a directory
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any, Final

from grafana.build import DASHBOARDS

Json = dict[str, Any]

INPUT: Final = "DS_PROMETHEUS"
# The oldest Grafana for which the dashboards are made.
_GRAFANA: Final = "10.0.0"
_PANELS: Final = {"bargauge": "Bar gauge", "stat": "Stat", "table": "Table", "timeseries": "Time series"}
_CHOICE: Final = "datasource"


def listed(dashboard: Json) -> Json:
    """Return a dashboard as it is uploaded: the choice of a data source at its head is an input of the import."""
    # A link no longer has to carry the choice of a data source to the other dashboard.
    text = json.dumps(dashboard).replace(f"${{{_CHOICE}:queryparam}}&", "").replace(f"${{{_CHOICE}}}", f"${{{INPUT}}}")
    changed: Json = json.loads(text)
    changed["templating"]["list"] = [it for it in changed["templating"]["list"] if it["name"] != _CHOICE]
    kinds = sorted({panel["type"] for panel in changed["panels"]} - {"row"})
    return {"__inputs": [_input()], "__elements": {}, "__requires": _requires(kinds), "id": None, **changed}


def _input() -> Json:
    return {
        "name": INPUT,
        "label": "Prometheus",
        "description": "The Prometheus that scrapes mimecast-exporter",
        "type": "datasource",
        "pluginId": "prometheus",
        "pluginName": "Prometheus",
    }


def _requires(kinds: list[str]) -> list[Json]:
    return [
        {"type": "grafana", "id": "grafana", "name": "Grafana", "version": _GRAFANA},
        {"type": "datasource", "id": "prometheus", "name": "Prometheus", "version": "1.0.0"},
        *({"type": "panel", "id": kind, "name": _PANELS[kind], "version": ""} for kind in kinds),
    ]


def main() -> int:
    """Write the dashboards into a directory; return the status."""
    parser = argparse.ArgumentParser(description="Write the dashboards as grafana.com takes them.")
    parser.add_argument("directory", type=Path, metavar="DIRECTORY", help="where to; made if it is not there")
    directory: Path = parser.parse_args().directory
    directory.mkdir(parents=True, exist_ok=True)
    for name, dashboard in DASHBOARDS.items():
        text = json.dumps(listed(dashboard.json()), indent=2, ensure_ascii=False) + "\n"
        (directory / name).write_text(text, encoding="utf-8")
        print(directory / name)  # noqa: T201 - its output
    return 0


if __name__ == "__main__":
    sys.exit(main())
