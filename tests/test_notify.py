"""What a service manager is told, over real sockets: by the module alone, and by the started program."""

import logging
import math
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import pytest
from program import LOOPBACK, started
from service_manager import ServiceManager, service_manager

from exporter.notify import Manager, socket_address, watchdog_period
from exporter.web.application import Limits
from exporter.web.listener import Address
from exporter.web.request import Request
from exporter.web.response import Response, plain_text
from exporter.web.server import Server

GOOD = "tenants: [{name: acme, region: us, credentials: {client_id: a, client_secret: b}}]\n"
ENOUGH = 0.01


def answering(alive: bool) -> Callable[[float], bool]:  # noqa: FBT001 - what it answers
    """Return what says whether it lives."""
    return lambda _: alive


@pytest.fixture(params=[False, True], ids=["file", "abstract"])
def systemd(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ServiceManager]:
    """A service manager with a socket of either kind."""
    with service_manager(tmp_path, abstract=request.param) as manager:
        yield manager


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("/run/systemd/notify", "/run/systemd/notify"),
        ("@abstract", "\0abstract"),
        ("", None),
        ("@", None),
        ("/", None),
        ("run/notify", None),
        ("vsock:2:1234", None),
    ],
)
def test_addresses_of_the_manager(text: str, address: str | None) -> None:
    """An address is an absolute path, or an abstract one behind an at sign; nothing else is one."""
    assert address == socket_address(text)


@pytest.mark.parametrize(
    ("microseconds", "pid", "seconds"),
    [
        ("30000000", None, 15.0),
        ("30000000", "7", 15.0),
        ("30000000", "8", math.inf),
        ("30000000", "", math.inf),
        ("0", None, math.inf),
        ("", None, math.inf),
        ("-1", None, math.inf),
        ("1.5", None, math.inf),
        ("many", None, math.inf),
        ("9" * 30, None, math.inf),
    ],
)
def test_period_of_the_watchdog(microseconds: str, pid: str | None, seconds: float) -> None:
    """Signs of life are due at half of what is allowed, if it is a number and meant for this process."""
    environment = {"WATCHDOG_USEC": microseconds} | ({} if pid is None else {"WATCHDOG_PID": pid})
    assert seconds == watchdog_period(environment, 7)


