"""The files from which Grafana provisions itself, as its documentation has them."""

from typing import Any

import pytest
import yaml
from board import GRAFANA, NAMES, load

PROVISIONING = GRAFANA / "provisioning"
FILES = ["dashboards/mimecast.yaml", "datasources/prometheus.yaml"]


def document(name: str) -> dict[str, Any]:
    """Return what a file says."""
    read: dict[str, Any] = yaml.safe_load((PROVISIONING / name).read_text(encoding="utf-8"))
    return read


def test_files() -> None:
    """There is a file for dashboards and one for data sources, in the folders in which Grafana looks."""
    assert FILES == sorted(str(path.relative_to(PROVISIONING)) for path in PROVISIONING.rglob("*.*"))


@pytest.mark.parametrize("name", FILES)
def test_version(name: str) -> None:
    """A file has the one version that there is of its format."""
    assert 1 == document(name)["apiVersion"]


def test_dashboards() -> None:
    """Dashboards come from a folder of files, and cannot be changed in Grafana, where the next update would undo it."""
    (provider,) = document(FILES[0])["providers"]
    assert {"name", "folder", "type", "allowUiUpdates", "updateIntervalSeconds", "options"} == provider.keys()
    assert ("file", False) == (provider["type"], provider["allowUiUpdates"])
    assert provider["options"]["path"].startswith("/")


def test_data_source() -> None:
    """The data source is a Prometheus that is asked by POST, without a uid, and knows its scrape interval."""
    (source,) = document(FILES[1])["datasources"]
    assert {"name", "type", "access", "url", "jsonData"} == source.keys()
    assert ("prometheus", "proxy") == (source["type"], source["access"])
    assert {"httpMethod": "POST", "timeInterval": "1m"} == source["jsonData"]


@pytest.mark.parametrize("name", NAMES)
def test_dashboards_take_it(name: str) -> None:
    """A dashboard lets its reader choose among data sources of the type that is provisioned."""
    (source,) = document(FILES[1])["datasources"]
    assert source["type"] == load(name).variables["datasource"]["query"]
