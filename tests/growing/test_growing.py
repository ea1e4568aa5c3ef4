"""Three equal exporters, two Prometheus that share 200 tenants, and one behind them, while an exporter goes.

Each tenant is asked for once, by one exporter; those of the lost one are asked for again, by the others. A second
Prometheus that scrapes the same tenants through its own HAProxy has them asked for no more often.
"""

import logging
import signal
import time
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from program import wait_until
from prometheus_server import Prometheus
from replicas import Fleet, agent_by_readme, start

from exporter.simulator import Simulator, Tenant

TENANTS = 200
# Whoever is asked for a second time within a test is asked by another exporter.
SETTINGS = "defaults: {refresh_interval: 1h, collectors: [training], histogram_days: []}\n"
TRAINING = "/api/awareness-training/user/get-training-details"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Loss:
    """How an exporter goes, and the seconds between scrapes."""

    signal: signal.Signals
    interval: int


@dataclass(frozen=True)
class Takeover:
    """How many first scrapes failed, and the seconds until the last tenant had a good one."""

    failed: int
    seconds: float


def sums(tenant: Tenant) -> dict[str, float]:
    """Return what the series of each metric of a tenant add up to, by the simulator's own count of its people."""
    count = tenant.expected()
    titles = count.titles.values()
    return {
        "mimecast_training_assigned": sum(title.assigned for title in titles),
        "mimecast_training_watched": sum(title.watched for title in titles),
        "mimecast_training_watchlist": sum(title.watchlist for title in titles),
        "mimecast_training_overdue": sum(title.overdue for title in titles),
        "mimecast_training_users": count.users,
        "mimecast_training_users_outstanding": count.users_outstanding,
    }


def sums_become_equal(simulator: Simulator, running: Fleet, since: float) -> None:
    """Wait until the sums on the far side, of each tenant and of all, over what was scraped since a moment, are these.

    What a server sends arrives late, and in parts.
    """
    wanted = {tenant.name: sums(tenant) for tenant in simulator.tenants}
    for metric in next(iter(wanted.values())):
        by_tenant: dict[tuple[str, ...], float] = {(name,): its[metric] for name, its in wanted.items()}
        series = f"({metric} and timestamp({metric}) > {since})"
        wait_until(partial(_equal, running.far, f"sum by (tenant) {series}", by_tenant), metric)
        assert {(): sum(by_tenant.values())} == running.far.query(f"sum {series}")


def _equal(server: Prometheus, query: str, wanted: dict[tuple[str, ...], float]) -> bool:
    return server.query(query) == wanted


def scrapes_since(running: Fleet, metric: str, moment: float) -> dict[str, dict[float, float]]:
    """Return the values of a metric of each tenant at the times of its scrapes after a moment, oldest first."""
    selector = f'{metric}{{job="mimecast"}}[10m]'
    found = running.far.ask("/api/v1/query", query=selector)["result"]
    return {
        series["metric"]["instance"]: {at: float(value) for at, value in series["values"] if at > moment}
        for series in found
    }


def calls(simulator: Simulator) -> dict[str, int]:
    """Return how often each tenant has been asked for its training."""
    return {tenant.name: simulator.calls(tenant.name, TRAINING) for tenant in simulator.tenants}


def lose(running: Fleet, loss: Loss) -> float:
    """Have the first exporter go, and return when."""
    first = running.exporters[0]
    first.process.send_signal(loss.signal)
    if loss.signal is not signal.SIGSTOP:
        first.wait()
    return time.time()


def ask(port: int, tenant: str) -> bytes:
    """Scrape a tenant through an HAProxy."""
    url = f"http://127.0.0.1:{port}/probe?target={tenant}"
    with urllib.request.urlopen(url, timeout=30) as answer:
        page: bytes = answer.read()
    return page


def settle(simulator: Simulator, running: Fleet) -> list[set[str]]:
    """Wait until the far side has every tenant, and return the share of each exporter."""
    wanted = {(tenant.name,): 1.0 for tenant in simulator.tenants}
    query = "sum by (tenant) (mimecast_up)"
    wait_until(lambda: running.far.query(query) == wanted, "the far side has every tenant, up and once", 90)
    shares = running.shares()
    assert all(shares)
    assert sorted(calls(simulator)) == sorted(name for share in shares for name in share)
    assert dict.fromkeys(calls(simulator), 1) == calls(simulator)
    return shares


