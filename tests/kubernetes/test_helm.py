"""The chart: Helm's own engine renders it, its values are checked, and it makes what kustomize makes."""

import json
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import needed
import pytest
import yaml
from kubelet import container, pod
from manifest import CHART, Json, Objects, charted, check, helm, kustomized, one

from exporter import __version__

VALUES: Json = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
SCHEMA: Json = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
DIGEST = "sha256:" + "0123456789abcdef" * 4
# What Helm adds to name its own, and what kustomize names by a hash.
OWN = ("app.kubernetes.io/instance", "app.kubernetes.io/version", "app.kubernetes.io/managed-by", "helm.sh/chart")


def common(made: Objects) -> dict[str, list[Any]]:
    """Return the specifications and data of all objects, without what one of the two ways alone has."""
    found: dict[str, list[Any]] = {}
    for (kind, _), document in sorted(made.items()):
        if kind != "Namespace":
            said = document.get("spec") or {name: _plain(text) for name, text in document["data"].items()}
            found.setdefault(kind, []).append(_without(said))
    return {kind: sorted(said, key=json.dumps) for kind, said in found.items()}


def _plain(text: str) -> Any:
    return yaml.load(text, yaml.CSafeLoader)


def _without(said: Any) -> Any:
    match said:
        case dict():
            kept = {name: _without(value) for name, value in said.items() if name not in (*OWN, "annotations")}
            return kept | ({"configMap": "the configuration"} if "configMap" in kept else {})
        case list():
            return [_without(item) for item in said]
        case _:
            return said


def test_both_ways_make_the_same() -> None:
    """Helm with its default values makes the objects that kustomize makes, but for labels and names of each way."""
    assert common(kustomized()) == common(charted())


def test_names_follow_the_release() -> None:
    """Two releases in one namespace share no object, and each finds its own by its labels."""
    one_of_them, other = charted(release="one"), charted(release="other")
    assert not one_of_them.keys() & other.keys()
    assert {"one", "other"} == {
        one(made, "Service")["spec"]["selector"]["app.kubernetes.io/instance"] for made in (one_of_them, other)
    }


@pytest.mark.parametrize("release", ["a" * 53, "mimecast-exporter", "x"])
def test_names_are_names(release: str) -> None:
    """Every name is one that a Service may have, however long the release's is."""
    names = {name for kind, name in charted(release=release) if kind != "ConfigMap"}
    assert all(len(name) <= 63 and not name.endswith("-") for name in names)


def test_the_version_is_that_of_the_program() -> None:
    """The chart's version and that of the program in it are the exporter's, and the image's tag follows them."""
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))
    assert (__version__, __version__) == (chart["version"], chart["appVersion"])
    image = container(one(charted(), "Deployment"))["image"]
    assert f"{VALUES['image']['repository']}:{__version__}" == image


def test_a_digest_goes_before_the_tag() -> None:
    """An image that is pinned by its digest is named by it alone."""
    image = {"repository": "here/exporter", "tag": "9", "digest": DIGEST}
    assert f"here/exporter@{DIGEST}" == container(one(charted({"image": image}), "Deployment"))["image"]


def test_a_new_configuration_is_rolled_out() -> None:
    """A configuration that is changed changes the pods' annotation, and so replaces them."""
    other = {"config": {"tenants": [{**VALUES["config"]["tenants"][0], "name": "globex"}]}}
    annotations = [
        one(made, "Deployment")["spec"]["template"]["metadata"]["annotations"] for made in (charted(), charted(other))
    ]
    assert annotations[0] != annotations[1]


@pytest.mark.parametrize(
    ("values", "gone"),
    [
        ({"scrape": {"mode": "none"}}, "ServiceMonitor"),
        ({"rules": {"enabled": False}}, "PrometheusRule"),
        ({"networkPolicy": {"enabled": False}}, "NetworkPolicy"),
    ],
)
def test_what_a_cluster_lacks_is_left_out(values: Json, gone: str) -> None:
    """Each object that needs something of the cluster can be left out, and takes no other with it."""
    assert {gone} == {kind for kind, _ in charted().keys() - charted(values).keys()}


def test_dashboards_can_be_left_out() -> None:
    """Without dashboards the configuration is the only ConfigMap."""
    one(charted({"dashboards": {"enabled": False}}), "ConfigMap")


