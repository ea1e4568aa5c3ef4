"""Floods of new wrong passwords (row 103): whom they hurt, and whom they do not."""

import logging
import select
import subprocess
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from guarded_port import HeldUsers, connect_from, guarding, hashed, login
from program import wait_until
from raw_http import HEALTHY, METRICS, PAGE, PATIENCE, RawClient, Serving

from exporter.web.application import Limits
from exporter.web_config.users import Users

GOOD = login(b"alice:right")
FIRST = login(b"bob:first")
PASSWORDS = {"alice": b"right", "bob": b"first"}
ATTACKERS = 100
# Of the places for those who wait to be checked, half are for one network.
PLACES = 32
UNCHECKED = b"unauthorized: too many new passwords at once, this one has not been checked\n"


def attack(stack: ExitStack, port: Serving) -> list[RawClient]:
    """Send a new wrong password on each of many connections, and wait until there are no more places."""
    clients = [stack.enter_context(port.connect()) for _ in range(ATTACKERS)]
    for number, client in enumerate(clients):
        client.send(login(b"alice:wrong %d" % number))
    sockets = [client.socket for client in clients]
    wait_until(lambda: len(select.select(sockets, [], [], 0)[0]) == ATTACKERS - PLACES, "all others are refused")
    return clients


def test_who_is_known_is_not_hurt() -> None:
    """While attackers wait for their checks, a password that was right before is served on any connection at once."""
    users = HeldUsers(PASSWORDS, "alice")
    with guarding(users) as port, ExitStack() as stack:
        kept = stack.enter_context(port.connect())
        attackers = attack(stack, port)
        assert [PAGE] * 50 == [port.ask(GOOD).body for _ in range(50)]
        assert [PAGE] * 50 == [kept.send(GOOD).answer().body for _ in range(50)]
        assert [] == users.checked
        users.go.set()
        answers = [client.answer() for client in attackers]
        assert [401] * ATTACKERS == [answer.status for answer in answers]
        assert {UNCHECKED: ATTACKERS - PLACES, b"unauthorized\n": PLACES} == Counter(answer.body for answer in answers)
        assert {"1": ATTACKERS - PLACES, None: PLACES} == Counter(each.headers.get("Retry-After") for each in answers)
        assert PLACES == len(users.checked)


def test_a_first_password_from_elsewhere_is_checked() -> None:
    """During a flood from one address a first login from another waits for its turn and is let in."""
    users = HeldUsers(PASSWORDS)
    with guarding(users) as port, ExitStack() as stack:
        attack(stack, port)
        newcomer = stack.enter_context(connect_from("127.0.0.2", port.port)).send(FIRST)
        users.go.set()
        assert PAGE == newcomer.answer().body
        assert b"first" == users.checked[-1]


def test_checks_take_no_place_of_a_page() -> None:
    """With one page allowed at once and a login that waits, who is known has his page, and then the login has its."""
    users = HeldUsers(PASSWORDS, "alice")
    with guarding(users, Limits(max_requests=1)) as port, port.connect() as newcomer:
        newcomer.send(FIRST)
        assert [200] * 20 == [port.ask(GOOD).status for _ in range(20)]
        users.go.set()
        assert PAGE == newcomer.answer().body


def test_what_comes_behind_a_login_is_answered_in_order() -> None:
    """Requests behind one that waits to be checked are answered after it, each once."""
    users = HeldUsers(PASSWORDS)
    with guarding(users) as port, port.connect() as client:
        client.send(FIRST + HEALTHY + login(b"bob:wrong") + METRICS + FIRST)
        users.go.set()
        assert [200, 200, 401, 401, 200] == [client.answer().status for _ in range(5)]
        assert [b"first", b"wrong"] == users.checked


def test_who_leaves_before_the_check_leaves_nothing() -> None:
    """The descriptors of clients that have gone before their checks are free afterwards."""
    users = HeldUsers(PASSWORDS, "alice")
    with guarding(users) as port:
        port.ask(GOOD)
        before = len(list(Path("/proc/self/fd").iterdir()))
        with ExitStack() as stack:
            attack(stack, port)
        users.go.set()
        wait_until(lambda: len(list(Path("/proc/self/fd").iterdir())) <= before, "all are closed")
        assert PAGE == port.ask(GOOD).body


