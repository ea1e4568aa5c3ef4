"""Two of Debian's Prometheus servers that share the tenants between them, each with an exporter beside it."""

import itertools
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from program import LOOPBACK, started, wait_until
from prometheus_server import Prometheus, example, prometheus

from exporter.simulator import Simulator

TENANTS = 40
SHARDS = ("0", "1")
REFRESH = 5.0
SETTINGS = f"defaults: {{refresh_interval: {REFRESH:.0f}s, collectors: [training]}}\n"
TRAINING = "/api/awareness-training/user/get-training-details"


def shard(stack: ExitStack, binary: str, directory: Path, configuration: str) -> Prometheus:
    """Start one server with the exporter beside it; the directory's name is its number."""
    directory.mkdir()
    (directory / "mimecast-exporter.yaml").write_text(configuration)
    program = stack.enter_context(started(*LOOPBACK, directory=directory, measured=False))
    text = example("sharded.yml", program.port)
    assert 2 == text.count('"0"')
    return stack.enter_context(prometheus(binary, directory, text.replace('"0"', f'"{directory.name}"')))


def polled(server: Prometheus) -> list[str]:
    """Return the tenants that the exporter beside a server has asked Mimecast for."""
    return sorted(tenant for (tenant,) in server.query("sum by (tenant) (mimecast_exporter_polls_total) > 0"))


def gaps(simulator: Simulator, tenant: str) -> list[float]:
    """Return the seconds between the questions for a tenant."""
    calls = [call.monotonic for call in simulator.journal if (call.tenant, call.path) == (tenant, TRAINING)]
    return [after - before for before, after in itertools.pairwise(calls)]


def test_every_tenant_belongs_to_one_server(tool: Callable[[str], str], tmp_path: Path) -> None:
    """Each of 40 tenants is a target of one server, and one exporter alone asks for it, once a refresh interval."""
    binary = tool("prometheus")
    with Simulator(strict=True) as simulator, ExitStack() as stack:
        names = sorted(
            simulator.add_tenant(f"tenant-{number}", api=1 if number % 2 else 2, users=5).name
            for number in range(TENANTS)
        )
        configuration = SETTINGS + simulator.configuration()
        servers = [shard(stack, binary, tmp_path / number, configuration) for number in SHARDS]
        wait_until(lambda: all(len(gaps(simulator, name)) >= 2 for name in names), "each is asked for thrice", 90)
        shares = [server.targets("mimecast") for server in servers]
        assert names == sorted([*shares[0], *shares[1]])
        assert all(shares)
        wait_until(lambda: [polled(server) for server in servers] == shares, "each exporter asks for its own")
        for server, share in zip(servers, shares, strict=True):
            up = server.query("sum by (tenant) (last_over_time(mimecast_up[1m]))")
            assert dict.fromkeys([(name,) for name in share], 1.0) == up
            assert [] == server.warnings()
        found = [gap for name in names for gap in gaps(simulator, name)]
        assert REFRESH <= min(found)
        assert max(found) < 2 * REFRESH
        assert () == simulator.violations
