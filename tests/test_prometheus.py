"""Debian's Prometheus beside the started program: it scrapes, and its queries equal the simulator's own count."""

import json
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from program import LOOPBACK, started, wait_until

from exporter.simulator import Simulator, Tenant

CONFIGURATION = """\
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
  - job_name: all
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
  - job_name: probe
    metrics_path: /probe
    static_configs: [{{targets: [acme, globex]}}]
    relabel_configs:
      - {{source_labels: [__address__], target_label: __param_target}}
      - {{source_labels: [__param_target], target_label: instance}}
      - {{target_label: __address__, replacement: "127.0.0.1:{port}"}}
"""

DISCOVERING = """\
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
  - job_name: mimecast
    metrics_path: /probe
    http_sd_configs: [{{url: "http://127.0.0.1:{port}/sd"}}]
    relabel_configs:
      - {{source_labels: [__address__], target_label: __param_target}}
      - {{source_labels: [__param_target], target_label: instance}}
      - {{target_label: __address__, replacement: "127.0.0.1:{port}"}}
"""


class Prometheus:
    """A running server; queries are instant ones."""

    def __init__(self, port: int, log: Path) -> None:
        self._url = f"http://127.0.0.1:{port}"
        self.log = log

    def ask(self, path: str, **parameters: str) -> Any:
        """Return the data of an answer of the API."""
        query = urllib.parse.urlencode(parameters)
        with urllib.request.urlopen(f"{self._url}{path}?{query}", timeout=10) as answer:  # noqa: S310 - loopback
            return json.load(answer)["data"]

    def query(self, expression: str) -> dict[tuple[str, ...], float]:
        """Return the value of each series, by the values of its labels in the order of their names."""
        return {
            tuple(text for _, text in sorted(series["metric"].items())): float(series["value"][1])
            for series in self.ask("/api/v1/query", query=expression)["result"]
        }

    def is_ready(self) -> bool:
        """Whether it serves."""
        try:
            with urllib.request.urlopen(f"{self._url}/-/ready", timeout=10):  # noqa: S310 - loopback
                return True
        except OSError:
            return False

    def warnings(self) -> list[str]:
        """Return what it has complained about."""
        lines = self.log.read_text(encoding="utf-8").splitlines()
        return [line for line in lines if "level=warn" in line or "level=error" in line]


@contextmanager
def prometheus(binary: str, directory: Path, configuration: str) -> Iterator[Prometheus]:
    """Run a server on a port of its own choice until the end of the block."""
    (directory / "prometheus.yml").write_text(configuration)
    log = directory / "prometheus.log"
    arguments = ["--config.file=prometheus.yml", "--storage.tsdb.path=data", "--web.listen-address=127.0.0.1:0"]
    with log.open("wb") as output:
        process = subprocess.Popen([binary, *arguments], cwd=directory, stdout=output, stderr=output)
    try:
        wait_until(lambda: b"Listening on" in log.read_bytes() or process.poll() is not None, "Prometheus listens")
        (line,) = [line for line in log.read_text(encoding="utf-8").splitlines() if "Listening on" in line]
        server = Prometheus(int(line.split("address=")[1].split()[0].rpartition(":")[2]), log)
        wait_until(server.is_ready, "Prometheus is ready")
        yield server
    finally:
        process.terminate()
        process.wait(30)


def expected(tenant: Tenant) -> dict[str, dict[tuple[str, ...], float]]:
    """Return what a query of each metric must give of one tenant, by the simulator's own count of its people."""
    count = tenant.expected()
    titles = count.titles.items()
    return {
        "mimecast_training_assigned": {(tenant.name, name): title.assigned for name, title in titles},
        "mimecast_training_watched": {(tenant.name, name): title.watched for name, title in titles},
        "mimecast_training_watchlist": {(tenant.name, name): title.watchlist for name, title in titles},
        "mimecast_training_overdue": {(tenant.name, name): title.overdue for name, title in titles},
        "mimecast_training_users": {(tenant.name,): count.users},
        "mimecast_training_users_outstanding": {(tenant.name,): count.users_outstanding},
        "mimecast_training_users_watchlisted": {(tenant.name,): count.users_watchlisted},
        "mimecast_training_users_needing_engagement": {(tenant.name,): count.users_needing_engagement},
        "mimecast_training_users_with_merit_badge": {(tenant.name,): count.users_with_merit_badge},
    }


