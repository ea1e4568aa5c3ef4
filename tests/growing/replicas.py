"""Equal exporters, two servers that share their tenants through HAProxy, and a server far behind, all started."""

import subprocess
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from balancer import balancer, changed
from blocks import BLOCKS, ROOT, Way
from program import LOOPBACK, Program, started
from prometheus_server import EXAMPLES, SERVER, Prometheus, prometheus

AGENT = ("--enable-feature=agent", "--storage.agent.path=data")
RECEIVER = (*SERVER, "--web.enable-remote-write-receiver")
WRITE = ROOT / "deploy" / "growing" / "remote_write.yml"


@dataclass(frozen=True)
class Fleet:
    """What runs: exporters, the ports of the HAProxy of each server, the servers, and the one they write to."""

    exporters: list[Program]
    balancers: list[int]
    servers: list[Prometheus]
    far: Prometheus

    @property
    def logs(self) -> list[Path]:
        """What each HAProxy says."""
        return [server.log.with_name("haproxy.log") for server in self.servers]

    def shares(self) -> list[set[str]]:
        """Return the tenants for which each exporter that still serves has asked Mimecast."""
        return [tenants_polled(program) for program in self.exporters if not program.has_ended]


def tenants_polled(program: Program) -> set[str]:
    """Return the tenants for which an exporter has asked Mimecast, by its own count."""
    lines = program.get("/metrics/self").body.decode().splitlines()
    return {
        line.split('tenant="')[1].split('"')[0]
        for line in lines
        if line.startswith("mimecast_exporter_polls_total{") and float(line.split()[-1]) > 0
    }


def agent_by_readme(directory: Path) -> subprocess.CompletedProcess[str]:
    """Make ``prometheus.yml`` for an agent in a directory, by the README's block as it stands."""
    (block,) = [block for block in BLOCKS if Way.AGENT in block.ways]
    for name in ("prometheus", "deploy"):
        (directory / name).symlink_to(ROOT / name)
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block.text], cwd=directory, capture_output=True, text=True, check=False
    )


def server_configuration() -> str:
    """Return the configuration of a server that also writes to another one."""
    text = "".join(file.read_text(encoding="utf-8") for file in (EXAMPLES / "sharded.yml", WRITE))
    return changed(text, {"rule_files: [": f"rule_files: [{EXAMPLES}/"})


def agent_configuration(directory: Path) -> str:
    """Return the configuration of an agent."""
    assert 0 == agent_by_readme(directory).returncode
    return (directory / "prometheus.yml").read_text(encoding="utf-8")


def start(stack: ExitStack, tools: Mapping[str, str], directory: Path, interval: int) -> Fleet:
    """Start all of it with the configuration of the exporter that is in the directory; ``interval`` is in seconds."""
    exporters = [stack.enter_context(started(*LOOPBACK, directory=directory, measured=False)) for _ in range(3)]
    places = [directory / name for name in ("far", "0", "1")]
    for place in places:
        place.mkdir()
    ports = [program.port for program in exporters]
    far = stack.enter_context(prometheus(tools["prometheus"], places[0], "", RECEIVER))
    balancers = [stack.enter_context(balancer(tools["haproxy"], place, ports)) for place in places[1:]]
    texts = [server_configuration(), agent_configuration(places[2])]
    servers = []
    for number, (text, flags) in enumerate(zip(texts, (SERVER, AGENT), strict=True)):
        own = ", ".join(f'"127.0.0.1:{port}"' for port in ports[number::2])
        changes = {
            'targets: ["127.0.0.1:10463"]': f"targets: [{own}]",
            "127.0.0.1:10463": f"127.0.0.1:{balancers[number]}",
            "scrape_interval: 1m": f"scrape_interval: {interval}s",
            "scrape_timeout: 30s": f"scrape_timeout: {interval}s",
            'write"\n': 'write"\n    queue_config: {batch_send_deadline: 500ms}\n',
            "http://127.0.0.1:9090": far.url,
            '"0"': f'"{number}"',
        }
        servers.append(
            stack.enter_context(prometheus(tools["prometheus"], places[1 + number], changed(text, changes), flags))
        )
    return Fleet(exporters, balancers, servers, far)
