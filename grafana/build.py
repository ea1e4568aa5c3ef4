"""Builds the JSON of the dashboards from the tables beside it.

python -m grafana.build           writes them
python -m grafana.build --check   says which would change; the status is 1 if one would
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Final

from grafana.awareness import AWARENESS_TRAINING
from grafana.dashboard import Dashboard
from grafana.health import EXPORTER_HEALTH

HERE: Final = Path(__file__).parent
DASHBOARDS: Final = {"awareness-training.json": AWARENESS_TRAINING, "exporter-health.json": EXPORTER_HEALTH}


def text(dashboard: Dashboard) -> str:
    """Return the JSON of a dashboard as it stands in its file."""
    return json.dumps(dashboard.json(), indent=2, ensure_ascii=False) + "\n"


def main() -> int:
    """Write what has changed, or say what would; return the status."""
    parser = argparse.ArgumentParser(description="Build the dashboards.")
    parser.add_argument("--check", action="store_true", help="write nothing; status 1 if something would change")
    is_check = parser.parse_args().check
    built = {HERE / name: text(dashboard) for name, dashboard in DASHBOARDS.items()}
    changed = [path for path, content in built.items() if not path.exists() or path.read_bytes() != content.encode()]
    for path in changed:
        print(f"{path.name}: {'not as built' if is_check else 'written'}")  # noqa: T201 - its output
        if not is_check:
            path.write_text(built[path], encoding="utf-8")
    return int(is_check and bool(changed))


if __name__ == "__main__":
    sys.exit(main())
