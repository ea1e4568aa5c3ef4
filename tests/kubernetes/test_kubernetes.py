"""What kustomize makes of deploy/kubernetes: objects that the API knows, restricted, and true to their originals."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from kubelet import container, lay, pod, running
from manifest import KUBERNETES, ROOT, Json, Objects, charted, check, kustomized, one
from program import LOOPBACK

from exporter.commands.assembly import CATALOGUE
from exporter.config.context import Context
from exporter.config.parse import parse
from exporter.model import Secret
from exporter.simulator import Simulator, Tenant

CONFIGURATION = (KUBERNETES / "mimecast-exporter.yaml").read_text(encoding="utf-8")
WAYS: dict[str, Callable[[], Objects]] = {
    "kustomize": kustomized,
    "helm": charted,
    "helm, a scrape for each tenant": lambda: charted({"scrape": {"mode": "probe"}}),
}


@pytest.fixture
def changed(tmp_path: Path) -> Callable[..., Objects]:
    """Make the objects of a copy in which a text of a file is another one."""

    def change(name: str, *changes: tuple[str, str]) -> Objects:
        shutil.copytree(ROOT / "grafana", tmp_path / "grafana")
        folder = shutil.copytree(KUBERNETES, tmp_path / "deploy" / "kubernetes")
        text = (folder / name).read_text(encoding="utf-8")
        for before, after in changes:
            assert before in text
            text = text.replace(before, after)
        (folder / name).write_text(text, encoding="utf-8")
        return kustomized(folder)

    return change


@pytest.fixture
def probing(changed: Callable[..., Objects]) -> Objects:
    """The objects with a scrape for each tenant, in another namespace."""
    return changed("kustomization.yaml", ("#components", "components"), ("namespace: mimecast", "namespace: elsewhere"))


def test_it_is_built(update: bool) -> None:  # noqa: FBT001 - a fixture
    """The rules' object is what the rules are, and the version that of the program, byte for byte."""
    command = [sys.executable, "-m", "deploy.build", *([] if update else ["--check"])]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (0, "") == (built.returncode, built.stderr), built.stdout


@pytest.mark.parametrize("way", WAYS)
def test_the_api_knows_each_object(way: str) -> None:
    """Each object is as the schemas of the oldest and newest Kubernetes and of the prometheus-operator have it."""
    for document in WAYS[way]().values():
        check(document)


def test_the_api_knows_the_probe(probing: Objects) -> None:
    """The objects of one scrape for each tenant are as their schemas have them."""
    for document in probing.values():
        check(document)


@pytest.mark.parametrize(("kind", "place"), [("Deployment", "strategi"), ("ServiceMonitor", "endpoint")])
def test_a_wrong_field_is_noticed(kind: str, place: str) -> None:
    """A field that an API does not know is found by the check."""
    document = one(kustomized(), kind)
    document["spec"][place] = {}
    with pytest.raises(Exception, match=place):
        check(document)


@pytest.mark.parametrize("way", WAYS)
def test_the_pod_is_restricted(way: str) -> None:
    """The pod keeps the restricted standard of pod security, reads its root alone, and has no token of the cluster."""
    deployment = one(WAYS[way](), "Deployment")
    spec, its = pod(deployment), container(deployment)["securityContext"]
    assert not {"hostNetwork", "hostPID", "hostIPC", "initContainers", "ephemeralContainers"} & spec.keys()
    assert spec["securityContext"]["runAsNonRoot"]
    assert 0 < spec["securityContext"]["runAsUser"]
    assert {"type": "RuntimeDefault"} == spec["securityContext"]["seccompProfile"]
    assert {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    } == its
    assert {"configMap", "secret"} == {kind for volume in spec["volumes"] for kind in volume if kind != "name"}
    assert (False, False) == (spec["automountServiceAccountToken"], spec["enableServiceLinks"])
    assert all(mount["readOnly"] for mount in container(deployment)["volumeMounts"])


