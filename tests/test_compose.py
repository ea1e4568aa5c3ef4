"""The file for Docker Compose: valid, locked down, and its commands and configurations run without containers."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml
from alertmanager_server import alertmanager
from blocks import ROOT, Block, Way, run_by
from program import LOOPBACK, running, started, wait_until
from prometheus_server import prometheus

COMPOSE = ROOT / "deploy/container/compose.yaml"
SERVICES = ("simulator", "exporter", "prometheus", "alertmanager", "grafana")
# What is in the containers of Prometheus and Alertmanager, by the flag that names it.
DATA = {"prometheus": "--storage.tsdb.path=", "alertmanager": "--storage.path="}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The file as it stands."""
    read: dict[str, Any] = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    return read


def mounts(service: dict[str, Any]) -> dict[str, tuple[str, bool]]:
    """Return by the place in a container what is mounted there, and whether it can only be read."""
    parts = [volume.split(":") for volume in service.get("volumes", [])]
    return {place: (source, options == ["ro"]) for source, place, *options in parts}


def bound(service: dict[str, Any]) -> dict[str, Path]:
    """Return by the place in a container the files of the project that are mounted there."""
    return {
        place: (COMPOSE.parent / source).resolve() for place, (source, _) in mounts(service).items() if "/" in source
    }


def compose(tool: Callable[[str], str]) -> str:
    """Return Docker Compose, which comes as a package for Python too."""
    beside = Path(sys.executable).with_name("docker-compose")
    return str(beside) if beside.exists() else tool("docker-compose")