@pytest.mark.parametrize("checked", [True, False])
def test_a_stop_while_logins_wait(checked: bool) -> None:  # noqa: FBT001 - a parameter
    """A stop answers a login whose check ends in time, and cuts one whose does not."""
    users = HeldUsers(PASSWORDS)
    with guarding(users) as port, port.connect() as client, ThreadPoolExecutor(1) as other:
        client.send(FIRST)
        assert users.asked.wait(PATIENCE)
        stopped = other.submit(port.server.stop, 10.0 if checked else 0.1)
        if checked:
            users.go.set()
        stopped.result()
        assert client.rest().endswith(PAGE) is checked


def test_a_stop_begins_no_check() -> None:
    """Once a stop has begun, logins that still wait are refused unchecked behind the one that is being checked."""
    users = HeldUsers(PASSWORDS)
    with guarding(users) as port, ThreadPoolExecutor(1) as other, ExitStack() as stack:
        clients = [stack.enter_context(port.connect()).send(FIRST) for _ in range(10)]
        asked = stack.enter_context(port.connect())
        assert 200 == asked.send(HEALTHY).answer().status  # so the logins have been read
        assert users.asked.wait(PATIENCE)
        stopped = other.submit(port.server.stop, 10.0)
        assert b"" == asked.rest()  # so the stop has begun
        users.go.set()
        stopped.result()
        assert Counter({PAGE: 1, UNCHECKED: 9}) == Counter(client.answer().body for client in clients)


ENDING = """
import itertools, sys, threading
from exporter.web_config.users import Users
users, numbers, pause = Users({"alice": sys.argv[1].encode()}), itertools.count(), threading.Event()
def check():
    while True:
        users.admit(b"alice", b"%d" % next(numbers))
for _ in range(4):
    threading.Thread(target=check, daemon=True).start()
pause.wait(0.1)
"""


@pytest.mark.parametrize("run", range(5))
def test_the_end_of_the_process_waits_for_a_check(run: int) -> None:
    """A process that ends while passwords are checked ends with status 0, and says nothing."""
    command = [sys.executable, "-c", ENDING, hashed(b"right").decode()]
    ended = subprocess.run(command, capture_output=True, check=False, timeout=30)
    assert (0, b"") == (ended.returncode, ended.stderr)


class BrokenUsers(Users):
    """Users of whom nothing can be found out."""

    def admit(self, name: bytes, password: bytes) -> bool:  # noqa: ARG002 - as in the base
        """Fail."""
        raise LookupError("on purpose")


def test_a_check_that_fails(caplog: pytest.LogCaptureFixture) -> None:
    """A bug in a check is a 500 and the end of the connection, logged, and never lets anybody in."""
    with guarding(BrokenUsers({"bob": hashed(b"first")})) as port, port.connect() as client:
        client.send(FIRST)
        answer = client.answer()
        assert (500, "close", b"") == (answer.status, answer.headers["Connection"], client.rest())
        assert 200 == port.ask(HEALTHY).status
    assert ["what a request needs could not be checked"] == [record.getMessage() for record in caplog.records]


def test_without_a_thread_a_login_is_not_checked(caplog: pytest.LogCaptureFixture) -> None:
    """If no thread can be started, a login is refused unchecked, and is checked when there is one."""
    users = HeldUsers(PASSWORDS)
    users.go.set()
    with guarding(users) as port:
        size = threading.stack_size(1 << 46)  # which no start of a thread survives
        try:
            assert UNCHECKED == port.ask(FIRST).body
        finally:
            threading.stack_size(size)
        assert PAGE == port.ask(FIRST).body
    assert ["no thread can be started for a check"] == [record.getMessage() for record in caplog.records]


def test_a_flood_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    """That passwords are refused unchecked is one line with the network that sends most, however many there are."""
    users = HeldUsers(PASSWORDS)
    with caplog.at_level(logging.INFO), guarding(users) as port, ExitStack() as stack:
        attack(stack, port)
    expected = "too many new passwords to check, others are refused network=127.0.0.1"
    assert [expected] == [record.getMessage() for record in caplog.records]
