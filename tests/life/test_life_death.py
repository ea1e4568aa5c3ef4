"""Threads that die or hang: it is noticed, and nobody is served old numbers for ever."""

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest
from held import Held
from house import House, series_of
from killing import KilledError, kill
from port import answer, configured
from program import LOOPBACK, Program, wait_until

from exporter.collectors.question import Asking
from exporter.collectors.training import TRAINING
from exporter.config.settings import Settings
from exporter.instruments import Instruments
from exporter.polls import Polls, TenantPolls
from exporter.simulator import Simulator
from exporter.workers import Workers

UP = 'mimecast_up{tenant="acme"}'
USERS = 'mimecast_training_users{tenant="acme"}'


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """A simulated Mimecast that judges strictly, in real time."""
    with Simulator(strict=True) as simulator:
        yield simulator


def failing(reason: str) -> str:
    return f'mimecast_collector_failing{{collector="training",reason="{reason}",tenant="acme"}}'


@pytest.fixture
def died(monkeypatch: pytest.MonkeyPatch) -> list[threading.ExceptHookArgs]:
    """What threads have died of."""
    found: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", found.append)
    return found


def test_a_worker_that_dies_is_replaced(died: list[threading.ExceptHookArgs]) -> None:
    """After the death of its only thread, a pool runs the next job on another one (row 136)."""
    workers, threads = Workers("mortal", 1, linger=0.05), SimpleQueue[threading.Thread]()
    workers.submit(lambda: threads.put(threading.current_thread()))
    first = threads.get(timeout=20)
    kill(first)
    first.join(20)
    workers.submit(lambda: threads.put(threading.current_thread()))
    assert first is not threads.get(timeout=20)
    assert [KilledError] == [death.exc_type for death in died]


def test_what_a_dead_worker_leaves_is_done(died: list[threading.ExceptHookArgs]) -> None:
    """A job that waits for the thread that dies is run by the one that takes its place (row 136)."""
    workers, done, release = Workers("mortal", 1), threading.Event(), threading.Event()

    def fail() -> None:
        release.wait(20)
        raise KeyError

    def refuse(_: logging.LogRecord) -> bool:
        raise KilledError

    logger = logging.getLogger("exporter.workers")
    logger.addFilter(refuse)
    workers.submit(fail)
    workers.submit(done.set)
    release.set()
    assert done.wait(20)
    wait_until(lambda: bool(died), "the death")
    logger.removeFilter(refuse)
    assert [KilledError] == [death.exc_type for death in died]


def test_a_poll_that_kills_its_thread_has_failed(house: House) -> None:
    """Whatever ends a poll, its collector is down with the reason internal, and the next poll is anew (row 136)."""
    house.simulator.add_tenant("acme", users=10)
    known = house.build().scrapes.tenants["acme"]
    attempts = iter([KilledError, SystemExit])

    def ask(settings: Settings, now: Any) -> Asking:
        for attempt in attempts:
            raise attempt
        return TRAINING.ask(settings, now)

    polls = Polls(house.hands, Workers("poll", 1), Instruments())
    tenant = TenantPolls(known.tenant, known.client, [replace(TRAINING, ask=ask)])
    reasons = []
    for _ in range(3):
        polls.collect([(tenant, ["training"])], 20)
        (view,) = polls.view(tenant, ["training"], 0.0)
        assert view.result is not None
        reasons.append(view.result.reason)
        house.turn(61)
    assert ["internal", "internal", None] == reasons


def test_a_poll_that_does_not_end_is_no_success(house: House) -> None:
    """A flight that never lands is told as a failure soon after its time, its numbers go in theirs (row 136)."""
    acme = house.simulator.add_tenant("acme", users=10)
    house.build("refresh_interval: 5m, timeout: 60s, max_staleness: 10m")
    house.scrape()
    held = Held()
    acme.serve(held)
    house.turn(301)
    assert 1.0 == house.scrape(seconds=0.01)[UP]
    assert held.asked.acquire(timeout=20)
    house.turn(69)
    assert 1.0 == house.scrape(seconds=0.01)[UP]
    house.turn(2)
    page = house.scrape(seconds=0.01)
    assert (0.0, 1.0, 10.0) == (page[UP], page[failing("timeout")], page[USERS])
    house.turn(900)
    assert USERS not in house.scrape(seconds=0.01)
    held.open.set()
    wait_until(lambda: house.scrape(seconds=1)[UP] == 1.0, "its landing")
    assert 1.0 == house.scrape()[USERS]
    assert 2 == house.simulator.calls("acme")


@contextmanager
def mortal(name: str, *arguments: str, directory: Path) -> Iterator[Program]:
    """Start the program, in which the threads of a name are killed by :func:`strike`."""
    script = Path(__file__).with_name("mortal.py")
    command = [sys.executable, str(script), name, str(directory / "sign"), *arguments]
    with ExitStack() as stack:
        # A thread that is measured may be struck while it lets go of a lock, which no other death does.
        env = {key: value for key, value in os.environ.items() if not key.startswith("COVERAGE_")}
        process = subprocess.Popen(command, cwd=directory, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        program = Program(process)
        stack.callback(program.wait)
        stack.callback(process.kill)
        assert program.port
        yield program


def strike(directory: Path) -> None:
    """Have the threads killed."""
    sign = directory / "sign"
    sign.touch()
    wait_until(lambda: not sign.exists(), "the sign to be seen")


@pytest.mark.parametrize("name", ["web-loop", "web-config"])
def test_without_a_thread_that_it_needs_it_ends(simulator: Simulator, tmp_path: Path, name: str) -> None:
    """If the thread that serves or the one that reads certificates again dies, it says so and ends with 1 (row 136)."""
    simulator.add_tenant("acme", users=1)
    web = tmp_path / "web.yaml"
    web.write_text("{}\n")
    flags = (*configured(simulator, tmp_path), *LOOPBACK, f"--web.config.file={web}")
    with mortal(name, *flags, directory=tmp_path) as program:
        port = program.port
        strike(tmp_path)
        wait_until(lambda: program.has_ended or not answer(port, "/-/healthy"), "the end")
        assert 1 == program.wait(20)
    died = [line for line in program.err if "a thread has died" in line]
    assert [True] == [f"thread={name} error=KilledError" in line for line in died]
    assert program.err[-1].startswith("mimecast-exporter: ")
    assert "the log says why" in program.err[-1]


@pytest.mark.parametrize("name", ["poll", "web", "outlet"])
def test_other_threads_are_replaced(simulator: Simulator, tmp_path: Path, name: str) -> None:
    """If a thread that polls, answers or logs dies, it is told, and another takes its place (row 136)."""
    simulator.add_tenant("acme", users=3)
    flags = (*configured(simulator, tmp_path, "{collectors: [training], refresh_interval: 0s}"), *LOOPBACK)
    with mortal(name, *flags, "--log.level=debug", directory=tmp_path) as program:
        wait_until(lambda: dies(program, name, tmp_path), "its death")
        assert 1.0 == series_of(program.get("/metrics").body.decode())[UP]
        assert 0 == program.end()
    assert "msg=stopping" in program.err[-1]


def dies(program: Program, name: str, directory: Path) -> bool:
    """Strike a thread that has just had something to do, and say whether its death is in the log a moment later."""
    assert 1.0 == series_of(program.get("/metrics").body.decode())[UP]
    strike(directory)
    # Who answers or polls wakes without a job, and must not get one now; who logs needs a line.
    threading.Event().wait(0.1 if name == "outlet" else 3.0)
    if name == "outlet":
        program.get("/metrics")
    return any("a thread has died" in line for line in program.err)