@run_by(Way.COMPOSE)
def test_compose_understands_it(block: Block, tool: Callable[[str], str]) -> None:
    """Docker Compose itself takes the file that the document's command names, and finds all five services in it."""
    words = block.text.split()
    assert (["docker", "compose"], ["up", "--build"]) == (words[:2], words[3:])
    command = [compose(tool), words[2], "config", "--format=json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env={"PATH": os.defpath})
    assert (0, "") == (done.returncode, done.stderr)
    assert {*SERVICES} == json.loads(done.stdout)["services"].keys()


def test_services(document: dict[str, Any]) -> None:
    """There are the simulator, the exporter, Prometheus, Alertmanager and Grafana."""
    assert [*SERVICES] == [*document["services"]]


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_locked(document: dict[str, Any], name: str) -> None:
    """A service has no rights and gets none, writes only where it must, and can take only so much of the host."""
    service = document["services"][name]
    assert (["ALL"], ["no-new-privileges:true"], True) == (
        service["cap_drop"],
        service["security_opt"],
        service["read_only"],
    )
    assert {"mem_limit", "pids_limit"} <= service.keys()
    assert not {"privileged", "cap_add", "user", "pid", "devices", "userns_mode"} & service.keys()


@pytest.mark.parametrize("name", SERVICES)
def test_every_port_is_for_this_host(document: dict[str, Any], name: str) -> None:
    """A port is published on loopback alone."""
    assert [] == [port for port in document["services"][name].get("ports", []) if not port.startswith("127.0.0.1:")]


@pytest.mark.parametrize("name", SERVICES)
def test_files_of_the_project_are_there_and_only_read(document: dict[str, Any], name: str) -> None:
    """What a service gets of the project is a file that there is, and that it cannot write."""
    service = document["services"][name]
    assert [] == [file for file in bound(service).values() if not file.is_file()]
    assert {True} >= {readonly for source, readonly in mounts(service).values() if "/" in source}
    named = {source for source, _ in mounts(service).values() if "/" not in source}
    assert named <= document["volumes"].keys()


@pytest.mark.parametrize("name", ["prometheus", "alertmanager", "grafana"])
def test_images_of_others_can_be_chosen(document: dict[str, Any], name: str) -> None:
    """An image of others has a version, and another one, or the same by its digest, can be given by a variable."""
    image = document["services"][name]["image"]
    assert image.startswith(f"${{{name.upper()}_IMAGE:-")
    assert not image.endswith((":latest}", ":main}"))


def test_only_the_exporter_reads_the_configuration(document: dict[str, Any]) -> None:
    """The simulated keys are in memory, written by the simulator, and read by the exporter alone."""
    found = {
        name: readonly
        for name, service in document["services"].items()
        for source, readonly in mounts(service).values()
        if source == "demo"
    }
    assert {"simulator": False, "exporter": True} == found
    options = document["volumes"]["demo"]["driver_opts"]
    user = (ROOT / "deploy/container/Dockerfile").read_text(encoding="utf-8").split("\nUSER ")[1].split(":")[0]
    assert ("tmpfs", f"uid={user},gid={user},mode=0700") == (options["type"], options["o"])


def test_grafana_finds_everything(document: dict[str, Any]) -> None:
    """Grafana gets the project's provisioning, with another address and interval, and finds all that it names."""
    service = document["services"]["grafana"]
    files = bound(service)
    own = yaml.safe_load((ROOT / "grafana/provisioning/datasources/prometheus.yaml").read_text(encoding="utf-8"))
    theirs = yaml.safe_load(files["/etc/grafana/provisioning/datasources/prometheus.yaml"].read_text(encoding="utf-8"))
    scrapes = configuration(document)["global"]["scrape_interval"]
    own["datasources"][0] |= {"url": "http://prometheus:9090"}
    own["datasources"][0]["jsonData"] |= {"timeInterval": scrapes}
    assert own == theirs
    provider = files["/etc/grafana/provisioning/dashboards/mimecast.yaml"]
    assert ROOT / "grafana/provisioning/dashboards/mimecast.yaml" == provider
    folder = yaml.safe_load(provider.read_text(encoding="utf-8"))["providers"][0]["options"]["path"]
    boards = {place: file for place, file in files.items() if place.startswith(f"{folder}/")}
    assert {ROOT / "grafana/awareness-training.json", ROOT / "grafana/exporter-health.json"} == {*boards.values()}
    assert service["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"] in boards


def configuration(document: dict[str, Any]) -> dict[str, Any]:
    """Return that of Prometheus."""
    files = bound(document["services"]["prometheus"])
    read: dict[str, Any] = yaml.safe_load(files["/etc/prometheus/prometheus.yml"].read_text(encoding="utf-8"))
    return read


@pytest.mark.parametrize(
    ("name", "command"), [("prometheus", "promtool check config"), ("alertmanager", "amtool check-config")]
)
def test_their_own_tools_accept_the_files(
    document: dict[str, Any], tool: Callable[[str], str], tmp_path: Path, name: str, command: str
) -> None:
    """The files of Prometheus and Alertmanager are good where the containers have them, by their own tools."""
    folder, file = as_in_container(document["services"][name], tmp_path)
    program, *words = command.split()
    done = subprocess.run([tool(program), *words, file.name], cwd=folder, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stderr


def as_in_container(service: dict[str, Any], directory: Path) -> tuple[Path, Path]:
    """Lay a service's files in a directory as they are in its container; return its folder and its configuration."""
    for place, file in bound(service).items():
        copy = directory / place.lstrip("/")
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, copy)
    (flag,) = [word for word in service["command"] if word.startswith("--config.file=")]
    file = directory / flag.partition("=")[2].lstrip("/")
    return file.parent, file


@pytest.fixture
def simulated(document: dict[str, Any], tmp_path: Path) -> Iterator[Path]:
    """The simulator of the file while it runs, and the directory that is its volume."""
    service = document["services"]["simulator"]
    (tmp_path / "demo").mkdir(mode=0o700)
    shell, flag, script, name = (word.replace("$$", "$") for word in service["entrypoint"])
    script = script.replace("/run/demo", str(tmp_path / "demo"))
    arguments = [word.replace("--port=8080", "--port=0") for word in service["command"]]
    assert arguments != service["command"]
    environment = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    with running([shell, flag, script, name, *arguments], tmp_path, environment) as program:
        yield tmp_path / "demo"
        assert 0 == program.end()


def test_all_of_it_works(document: dict[str, Any], simulated: Path, tool: Callable[[str], str], tmp_path: Path) -> None:
    """With the file's own commands and configurations all accounts are up in Prometheus, and alerts find their way."""
    services = document["services"]
    check, *words = services["simulator"]["healthcheck"]["test"]
    words = [word.replace("/run/demo", str(simulated)) for word in words]
    assert "CMD" == check
    wait_until(lambda: subprocess.run(words, check=False, capture_output=True).returncode == 0, "a configuration")
    (file,) = simulated.iterdir()
    assert 0o600 == file.stat().st_mode & 0o777
    flags = [word.replace("/run/demo", str(simulated)) for word in services["exporter"]["command"]]
    with ExitStack() as stack:
        program = stack.enter_context(started(*flags, *LOOPBACK, directory=tmp_path))
        told, _ = as_in_container(services["alertmanager"], tmp_path)
        port = stack.enter_context(
            alertmanager(tool("prometheus-alertmanager"), tmp_path, (told / "alertmanager.yml").read_text())
        )
        folder, found = as_in_container(services["prometheus"], tmp_path)
        text = found.read_text(encoding="utf-8")
        for there, here in (("exporter:10463", program.port), ("alertmanager:9093", port)):
            assert f'["{there}"]' in text
            text = text.replace(there, f"127.0.0.1:{here}")
        server = stack.enter_context(
            prometheus(tool("prometheus"), folder, text.replace("interval: 15s", "interval: 1s").replace("10s", "1s"))
        )
        wait_until(lambda: len(server.query("mimecast_up == 1")) == 3, "all accounts are up")
        groups = server.ask("/api/v1/rules")["groups"]
        assert ["mimecast.rules.yml"] == sorted({group["file"] for group in groups})
        wait_until(lambda: bool(server.ask("/api/v1/alertmanagers")["activeAlertmanagers"]), "Alertmanager")
        assert [] == server.warnings()


@pytest.mark.parametrize("name", DATA)
def test_data_is_kept_in_volumes(document: dict[str, Any], name: str) -> None:
    """What Prometheus and Alertmanager write goes into a volume of their own."""
    service = document["services"][name]
    (place,) = [word.removeprefix(DATA[name]) for word in service["command"] if word.startswith(DATA[name])]
    assert (name, False) == mounts(service)[place]


def test_alertmanager_remembers_what_it_told(document: dict[str, Any]) -> None:
    """Alertmanager keeps what it has told for longer than until it tells it again."""
    service = document["services"]["alertmanager"]
    (flag,) = [word for word in service["command"] if word.startswith("--data.retention=")]
    text = bound(service)["/etc/alertmanager/alertmanager.yml"].read_text(encoding="utf-8")
    hours = {"1d": 24, "1w": 168}
    repeated = [line.split()[1] for line in text.splitlines() if "repeat_interval" in line]
    assert int(flag.partition("=")[2].removesuffix("h")) > max(hours[each] for each in repeated)