EVERYTHING: Json = {
    "image": {"tag": "9", "digest": DIGEST},
    "imagePullSecrets": [{"name": "pull"}],
    "replicas": 2,
    "secretName": "keys",
    "extraArgs": ["--log.format=json", "--log.level=debug"],
    "podAnnotations": {"a": "b"},
    "nodeSelector": {"c": "d"},
    "tolerations": [{"key": "e", "operator": "Exists"}],
    "affinity": {"podAntiAffinity": {}},
    "networkPolicy": {"prometheusNamespace": "observed", "egress": [{"ports": [{"port": 3128}]}]},
    "scrape": {"mode": "probe", "interval": "2m", "timeout": "20s", "labels": {"f": "g"}},
    "rules": {"labels": {"h": "i"}},
    "dashboards": {"labels": {"j": "k"}},
}


def test_everything_can_be_set_at_once() -> None:
    """With every value set all objects are still as their APIs have them, and each value is in them."""
    made = charted(EVERYTHING)
    for document in made.values():
        check(document)
    deployment, policy = one(made, "Deployment"), one(made, "NetworkPolicy")["spec"]
    spec = pod(deployment)
    for name in ("imagePullSecrets", "nodeSelector", "tolerations", "affinity"):
        assert EVERYTHING[name] == spec[name]
    assert EVERYTHING["extraArgs"] == container(deployment)["args"][1:]
    assert (2, "keys") == (deployment["spec"]["replicas"], spec["volumes"][1]["secret"]["secretName"])
    assert EVERYTHING["podAnnotations"].items() <= deployment["spec"]["template"]["metadata"]["annotations"].items()
    assert EVERYTHING["networkPolicy"]["egress"] == policy["egress"][1:]
    assert "observed" in json.dumps(policy["ingress"])
    scraped = one(made, "ScrapeConfig")
    assert ("2m", "20s") == (scraped["spec"]["scrapeInterval"], scraped["spec"]["scrapeTimeout"])
    for kind, label in (("ScrapeConfig", "f"), ("ServiceMonitor", "f"), ("PrometheusRule", "h")):
        assert label in one(made, kind)["metadata"]["labels"]
    labelled = [name for (kind, name), it in made.items() if kind == "ConfigMap" and "j" in it["metadata"]["labels"]]
    assert 2 == len(labelled)


@pytest.mark.parametrize(
    ("values", "place"),
    [
        ({"replica": 2}, "replica"),
        ({"image": {"name": "x"}}, "/image"),
        ({"image": {"digest": "latest"}}, "/image/digest"),
        ({"scrape": {"mode": "all"}}, "/scrape/mode"),
        ({"scrape": {"interval": 60}}, "/scrape/interval"),
        ({"config": {"tenants": None}}, "/config"),
        ({"extraArgs": ["log.level=debug"]}, "/extraArgs/0"),
        ({"secretName": ""}, "/secretName"),
    ],
)
def test_wrong_values_are_refused(values: Json, place: str) -> None:
    """A value that is not known, or not of its kind, is refused by Helm with its place."""
    assert place in helm(values)["error"]


def _keys(values: Json, schema: Json) -> list[str]:
    """Return the names in values that are closed by the schema, and those of the schema, with what is in them."""
    names = {*values} ^ {*schema["properties"]} - {"global"}
    within = [(values[name], its) for name, its in schema["properties"].items() if "properties" in its]
    return [*names, *(name for pair in within for name in _keys(*pair))]


def test_the_schema_has_every_value() -> None:
    """The schema and the values have the same keys, on every level that is the chart's own."""
    assert [] == _keys(VALUES, SCHEMA)


def test_a_package_has_what_links_lead_to(tmp_path: Path) -> None:
    """A packaged chart has the rules and the dashboards themselves, and no link."""
    needed.module("helm_python")
    command = [
        sys.executable,
        "-Ic",
        "import sys, helm_python; helm_python.package(sys.argv[1], destination=sys.argv[2])",
    ]
    subprocess.run([*command, str(CHART), str(tmp_path)], capture_output=True, check=True)
    with tarfile.open(tmp_path / f"mimecast-exporter-{__version__}.tgz") as package:
        assert all(member.isfile() for member in package)
        for path in (CHART / "files").iterdir():
            packed = package.extractfile(f"mimecast-exporter/files/{path.name}")
            assert packed is not None
            assert path.read_bytes() == packed.read()


def test_nothing_is_copied() -> None:
    """Rules and dashboards in the chart are links to the ones of the project, which Helm puts into a package."""
    root = CHART.parents[2]
    linked = {path.name: path.resolve() for path in (CHART / "files").iterdir() if path.is_symlink()}
    assert {
        "awareness-training.json": root / "grafana" / "awareness-training.json",
        "exporter-health.json": root / "grafana" / "exporter-health.json",
        "mimecast.rules.yml": root / "prometheus" / "mimecast.rules.yml",
    } == linked
    assert len(linked) == len([*Path(CHART / "files").iterdir()])