def test_variables_are_taken_away(systemd: ServiceManager) -> None:
    """Whoever is started from here later does not speak to the manager in our name."""
    environment = {"NOTIFY_SOCKET": systemd.address, "WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "7", "HOME": "/"}
    Manager.of(environment, 7).ready("Serving")
    assert {"HOME": "/"} == environment
    assert {"READY": "1", "STATUS": "Serving"} == systemd.told()


def test_a_life(systemd: ServiceManager) -> None:
    """From the start over a reload to the end each step is told as sd_notify(3) has it."""
    manager = Manager(systemd.address)
    manager.ready("Serving")
    before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    manager.reloading()
    after = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    manager.ready("Serving more")
    manager.stopping()
    assert {"READY": "1", "STATUS": "Serving"} == systemd.told()
    reloading = systemd.told()
    assert {"RELOADING", "MONOTONIC_USEC"} == reloading.keys()
    assert before <= int(reloading["MONOTONIC_USEC"]) <= after
    assert {"READY": "1", "STATUS": "Serving more"} == systemd.told()
    assert {"STOPPING": "1", "STATUS": "Stopping"} == systemd.told()


def test_signs_of_life(systemd: ServiceManager) -> None:
    """A sign of life is sent once a period while it lives, not while it does not, and at once when it does again."""
    manager = Manager(systemd.address, 10.0)
    looks = [(0.0, True), (9.9, True), (10.0, True), (20.0, False), (29.0, False), (29.5, True), (39.4, True)]
    for now, alive in looks:
        manager.look(f"at {now}", answering(alive), now)
    manager.stopping()
    told = []
    while "STOPPING" not in (message := systemd.told()):
        told.append(message)
    expected: list[dict[str, str]] = []
    for now, alive in looks:
        expected += [{"STATUS": f"at {now}"}, {"WATCHDOG": "1"}] if alive else [{"STATUS": f"at {now}"}]
    for silent in (9.9, 39.4):
        expected.pop(expected.index({"STATUS": f"at {silent}"}) + 1)
    assert expected == told


def test_a_status_is_told_once(systemd: ServiceManager) -> None:
    """A status that is still true is not told again, and without a watchdog nobody asks whether it lives."""
    manager = Manager(systemd.address)
    manager.ready("Serving")
    for status in ("Serving", "Serving", "Refused", "Refused"):
        manager.look(status, lambda _: pytest.fail("asked"), 0.0)
    manager.stopping()
    assert ["Serving", "Refused", "Stopping"] == [systemd.told()["STATUS"] for _ in range(3)]


def test_that_it_does_not_live_is_logged_once(systemd: ServiceManager, caplog: pytest.LogCaptureFixture) -> None:
    """Why the service is about to be ended stands in the log, one time for each time that it happens."""
    manager = Manager(systemd.address, 1.0)
    for now, alive in enumerate([False, False, True, False, False]):
        manager.look("", answering(alive), float(now))
    assert [("clients are not served any more", logging.ERROR)] * 2 == [
        (record.message, record.levelno) for record in caplog.records
    ]


def test_without_a_manager_nothing_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Without the variable, or with one that is no address, nothing is sent and no sign of life is due."""
    for environment in ({}, {"NOTIFY_SOCKET": "nowhere", "WATCHDOG_USEC": "1000"}):
        manager = Manager.of(environment, 7)
        manager.ready("Serving")
        manager.look("", lambda _: pytest.fail("asked"), 0.0)
        assert 1.0 == manager.look_every
    assert ["the service manager is not told anything"] == [record.message for record in caplog.records]


def test_a_manager_that_is_not_there(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """If nobody listens this is logged once, and when somebody does again, is told what comes then."""
    manager = Manager(str(tmp_path / "notify"))
    manager.ready("Serving")
    manager.stopping()
    assert ["the service manager cannot be told anything"] == [record.message for record in caplog.records]
    with service_manager(tmp_path) as systemd:
        manager.ready("Serving again")
        assert {"READY": "1", "STATUS": "Serving again"} == systemd.told()
    (tmp_path / "notify").unlink()
    manager.stopping()
    assert 2 == len(caplog.records)


def test_the_program_tells_its_life(systemd: ServiceManager, tmp_path: Path) -> None:
    """It is ready once it serves, reloads by SIGHUP, says what it refused, and tells of its end (row 142)."""
    file = tmp_path / "mimecast-exporter.yaml"
    file.write_text(GOOD)
    with started(*LOOPBACK, directory=tmp_path, environment={"NOTIFY_SOCKET": systemd.address}) as program:
        ready = systemd.told()
        assert 200 == program.get("/-/ready").status
        serving = f"Serving on 127.0.0.1:{program.port}, tenants: 1"
        assert {"READY": "1", "STATUS": serving} == ready
        refused = f"{serving}; the new configuration was refused, the log says why"
        for text, status in (("tenants: []", refused), (GOOD, serving)):
            file.write_text(text)
            program.process.send_signal(signal.SIGHUP)
            assert {"RELOADING", "MONOTONIC_USEC"} == systemd.told().keys()
            assert {"READY": "1", "STATUS": status} == systemd.told()
        program.process.send_signal(signal.SIGTERM)
        assert {"STOPPING": "1", "STATUS": "Stopping"} == systemd.told()
        assert 0 == program.wait()


def test_the_program_feeds_the_watchdog(tmp_path: Path) -> None:
    """The program sends a sign of life at least twice in the time that it is given, from the start on (row 142)."""
    (tmp_path / "mimecast-exporter.yaml").write_text(GOOD)
    with service_manager(tmp_path) as systemd:
        environment = {"NOTIFY_SOCKET": systemd.address, "WATCHDOG_USEC": "1000000"}
        with started(*LOOPBACK, directory=tmp_path, environment=environment, measured=False) as program:
            assert "READY" in systemd.told()
            moments = []
            for _ in range(5):
                assert {"WATCHDOG": "1"} == systemd.told()
                moments.append(time.monotonic())
            # On a busy machine one may be late; on the whole they are as often as asked for.
            assert 4 * 1.0 > moments[-1] - moments[0] > 4 * 0.4
            assert 0 == program.end()


class Stoppable:
    """An application whose small answers come from the serving thread, and which can hold that thread up."""

    def __init__(self) -> None:
        self.held = Event()
        self.free = Event()
        self.free.set()

    def immediate(self, _: Request) -> Response:
        self.held.set()
        self.free.wait(30)
        return plain_text(200, "ok")

    def at_hand(self, _: Request) -> None:
        """Have nothing."""

    def answer(self, _: Request) -> Response:
        return plain_text(500, "not asked for")

    def finished(self, request: Request | None, status: int) -> None:
        """Count nothing."""


def test_a_serving_thread_that_hangs_is_noticed() -> None:
    """Whether it lives is what /-/healthy would tell: not while the thread that answers hangs, nor after it stopped."""
    application = Stoppable()
    server = Server(application, [Address("127.0.0.1", 0)], Limits())
    assert not server.answers(ENOUGH)
    server.start()
    try:
        assert server.answers(20)
        application.free.clear()
        with socket.create_connection((server.addresses[0].host, server.addresses[0].port)) as client:
            client.sendall(b"GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n")
            assert application.held.wait(20)
            assert not server.answers(0.1)
            assert server.running
            application.free.set()
            assert client.recv(1 << 16).startswith(b"HTTP/1.1 200")
        assert server.answers(20)
    finally:
        application.free.set()
        server.stop(grace=1.0)
    assert not server.answers(ENOUGH)
