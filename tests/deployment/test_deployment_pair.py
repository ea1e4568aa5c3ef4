"""Two of Debian's Prometheus servers that both scrape a pair of exporters for the same tenant."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from time import monotonic

from program import LOOPBACK, Program, started, wait_until
from prometheus_server import Prometheus, example, prometheus

from exporter.simulator import Simulator

REFRESH = 3.0
SETTINGS = f"defaults: {{refresh_interval: {REFRESH:.0f}s, collectors: [training]}}\n"


def server(stack: ExitStack, binary: str, directory: Path, ports: list[int]) -> Prometheus:
    """Start a server that scrapes the exporters on these ports each second, all in one job."""
    directory.mkdir()
    text = example("prometheus.yml", ports[0])
    first, *others = (f'"127.0.0.1:{port}"' for port in ports)
    assert 1 == text.count(first)
    return stack.enter_context(prometheus(binary, directory, text.replace(first, ", ".join([first, *others]))))


def polls(program: Program) -> float:
    """Return how often an exporter has asked Mimecast, by its own count."""
    (line,) = [
        line
        for line in program.get("/metrics/self").body.decode().splitlines()
        if line.startswith("mimecast_exporter_polls_total{")
    ]
    return float(line.split()[-1])


def test_a_pair_and_two_servers(tool: Callable[[str], str], tmp_path: Path) -> None:
    """However many servers scrape it, each of a pair of exporters asks Mimecast once a refresh interval (row 145)."""
    binary = tool("prometheus")
    with Simulator(strict=True) as simulator, ExitStack() as stack:
        simulator.add_tenant("acme", users=5)
        (tmp_path / "mimecast-exporter.yaml").write_text(SETTINGS + simulator.configuration())
        pair = [stack.enter_context(started(*LOOPBACK, directory=tmp_path, measured=False)) for _ in range(2)]
        began = monotonic()
        servers = [server(stack, binary, tmp_path / name, [each.port for each in pair]) for name in ("one", "two")]
        wait_until(lambda: all(polls(each) >= 3 for each in pair), "each asks thrice", 90)
        asked = [polls(each) for each in pair]
        assert max(asked) <= 1 + (monotonic() - began) / REFRESH
        assert sum(asked) <= simulator.calls("acme") <= sum(asked) + 2
        for one in servers:
            assert [1.0, 1.0] == list(one.query('mimecast_up{tenant="acme"}').values())
            assert {("acme",): 5.0} == one.query("max by (tenant) (mimecast_training_users)")
            assert [] == one.warnings()
        assert () == simulator.violations
