"""The dashboards in the form that grafana.com takes."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
NAMES = ("awareness-training", "exporter-health")

Json = dict[str, Any]

every_board = pytest.mark.parametrize("name", NAMES)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with what the command writes."""
    directory = tmp_path_factory.mktemp("listing") / "new"
    done = subprocess.run(
        [sys.executable, "-m", "deploy.listing", str(directory)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert [str(directory / f"{name}.json") for name in NAMES] == done.stdout.splitlines()
    return directory


def load(path: Path) -> Json:
    read: Json = json.loads(path.read_text(encoding="utf-8"))
    return read


@every_board
def test_an_import_asks_for_the_source(written: Path, name: str) -> None:
    """There is one input, a Prometheus, it is used, and nothing else is left open."""
    listed = load(written / f"{name}.json")
    (asked,) = listed["__inputs"]
    assert ("DS_PROMETHEUS", "datasource", "prometheus") == (asked["name"], asked["type"], asked["pluginId"])
    text = json.dumps(listed)
    assert {"${DS_PROMETHEUS}"} == set(re.findall(r'"uid": "([^"]*)"', json.dumps(listed["panels"])))
    assert not re.search(r"\$\{?datasource\b", text)


@every_board
def test_an_import_gives_the_same_dashboard(written: Path, name: str) -> None:
    """With the input filled in it is the dashboard of the project, its choice of a source taken away."""
    text = (written / f"{name}.json").read_text(encoding="utf-8").replace("${DS_PROMETHEUS}", "chosen")
    listed = json.loads(text)
    ours = (ROOT / "grafana" / f"{name}.json").read_text(encoding="utf-8")
    original: Json = json.loads(ours.replace("${datasource:queryparam}&", "").replace("${datasource}", "chosen"))
    assert "datasource" == original["templating"]["list"].pop(0)["name"]
    added = {"__inputs", "__requires", "__elements", "id"}
    assert original == {key: value for key, value in listed.items() if key not in added}
    assert None is listed["id"]


@every_board
def test_its_parts_are_listed(written: Path, name: str) -> None:
    """It names each kind of panel that it has, once, and the Grafana and the source that it needs."""
    listed = load(written / f"{name}.json")
    kinds = {panel["type"] for panel in listed["panels"]} - {"row"}
    needs = [(part["type"], part["id"]) for part in listed["__requires"]]
    assert [("grafana", "grafana"), ("datasource", "prometheus"), *(("panel", kind) for kind in sorted(kinds))] == needs
    assert all(part["name"] and "version" in part for part in listed["__requires"])


def test_links_lead_to_each_other(written: Path) -> None:
    """Both keep their uids, so that links between them still lead there."""
    boards = [load(written / f"{name}.json") for name in NAMES]
    uids = {board["uid"] for board in boards}
    assert {"mimecast-awareness", "mimecast-exporter"} == uids
    assert uids == {uid for board in boards for uid in re.findall(r"/d/([\w-]+)", json.dumps(board))}
