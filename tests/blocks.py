"""The blocks in the documents for users, each found by its text, and the way in which each is run.

A block that is new, or has changed beyond what it was found by, needs a line in ``WAYS``.
"""

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = (
    "README.md",
    "prometheus/README.md",
    "grafana/README.md",
    "deploy/README.md",
    "deploy/container/README.md",
    "deploy/systemd/README.md",
    "deploy/kubernetes/README.md",
    "deploy/helm/README.md",
)
BLOCK = re.compile(
    r"^(?P<indent>[ \t]*)```(?P<language>\w*)\n(?P<text>.*?)^(?P=indent)```[ \t]*$", re.MULTILINE | re.DOTALL
)


class Way(Enum):
    """How a block is run."""

    CI = auto()
    SERVE = auto()
    END = auto()
    SIMULATE = auto()
    BUILD = auto()
    CONFIGURATION = auto()
    PROMETHEUS = auto()
    RULES = auto()
    COMPOSE = auto()
    IMAGE = auto()
    INSTALL = auto()
    KUBECTL = auto()
    HELM = auto()
    HELM_VALUES = auto()
    AGENT = auto()


# By the document, the language, and words that are in no other block.
WAYS = {
    ("README.md", "sh", "pip install . && .venv/bin/mimecast-exporter demo"): Way.CI,
    ("README.md", "sh", "pip install -e '.[test]' && .venv/bin/pytest"): Way.CI,
    ("README.md", "sh", "mimecast-exporter --config.file=mimecast-exporter.yaml --web.listen-address="): Way.SERVE,
    ("README.md", "sh", "MIMECAST_REGION=global MIMECAST_CLIENT_ID_FILE="): Way.SERVE,
    ("README.md", "sh", "mimecast-exporter simulate"): Way.SIMULATE,
    ("README.md", "sh", "mimecast-exporter check --offline"): Way.END,
    ("README.md", "yaml", "credentials:"): Way.CONFIGURATION,
    ("README.md", "yaml", "scrape_timeout: 30s"): Way.PROMETHEUS,
    ("prometheus/README.md", "yaml", "rule_files:"): Way.RULES,
    ("prometheus/README.md", "sh", "python -m prometheus.build"): Way.BUILD,
    ("grafana/README.md", "sh", "python -m grafana.build"): Way.BUILD,
    ("deploy/README.md", "sh", "deploy/growing/remote_write.yml"): Way.AGENT,
    ("deploy/container/README.md", "sh", "docker compose"): Way.COMPOSE,
    ("deploy/container/README.md", "sh", "docker build"): Way.IMAGE,
    ("deploy/systemd/README.md", "sh", "systemctl enable"): Way.INSTALL,
    ("deploy/kubernetes/README.md", "sh", "kubectl kustomize"): Way.KUBECTL,
    ("deploy/helm/README.md", "sh", "helm upgrade --install"): Way.HELM,
    ("deploy/helm/README.md", "yaml", "networkPolicy:"): Way.HELM_VALUES,
}


@dataclass(frozen=True)
class Block:
    """One block, as its reader copies it."""

    document: str
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.document}: {self.text.splitlines()[0]}"

    @property
    def ways(self) -> list[Way]:
        """The ways in which it is run, one if all is well."""
        place = (self.document, self.language)
        return [way for (*its, words), way in WAYS.items() if (*its,) == place and words in self.text]


def blocks_of(document: str, text: str) -> Iterator[Block]:
    """Yield the blocks of a document, also those inside a list."""
    for match in BLOCK.finditer(text):
        yield Block(document, match["language"], textwrap.dedent(match["text"]))


def text_of(document: str) -> str:
    """Return a document of the project, nothing if there is none."""
    file = ROOT / document
    return file.read_text(encoding="utf-8") if file.exists() else ""


BLOCKS = [block for document in DOCUMENTS for block in blocks_of(document, text_of(document))]


def run_by(way: Way) -> pytest.MarkDecorator:
    """Have a test run each block of a way."""
    return pytest.mark.parametrize("block", [block for block in BLOCKS if way in block.ways], ids=str)
