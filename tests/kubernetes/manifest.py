"""The objects that kustomize and Helm make, by kind and name, and what Kubernetes and the operator say of them."""

import copy
import functools
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import needed
import yaml
from operator_schema import schema

ROOT = Path(__file__).parents[2]
KUBERNETES = ROOT / "deploy" / "kubernetes"
CHART = ROOT / "deploy" / "helm" / "mimecast-exporter"
# The oldest that the chart takes, and the newest that is known.
VERSIONS = ("1.25.0", "1.37.0")
OPERATOR = "monitoring.coreos.com/"

Json = dict[str, Any]
Objects = dict[tuple[str, str], Json]

# Helm runs in a process of its own, since it brings a runtime with threads and handlers of signals.
_HELM = """
import json, sys, helm_python
asked = json.load(sys.stdin)
try:
    with helm_python.Chart.load(asked["chart"]) as chart:
        chart.validate_schema(asked["values"])
        files = chart.render(asked["values"], name=asked["release"], namespace=asked["namespace"])
    json.dump({"files": files}, sys.stdout)
except helm_python.HelmError as error:
    json.dump({"error": str(error)}, sys.stdout)
"""


def kustomized(folder: Path = KUBERNETES) -> Objects:
    """Return what kustomize makes of a folder."""
    return objects(_kustomized(folder))


@functools.cache
def _kustomized(folder: Path) -> str:
    command = [needed.program("kubectl"), "kustomize", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (0, "") == (done.returncode, done.stderr)
    return done.stdout


def charted(values: Json | None = None, release: str = "mimecast-exporter", namespace: str = "mimecast") -> Objects:
    """Return what Helm makes of the chart."""
    answer = helm(values or {}, release, namespace)
    assert "error" not in answer, answer["error"]
    return objects("\n---\n".join(text for name, text in answer["files"].items() if name.endswith(".yaml")))


def helm(values: Json, release: str = "mimecast-exporter", namespace: str = "mimecast") -> Json:
    """Return Helm's ``files`` of the chart, or its ``error``."""
    asked = {"chart": str(CHART), "values": values, "release": release, "namespace": namespace}
    answer: Json = json.loads(_helm(json.dumps(asked)))
    return answer


@functools.cache
def _helm(asked: str) -> str:
    needed.module("helm_python")
    return subprocess.run(
        [sys.executable, "-I", "-c", _HELM], input=asked, capture_output=True, text=True, check=True
    ).stdout


def objects(text: str) -> Objects:
    """Return the objects of several documents; none may be there twice."""
    found = copy.deepcopy(_documents(text))
    named = {(document["kind"], document["metadata"]["name"]): document for document in found}
    assert len(found) == len(named)
    return named


@functools.cache
def _documents(text: str) -> list[Json]:
    return [document for document in yaml.load_all(text, yaml.CSafeLoader) if document]


def one(made: Objects, kind: str) -> Json:
    """Return the only object of a kind."""
    (found,) = [document for (its, _), document in made.items() if its == kind]
    return found


def check(document: Json) -> None:
    """Fail unless an object is as its API has it, with no field that the API does not know."""
    if document["apiVersion"].startswith(OPERATOR):
        jsonschema.validate(document, schema(document["apiVersion"].removeprefix(OPERATOR), document["kind"]))
        return
    validate = needed.module("kubernetes_validate").validate
    for version in VERSIONS:
        validate(document, version, strict=True)
