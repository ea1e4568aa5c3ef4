"""Signals to the started program, in every phase of its life."""

import random
import re
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from end import end_in_time
from held import Held
from house import series_of
from port import answer, configured, connected, free_port, is_whole
from program import LOOPBACK, Program, started, wait_until

from exporter.simulator import Simulator

# Causes the first line of the log, well before it is ready.
EARLY = {"HTTPS_PROXY": "http://127.0.0.1:9"}


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """A simulated Mimecast that judges strictly, in real time."""
    with Simulator(strict=True) as simulator:
        yield simulator


def idle(_: Program, __: Held) -> None:
    """Do nothing."""


def scraped(program: Program, _: Held) -> None:
    """Have had a scrape, with a connection left open."""
    with connected(program.port):
        program.get("/metrics/self")


def hanging(program: Program, held: Held) -> None:
    """Have four scrapes that wait for the vendor."""
    port = program.port
    for _ in range(4):
        threading.Thread(target=answer, args=(port,)).start()
    assert held.asked.acquire(timeout=30)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT], ids=lambda how: how.name)
@pytest.mark.parametrize("times", [1, 2], ids=["once", "twice"])
@pytest.mark.parametrize("phase", [idle, scraped, hanging], ids=lambda phase: phase.__name__)
def test_it_ends_within_three_seconds(
    simulator: Simulator,
    tmp_path: Path,
    phase: Callable[[Program, Held], None],
    times: int,
    how: signal.Signals,
) -> None:
    """SIGTERM and SIGINT, sent once or twice, end it with status 0 in three seconds, whatever it is doing (row 124)."""
    held = Held()
    simulator.add_tenant("acme").serve(held)
    with started(*configured(simulator, tmp_path), *LOOPBACK, directory=tmp_path, measured=False) as program:
        assert program.port
        phase(program, held)
        assert 0 == end_in_time(program, how, times)
        held.open.set()
    assert "msg=stopping" in program.err[-1]


def message(line: str) -> str:
    (found,) = re.findall(r'msg=(?:"([^"]*)"|(\S+))', line)
    return "".join(found)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT], ids=lambda how: how.name)
def test_a_start_is_ended(simulator: Simulator, tmp_path: Path, how: signal.Signals) -> None:
    """A signal that comes while it starts ends it with status 0, once it could serve (row 124)."""
    for number in range(40):
        simulator.add_tenant(f"tenant-{number}", users=0)
    with started(
        *configured(simulator, tmp_path), *LOOPBACK, directory=tmp_path, measured=False, environment=EARLY
    ) as program:
        wait_until(lambda: bool(program.err), "the first line of the log")
        assert 0 == end_in_time(program, how)
    assert ["variables ignored", "serving", "stopping"] == [message(line) for line in program.err]


def test_a_start_survives_sighup(simulator: Simulator, tmp_path: Path) -> None:
    """SIGHUP that comes while it starts is a reload as soon as it serves (row 125)."""
    for number in range(40):
        simulator.add_tenant(f"tenant-{number}", users=0)
    with started(
        *configured(simulator, tmp_path), *LOOPBACK, directory=tmp_path, measured=False, environment=EARLY
    ) as program:
        wait_until(lambda: bool(program.err), "the first line of the log")
        program.process.send_signal(signal.SIGHUP)
        wait_until(lambda: any("configuration reloaded" in line for line in program.err), "the reload")
        assert 200 == program.get("/-/ready").status


def scrape_for_ever(port: int, answers: list[bytes], over: threading.Event) -> None:
    while not over.is_set():
        answers.append(answer(port))
        if not answers[-1]:
            over.wait(0.02)


