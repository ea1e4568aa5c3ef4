"""Builds the JSON of the dashboards from the tables beside it.

python -m grafana.build           writes them
python -m grafana.build --check   says which would change; the status is 1 if one would
"""

import json
import sys
from pathlib import Path
from typing import Final

from grafana.awareness import AWARENESS_TRAINING
from grafana.dashboard import Dashboard
from grafana.health import EXPORTER_HEALTH
from prometheus.building import build

HERE: Final = Path(__file__).parent
DASHBOARDS: Final = {"awareness-training.json": AWARENESS_TRAINING, "exporter-health.json": EXPORTER_HEALTH}


def text(dashboard: Dashboard) -> str:
    """Return the JSON of a dashboard as it stands in its file."""
    return json.dumps(dashboard.json(), indent=2, ensure_ascii=False) + "\n"


def main() -> int:
    """Write what has changed, or say what would; return the status."""
    return build("Build the dashboards.", HERE, {HERE / name: text(each) for name, each in DASHBOARDS.items()})


if __name__ == "__main__":
    sys.exit(main())