def test_the_namespace_is_restricted() -> None:
    """The cluster itself holds the namespace to the restricted standard."""
    labels = one(kustomized(), "Namespace")["metadata"]["labels"]
    assert {"pod-security.kubernetes.io/enforce": "restricted"} == labels


@pytest.mark.parametrize("way", WAYS)
def test_the_image_is_as_the_pod_expects(way: str) -> None:
    """The image runs as the pod's user, starts the program that its arguments are for, and has no port but its own."""
    lines = (ROOT / "deploy" / "container" / "Dockerfile").read_text(encoding="utf-8").splitlines()
    context = pod(one(WAYS[way](), "Deployment"))["securityContext"]
    assert f"USER {context['runAsUser']}:{context['runAsGroup']}" in lines
    assert 'ENTRYPOINT ["mimecast-exporter"]' in lines
    assert ["EXPOSE 10463"] == [line for line in lines if line.startswith("EXPOSE")]


@pytest.mark.parametrize("way", WAYS)
def test_they_find_each_other(way: str) -> None:
    """The Service and the policy select the pod, the monitor the Service, and all mean the exporter's port."""
    made = WAYS[way]()
    template = one(made, "Deployment")["spec"]["template"]["metadata"]["labels"]
    service, monitor, policy = (one(made, kind) for kind in ("Service", "ServiceMonitor", "NetworkPolicy"))
    for selector in (
        one(made, "Deployment")["spec"]["selector"]["matchLabels"],
        service["spec"]["selector"],
        policy["spec"]["podSelector"]["matchLabels"],
    ):
        assert selector.items() <= template.items()
    assert monitor["spec"]["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    (port,) = container(one(made, "Deployment"))["ports"]
    assert {"name": "http", "containerPort": 10463} == port
    assert [{"name": "http", "port": 10463, "targetPort": "http"}] == service["spec"]["ports"]
    assert ["http"] == [endpoint["port"] for endpoint in monitor["spec"]["endpoints"]]
    assert [{"port": "http"}] == policy["spec"]["ingress"][0]["ports"]


def test_the_configuration_is_good() -> None:
    """The configuration can be used as it stands, without a warning, and its keys are where the Secret is."""
    context = Context(CATALOGUE.collectors, CATALOGUE.default_collectors, lambda _: Secret("cGxhbnRlZA=="))
    assert () == parse(CONFIGURATION, context).warnings
    mounts = {mount["name"]: mount["mountPath"] for mount in container(one(kustomized(), "Deployment"))["volumeMounts"]}
    assert {mounts["credentials"]} == {str(Path(path).parent) for path in re.findall(r"_file: (\S+)", CONFIGURATION)}


def test_a_new_configuration_is_rolled_out(changed: Callable[..., Objects]) -> None:
    """A configuration that is changed has another name, and so the pods are replaced as for a new version."""
    before, after = kustomized(), changed("mimecast-exporter.yaml", ("name: acme", "name: globex"))
    names = [pod(one(made, "Deployment"))["volumes"][0]["configMap"]["name"] for made in (before, after)]
    assert names[0] != names[1]
    for made, name, tenant in zip((before, after), names, ("acme", "globex"), strict=True):
        assert f"name: {tenant}\n" in made["ConfigMap", name]["data"]["mimecast-exporter.yaml"]


def test_the_namespace_is_one(probing: Objects) -> None:
    """A namespace that is changed is changed in every object, and in the addresses too."""
    assert {"elsewhere"} == {
        document["metadata"].get("namespace", document["metadata"]["name"]) for document in probing.values()
    }
    assert not re.search(r"\bmimecast\.svc\b", yaml.safe_dump([*probing.values()]))


def test_rules_are_the_rules() -> None:
    """The object for the operator has the rules that Prometheus would load from their file."""
    rules = yaml.load((ROOT / "prometheus" / "mimecast.rules.yml").read_text(encoding="utf-8"), yaml.CSafeLoader)
    for made in (kustomized(), charted()):
        assert rules == one(made, "PrometheusRule")["spec"]


def test_dashboards_are_the_dashboards() -> None:
    """The ConfigMaps have the dashboards byte for byte, and the label that Grafana's sidecar looks for."""
    for made in (kustomized(), charted()):
        maps = [it for it in made.values() if it["metadata"].get("labels", {}).get("grafana_dashboard") == "1"]
        found = {name: text for it in maps for name, text in it["data"].items()}
        assert ["awareness-training.json", "exporter-health.json"] == sorted(found)
        for name, text in found.items():
            assert text == (ROOT / "grafana" / name).read_text(encoding="utf-8")


def test_the_probe_is_that_of_prometheus(probing: Objects) -> None:
    """The operator gets the jobs of probe.yml, which a real Prometheus has tried, with the Service for the address."""
    jobs = yaml.safe_load((ROOT / "prometheus" / "probe.yml").read_text(encoding="utf-8"))["scrape_configs"]
    text = yaml.safe_dump(jobs[0]).replace("127.0.0.1:10463", "mimecast-exporter.elsewhere.svc:10463")
    asked = one(probing, "ScrapeConfig")["spec"]
    assert ("1m", "30s") == (asked.pop("scrapeInterval"), asked.pop("scrapeTimeout"))
    assert yaml.safe_load(text) == as_prometheus_has_it(asked)
    assert [jobs[1]["metrics_path"]] == [it["path"] for it in one(probing, "ServiceMonitor")["spec"]["endpoints"]]


def as_prometheus_has_it(asked: Json) -> Json:
    names = {"httpSDConfigs": "http_sd_configs", "relabelings": "relabel_configs"}
    plain = {names.get(name, _snake(name)): value for name, value in asked.items()}
    plain["relabel_configs"] = [{_snake(key): text for key, text in it.items()} for it in plain["relabel_configs"]]
    return plain


def _snake(name: str) -> str:
    return re.sub(r"(?=[A-Z])", "_", name).lower()


@pytest.mark.parametrize("way", ["kustomize", "helm"])
def test_the_container_serves(way: str, tmp_path: Path) -> None:
    """What the pod starts, on volumes as a kubelet lays them, answers its probes and takes a new Secret (row 82)."""
    made = WAYS[way]()
    deployment = one(made, "Deployment")
    configuration, secrets = (f"{tmp_path}{it['mountPath']}" for it in container(deployment)["volumeMounts"])
    name = pod(deployment)["volumes"][0]["configMap"]["name"]
    with Simulator(strict=True) as simulator:
        tenant = simulator.add_tenant("acme", api=2, users=5)
        text = made["ConfigMap", name]["data"]["mimecast-exporter.yaml"].replace("/run/secrets/mimecast", secrets)
        text = text.replace("region: global", f"base_url: {simulator.base_url}")
        lay(Path(configuration), {"mimecast-exporter.yaml": f"{text}\ndefaults: {{refresh_interval: 0s}}\n"})
        lay(Path(secrets), keys(tenant), mode=0o440)
        with running(deployment, tmp_path, *LOOPBACK) as program:
            for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
                assert 200 == program.get(container(deployment)[probe]["httpGet"]["path"]).status
            assert b'\nmimecast_up{tenant="acme"} 1.0\n' in program.get("/metrics").body
            tenant.credentials |= {"client_secret": "another-secret-of-this-tenant"}
            tenant.revoke_tokens()
            lay(Path(secrets), keys(tenant), mode=0o440)
            assert b'\nmimecast_up{tenant="acme"} 1.0\n' in program.get("/metrics").body
            assert 0 == program.end()
        assert () == simulator.violations
        assert [] == [line for line in program.err if "can be read by others" in line]


def keys(tenant: Tenant) -> dict[str, str]:
    """Return the keys of a tenant as the Secret has them."""
    return {name.replace("_", "-"): text for name, text in tenant.credentials.items()}
