"""Builds what stands here but is decided elsewhere: the rules as an object of Kubernetes, and the version.

python -m deploy.build           writes it
python -m deploy.build --check   says what would change; the status is 1 if something would
"""

import re
import sys
from pathlib import Path
from textwrap import indent
from typing import Final

from exporter import __version__
from prometheus.building import build

HERE: Final = Path(__file__).parent
RULES: Final = HERE.parent / "prometheus" / "mimecast.rules.yml"
OBJECT: Final = HERE / "kubernetes" / "rules.yaml"
# Where the version stands between quotes.
_VERSIONED: Final = {
    HERE / "kubernetes" / "kustomization.yaml": re.compile(r'(?<=newTag: ")[^"]*'),
    HERE / "helm" / "mimecast-exporter" / "Chart.yaml": re.compile(r'(?<=ersion: ")\d[^"]*'),
}

_HEAD: Final = """\
# The rules for the prometheus-operator, made from prometheus/mimecast.rules.yml by `python -m deploy.build`.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: mimecast-exporter
  labels: {app.kubernetes.io/name: mimecast-exporter}
spec:
"""


def built() -> dict[Path, str]:
    """Return what each file that is built has to say."""
    versioned = {path: version.sub(__version__, _text(path)) for path, version in _VERSIONED.items()}
    return {OBJECT: prometheus_rule(_text(RULES)), **versioned}


def prometheus_rule(rules: str) -> str:
    """Return the object that holds a file of rules, without the comment at the head of the file."""
    _, start, groups = rules.partition("\ngroups:\n")
    return _HEAD + indent(start.lstrip("\n") + groups, "  ")


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def main() -> int:
    """Write what has changed, or say what would; return the status."""
    return build("Build what deploy/ has from other folders.", HERE, built())


if __name__ == "__main__":
    sys.exit(main())