def test_it_ends_well_at_any_moment(simulator: Simulator, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    """At any moment SIGTERM ends it in three seconds, each scrape answered whole or not at all (row 124; G12)."""
    tenants = [simulator.add_tenant(f"tenant-{number}", users=30, titles=50) for number in range(3)]
    flags = (*configured(simulator, tmp_path, "{refresh_interval: 0s}"), "--log.level=debug")
    dice = random.Random(20261125)  # noqa: S311 - the same moments each time
    for _ in range(200 if pytestconfig.getoption("--long") else 10):
        for tenant in tenants:
            tenant.clear_faults()
            if dice.random() < 0.3:
                tenant.fail("hang")
        port = free_port()
        address = ("--web.listen-address", f"127.0.0.1:{port}")
        with started(*flags, *address, directory=tmp_path, measured=False) as program:
            answers = end_it_under_load(program, port, dice.uniform(0.0, 1.5))
        assert [] == [received for received in answers if received and not is_whole(received)]
        assert not any("Traceback" in line or "Error" in line for line in program.err)
    assert () == simulator.violations


def end_it_under_load(program: Program, port: int, phase: float) -> list[bytes]:
    """Scrape from before the start on, end the program after a while, and return all answers."""
    answers: list[bytes] = []
    over = threading.Event()
    with ThreadPoolExecutor(4) as scrapers:
        for _ in range(4):
            scrapers.submit(scrape_for_ever, port, answers, over)
        over.wait(phase)
        status = end_in_time(program)
        over.set()
    # What comes before its first line of code is for the system to decide.
    assert status == 0 or (status == -signal.SIGTERM and not program.err)
    return answers


def test_a_write_to_nobody_is_no_end(simulator: Simulator, tmp_path: Path) -> None:
    """SIGPIPE changes nothing (row 125)."""
    simulator.add_tenant("acme", users=1)
    with started(*configured(simulator, tmp_path), *LOOPBACK, directory=tmp_path, measured=False) as program:
        assert 200 == program.get("/-/healthy").status
        program.process.send_signal(signal.SIGPIPE)
        assert 200 == program.get("/metrics").status
        assert 0 == program.end()


@pytest.mark.parametrize("how", [signal.SIGUSR1, signal.SIGKILL], ids=lambda how: how.name)
def test_after_a_sudden_end_it_starts_again(simulator: Simulator, tmp_path: Path, how: signal.Signals) -> None:
    """A signal it does not listen to ends it at once; with clients connected it starts again on its port (row 125)."""
    simulator.add_tenant("acme", users=3)
    flags = configured(simulator, tmp_path)
    with started(*flags, *LOOPBACK, directory=tmp_path, measured=False) as first, connected(first.port):
        port = first.port
        assert 1.0 == series_of(first.get("/metrics").body.decode())['mimecast_up{tenant="acme"}']
        assert -how == first.end(how)
        address = ("--web.listen-address", f"127.0.0.1:{port}")
        with started(*flags, *address, directory=tmp_path, measured=False) as second:
            assert port == second.port
            assert 1.0 == series_of(second.get("/metrics").body.decode())['mimecast_up{tenant="acme"}']


@pytest.mark.parametrize("phase", ["between polls", "in a poll"])
def test_a_pause_causes_no_burst(simulator: Simulator, tmp_path: Path, phase: str, pytestconfig: pytest.Config) -> None:
    """After SIGSTOP and SIGCONT, all who waited are answered from one poll, and what was in flight ends (row 125)."""
    tenant = simulator.add_tenant("acme", users=5)
    held = Held()
    flags = configured(simulator, tmp_path, "{collectors: [training], refresh_interval: 2s, timeout: 2s}")
    with started(*flags, *LOOPBACK, directory=tmp_path, measured=False) as program, ThreadPoolExecutor(8) as scrapers:
        port = program.port
        program.get("/metrics")
        if phase == "in a poll":
            tenant.serve(held)
            program.get("/metrics", x_prometheus_scrape_timeout_seconds="0.6")
        before = simulator.calls()
        program.process.send_signal(signal.SIGSTOP)
        answers = [scrapers.submit(answer, port, timeout=120) for _ in range(8)]
        threading.Event().wait(60 if pytestconfig.getoption("--long") else 3)
        held.open.set()
        program.process.send_signal(signal.SIGCONT)
        assert all(is_whole(received.result()) for received in answers)
        assert simulator.calls() - before <= 1
        assert () == simulator.violations
        assert 0 == end_in_time(program)