@pytest.mark.parametrize("job", ["all", "probe"])
@pytest.mark.parametrize("users", [1, 250])
def test_prometheus_sees_what_the_simulator_counts(
    tool: Callable[[str], str], tmp_path: Path, job: str, users: int
) -> None:
    """Whether it scrapes all tenants or probes one by one, each series in Prometheus equals an independent count."""
    binary = tool("prometheus")
    with Simulator(strict=True) as simulator:
        simulator.clock.set(simulator.clock.now())
        tenants = [
            simulator.add_tenant("acme", users=users),
            simulator.add_tenant("globex", api=2, users=users, seed=2),
        ]
        (tmp_path / "mimecast-exporter.yaml").write_text(simulator.configuration())
        with (
            started(*LOOPBACK, directory=tmp_path) as program,
            prometheus(binary, tmp_path, CONFIGURATION.format(port=program.port)) as server,
        ):
            wait_until(lambda: len(server.query(f'mimecast_up{{job="{job}"}} == 1')) == 2, "both tenants are up")
            for tenant in tenants:
                for metric, series in expected(tenant).items():
                    selector = f'sum by (tenant, title) ({metric}{{job="{job}",tenant="{tenant.name}"}})'
                    assert (metric, series) == (metric, server.query(selector))
            assert [] == server.warnings()
        assert () == simulator.violations
        assert [1, 1] == [
            simulator.calls(tenant.name, "/api/awareness-training/user/get-training-details") for tenant in tenants
        ]


def test_prometheus_accepts_every_scrape(tool: Callable[[str], str], tmp_path: Path) -> None:
    """Prometheus has every target up, in the format that it prefers, while a tenant of the page fails."""
    binary = tool("prometheus")
    with Simulator(strict=True) as simulator:
        simulator.add_tenant("acme", users=50)
        simulator.add_tenant("globex", api=2, users=50).fail("fail_with_data")
        (tmp_path / "mimecast-exporter.yaml").write_text(simulator.configuration())
        with (
            started(*LOOPBACK, directory=tmp_path) as program,
            prometheus(binary, tmp_path, CONFIGURATION.format(port=program.port)) as server,
        ):
            wait_until(lambda: len(server.query("count_over_time(up[1m]) > 2")) == 3, "three targets scraped thrice")
            assert [1.0, 1.0, 1.0] == list(server.query("min_over_time(up[1m])").values())
            assert [1.0, 0.0] == [
                server.query(f'mimecast_up{{job="all",tenant="{name}"}}').popitem()[1] for name in ("acme", "globex")
            ]
            assert [] == server.warnings()


def test_prometheus_discovers_every_tenant_once(tool: Callable[[str], str], tmp_path: Path) -> None:
    """One job that discovers its targets by /sd has each of five tenants as one target, and each one's series once."""
    binary = tool("prometheus")
    with Simulator(strict=True) as simulator:
        names = [simulator.add_tenant(f"tenant-{number}", users=5).name for number in range(5)]
        (tmp_path / "mimecast-exporter.yaml").write_text(simulator.configuration())
        with (
            started(*LOOPBACK, directory=tmp_path) as program,
            prometheus(binary, tmp_path, DISCOVERING.format(port=program.port)) as server,
        ):
            wait_until(lambda: len(server.query("mimecast_up == 1")) == len(names), "all tenants are up")
            targets = server.ask("/api/v1/targets", state="active")["activeTargets"]
            assert names == sorted(target["labels"]["instance"] for target in targets)
            assert {(name, name): 1.0 for name in names} == server.query("count by (instance, tenant) (mimecast_up)")
            assert [] == server.warnings()
        assert [1] * 5 == [simulator.calls(name, "/api/awareness-training/user/get-training-details") for name in names]
