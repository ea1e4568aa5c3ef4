"""Debian's Prometheus beside the started program: it scrapes, and its queries equal the simulator's own count."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from program import LOOPBACK, started, wait_until
from prometheus_server import EXAMPLES, example, prometheus

from exporter.simulator import Simulator, Tenant


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


@pytest.mark.parametrize("name", ["prometheus.yml", "probe.yml", "sharded.yml"])
def test_an_example_is_good(tool: Callable[[str], str], name: str) -> None:
    """Prometheus's own tool accepts an example of its configuration as it stands."""
    checked = subprocess.run([tool("promtool"), "check", "config", name], cwd=EXAMPLES, check=False)
    assert 0 == checked.returncode


@pytest.mark.parametrize("name", ["prometheus.yml", "probe.yml"])
@pytest.mark.parametrize("users", [1, 250])
def test_prometheus_sees_what_the_simulator_counts(
    tool: Callable[[str], str], tmp_path: Path, name: str, users: int
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
            prometheus(binary, tmp_path, example(name, program.port)) as server,
        ):
            wait_until(lambda: len(server.query("mimecast_up == 1")) == 2, "both tenants are up")
            for tenant in tenants:
                for metric, series in expected(tenant).items():
                    selector = f'sum by (tenant, title) ({metric}{{tenant="{tenant.name}"}})'
                    assert (metric, series) == (metric, server.query(selector))
            assert [] == server.warnings()
        assert () == simulator.violations
        assert [1, 1] == [
            simulator.calls(tenant.name, "/api/awareness-training/user/get-training-details") for tenant in tenants
        ]


@pytest.mark.parametrize(("name", "targets"), [("prometheus.yml", 1), ("probe.yml", 3)])
def test_prometheus_accepts_every_scrape(tool: Callable[[str], str], tmp_path: Path, name: str, targets: int) -> None:
    """Prometheus has every target up, in the format that it prefers, while a tenant of the page fails."""
    binary = tool("prometheus")
    with Simulator(strict=True) as simulator:
        simulator.add_tenant("acme", users=50)
        simulator.add_tenant("globex", api=2, users=50).fail("fail_with_data")
        (tmp_path / "mimecast-exporter.yaml").write_text(simulator.configuration())
        with (
            started(*LOOPBACK, directory=tmp_path) as program,
            prometheus(binary, tmp_path, example(name, program.port)) as server,
        ):
            wait_until(lambda: len(server.query("count_over_time(up[1m]) > 2")) == targets, "all are scraped thrice")
            assert [1.0] * targets == list(server.query("min_over_time(up[1m])").values())
            assert {("acme",): 1.0, ("globex",): 0.0} == server.query("sum by (tenant) (mimecast_up)")
            assert [] == server.warnings()


def test_prometheus_discovers_every_tenant_once(tool: Callable[[str], str], tmp_path: Path) -> None:
    """One job that discovers its targets by /sd has each of five tenants as one target, and each one's series once."""
    binary = tool("prometheus")
    with Simulator(strict=True) as simulator:
        names = [simulator.add_tenant(f"tenant-{number}", users=5).name for number in range(5)]
        (tmp_path / "mimecast-exporter.yaml").write_text(simulator.configuration())
        with (
            started(*LOOPBACK, directory=tmp_path) as program,
            prometheus(binary, tmp_path, example("probe.yml", program.port)) as server,
        ):
            wait_until(lambda: len(server.query("mimecast_up == 1")) == len(names), "all tenants are up")
            assert names == server.targets("mimecast")
            assert {(name, name): 1.0 for name in names} == server.query("count by (instance, tenant) (mimecast_up)")
            assert [] == server.warnings()
        assert [1] * 5 == [simulator.calls(name, "/api/awareness-training/user/get-training-details") for name in names]