def both_agree(simulator: Simulator, running: Fleet) -> None:
    """See that once both HAProxy know what has gone, the second gives no tenant to another exporter than the first."""
    wait_until(lambda: all("exporter-0 is DOWN" in file.read_text() for file in running.logs), "both know")
    for port in running.balancers:
        asked = calls(simulator)
        assert all(f'mimecast_up{{tenant="{name}"}} 1.0'.encode() in ask(port, name) for name in asked)
    assert asked == calls(simulator)


def taken_over(simulator: Simulator, running: Fleet, moment: float) -> Takeover:
    """Wait for two scrapes of each tenant since a moment, and see that the later one is good."""
    scrapes, good = (partial(scrapes_since, running, metric, moment) for metric in ("up", "mimecast_up"))
    names = {tenant.name for tenant in simulator.tenants}
    wait_until(lambda: {name for name, its in scrapes().items() if len(its) >= 2} == names, "two scrapes of each", 90)
    both = {name: sorted(its.items())[:2] for name, its in scrapes().items()}
    assert dict.fromkeys(names, 1.0) == {name: up for name, (_, (_, up)) in both.items()}
    seconds = {name: at for name, (_, (at, _)) in both.items()}
    wait_until(lambda: {1.0} == {good()[name].get(at) for name, at in seconds.items()}, "all are polled well", 10)
    firsts = {name: min(at for at, up in its.items() if up) for name, its in good().items()}
    return Takeover(sum(up == 0 for (_, up), _ in both.values()), max(firsts.values()) - moment)


@pytest.fixture
def loss(pytestconfig: pytest.Config) -> Loss:
    """An exporter that is killed; in the long form one that hangs, which is noticed by no refusal."""
    return Loss(signal.SIGSTOP, 15) if pytestconfig.getoption("--long") else Loss(signal.SIGKILL, 3)


def test_an_exporter_goes(tool: Callable[[str], str], tmp_path: Path, loss: Loss) -> None:
    """Each tenant is well by its second scrape, far behind too, and only those of the lost exporter are polled anew."""
    tools = {name: tool(name) for name in ("haproxy", "prometheus", "promtool")}
    with Simulator(strict=True) as simulator, ExitStack() as stack:
        simulator.clock.set(simulator.clock.now())
        for number in range(TENANTS):
            simulator.add_tenant(
                f"tenant-{number}", api=1 if number % 2 else 2, users=3 + number % 5, titles=3, seed=number
            )
        (tmp_path / "mimecast-exporter.yaml").write_text(SETTINGS + simulator.configuration())
        running = start(stack, tools, tmp_path, loss.interval)
        shares = settle(simulator, running)
        sums_become_equal(simulator, running, 0)
        moment = lose(running, loss)
        takeover = taken_over(simulator, running, moment)
        sums_become_equal(simulator, running, moment)
        both_agree(simulator, running)
        asked = calls(simulator)
        assert dict.fromkeys(shares[1] | shares[2], 1) == {name: asked[name] for name in shares[1] | shares[2]}
        # Before HAProxy has noticed the loss it may pass a tenant to another exporter than afterwards.
        assert {asked[name] for name in shares[0]} <= {2, 3}
        assert [[], [], []] == [server.warnings() for server in (*running.servers, running.far)]
        assert () == simulator.violations
    sizes = [len(share) for share in shares]
    more = sum(asked.values()) - TENANTS
    log.info("shares %s, %s, %d calls more", sizes, takeover, more)


def test_the_block_for_an_agent(tool: Callable[[str], str], tmp_path: Path) -> None:
    """The README's block makes a configuration for an agent, which Prometheus's own tool accepts at its end."""
    tool("promtool")
    done = agent_by_readme(tmp_path)
    assert (0, "") == (done.returncode, done.stderr)
    assert "SUCCESS" in done.stdout
