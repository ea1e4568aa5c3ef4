"""The blocks of the READMEs for a cluster, which are run as far as there can be one without a cluster."""

import re
import subprocess
from pathlib import Path

import needed
import yaml
from blocks import BLOCKS, ROOT, Block, Way, run_by
from kubelet import container, pod
from manifest import CHART, Json, charted, check, kustomized, objects, one

# What makes an object prints it, what makes none is as it is, and what would apply all passes it on.
KUBECTL = """
kubectl() {
    case "$1" in
        apply) cat ;;
        kustomize) "$KUBECTL" "$@" ;;
        *) "$KUBECTL" "$@" --dry-run=client --output=yaml ;;
    esac
    echo ---
}
"""


@run_by(Way.KUBECTL)
def test_kubectl_makes_it(block: Block, tmp_path: Path) -> None:
    """Each command of kubectl is one that it knows; they make all that kustomize does, and the Secret that it needs."""
    for name in ("secrets/client-id", "secrets/client-secret"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("planted", encoding="utf-8")
    for name in ("deploy", "grafana"):
        (tmp_path / name).symlink_to(ROOT / name)
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "KUBECTL": needed.program("kubectl")}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", KUBECTL + block.text],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (0, "") == (done.returncode, done.stderr)
    # The namespace is made first, since the Secret has to be in it, and then again with its labels.
    made = objects(re.sub(r"\A.*?\n---\n", "", done.stdout, count=1, flags=re.DOTALL))
    secret = one(made, "Secret")
    assert kustomized().keys() == made.keys() - {("Secret", secret["metadata"]["name"])}
    assert one(made, "Deployment")["metadata"]["namespace"] == secret["metadata"]["namespace"]
    assert pod(one(made, "Deployment"))["volumes"][1]["secret"]["secretName"] == secret["metadata"]["name"]
    configuration = (ROOT / "deploy" / "kubernetes" / "mimecast-exporter.yaml").read_text(encoding="utf-8")
    assert {*re.findall(r"_file: \S+/(\S+)", configuration)} == secret["data"].keys()


def values() -> Json:
    """Return the values that the README has."""
    (block,) = [block for block in BLOCKS if Way.HELM_VALUES in block.ways]
    read: Json = yaml.safe_load(block.text)
    return read


@run_by(Way.HELM)
def test_helm_has_its_arguments(block: Block) -> None:
    """The command names the chart, and a release and a namespace in which the objects find each other."""
    words = block.text.split()
    assert ["helm", "upgrade", "--install", "--values=values.yaml"] == [*words[:3], words[-1]]
    release, chart, namespace = words[3:-1]
    assert CHART == ROOT / chart
    made = charted(values(), release, namespace.removeprefix("--namespace="))
    for document in made.values():
        check(document)
    assert (
        "http://mimecast-exporter.mimecast.svc:10463/sd" == one(made, "ScrapeConfig")["spec"]["httpSDConfigs"][0]["url"]
    )


@run_by(Way.HELM_VALUES)
def test_values_are_values(block: Block) -> None:
    """The chart takes the values as they stand, and what they name is in its objects."""
    made = charted(yaml.safe_load(block.text))
    assert container(one(made, "Deployment"))["image"].startswith("registry.example.com/mimecast-exporter:")
    assert yaml.safe_load(block.text)["config"] == yaml.safe_load(one_configuration(made))


def one_configuration(made: dict[tuple[str, str], Json]) -> str:
    """Return the configuration of the exporter."""
    (text,) = [
        it["data"]["mimecast-exporter.yaml"] for it in made.values() if "mimecast-exporter.yaml" in it.get("data", {})
    ]
    return str(text)
