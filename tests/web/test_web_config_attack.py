"""The started program under 100 new wrong passwords a second, and the one who scrapes it all the while (row 103)."""

import itertools
import logging
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from guarded_port import hashed, login
from program import LOOPBACK, started
from raw_http import RawClient

from exporter.simulator import Simulator

RATE = 100
CONNECTIONS = 20
COST = 10
GOOD = login(b"alice:right")

log = logging.getLogger(__name__)


class Attack:
    """Attackers with a new wrong password each time, on connections that they keep or on a new one each time."""

    def __init__(self, port: int, *, keep: bool) -> None:
        self.statuses: Counter[int] = Counter()
        self._port = port
        self._keep = keep
        self._numbers = itertools.count()
        self._over = threading.Event()

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """Attack until the end of the block; who waits for an answer cannot ask again, so there are many."""
        threads = CONNECTIONS if self._keep else RATE
        with ThreadPoolExecutor(threads) as attackers:
            running = [attackers.submit(self._run, threads) for _ in range(threads)]
            try:
                yield
            finally:
                self._over.set()
        for each in running:
            each.result()

    def _run(self, threads: int) -> None:
        client = RawClient.to(self._port)
        due = time.monotonic()
        while not self._over.wait(due - time.monotonic()):
            due += threads / RATE
            if not self._keep:
                client.socket.close()
                client = RawClient.to(self._port)
            client.send(login(b"alice:%d" % next(self._numbers)))
            self.statuses[client.answer().status] += 1
        client.socket.close()


def scrape(port: int, seconds: float) -> tuple[Counter[int], list[float]]:
    """Scrape ten times a second, each time on a connection of its own; return the statuses and the times in order."""
    statuses: Counter[int] = Counter()
    times = []
    pause = threading.Event()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        before = time.monotonic()
        with RawClient.to(port) as client:
            statuses[client.send(GOOD).answer().status] += 1
        times.append(time.monotonic() - before)
        pause.wait(0.1 - times[-1])
    return statuses, sorted(times)


def test_a_stop_during_a_flood(tmp_path: Path) -> None:
    """SIGTERM while dozens of logins wait to be checked ends in time with status 0, and each of them has an answer."""
    (tmp_path / "web.yml").write_text(f"basic_auth_users: {{alice: {hashed(b'right', COST).decode()}}}\n")
    with Simulator(strict=True) as simulator, ExitStack() as stack:
        simulator.add_tenant("acme", users=1)
        (tmp_path / "mimecast-exporter.yaml").write_text(simulator.configuration())
        with started(*LOOPBACK, "--web.config.file=web.yml", directory=tmp_path, measured=False) as program:
            clients = [stack.enter_context(RawClient.to(program.port)) for _ in range(30)]
            for number, client in enumerate(clients):
                client.send(login(b"alice:%d" % number))
            assert 401 == clients[0].answer().status
            assert 0 == program.end(seconds=3)
        assert [401] * 29 == [client.answer().status for client in clients[1:]]
        assert [] == [line for line in program.err if "level=error" in line or "FATAL" in line]


@pytest.mark.parametrize("keep", [True, False], ids=["20_connections", "new_connections"])
def test_a_flood_does_not_hurt_who_is_known(tmp_path: Path, request: pytest.FixtureRequest, keep: bool) -> None:  # noqa: FBT001 - a parameter
    """Under a flood of new wrong passwords every scrape with a right one is served, and soon."""
    seconds = 30.0 if request.config.getoption("--long") else 3.0
    (tmp_path / "web.yml").write_text(f"basic_auth_users: {{alice: {hashed(b'right', COST).decode()}}}\n")
    with Simulator(strict=True) as simulator:
        simulator.add_tenant("acme", users=100)
        (tmp_path / "mimecast-exporter.yaml").write_text(simulator.configuration())
        with started(*LOOPBACK, "--web.config.file=web.yml", directory=tmp_path, measured=False) as program:
            scrape(program.port, 0.5)
            attack = Attack(program.port, keep=keep)
            with attack.going_on():
                statuses, times = scrape(program.port, seconds)
            assert 0 == program.end()
    p99 = times[len(times) * 99 // 100]
    log.info("good: %s, p50 %.1f ms, p99 %.1f ms", dict(statuses), 1000 * times[len(times) // 2], 1000 * p99)
    log.info("attackers: %s", dict(attack.statuses))
    assert {200} == set(statuses)
    assert {401} == set(attack.statuses)
    assert p99 < 1.0
