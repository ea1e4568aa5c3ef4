"""Logins over sockets (row 103): which passwords let in, and what the time that an answer takes gives away."""

import logging
import statistics
import time

import pytest
from guarded_port import basic, guarding, hashed, login
from raw_http import METRICS

from exporter.web_config.users import Users

log = logging.getLogger(__name__)

LONGEST = b"p" * 72
USERS = {"alice": b"pass:word", "long": LONGEST, "empty": b"", "zoë": "ü".encode(), "a": b"b:c"}
COST = 8
PAIRS = 25


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        (basic(b"alice:pass:word"), 200),
        (basic(b"long:" + LONGEST), 200),
        (basic(b"long:" + LONGEST + b"x"), 200),
        (basic(b"long:" + LONGEST + b"x" * 20_000), 200),
        (basic(b"empty:"), 200),
        (basic("zoë:ü".encode()), 200),
        (basic(b"a:b:c"), 200),
        (b"", 401),
        (b"Basic", 401),
        (basic(b"alice"), 401),
        (b"Basic %%%%", 401),
        (b"Basic YWxpY2U6cGFzczp3b3J", 401),
        (b"Basic \xff\xfe", 401),
        (basic(b"alice:pass:word") + b"\xff", 401),
        (basic(b"\xff\xfe:\xff"), 401),
        (basic("zoë:ü".encode("latin-1")), 401),
        (basic(b"alice:wrong"), 401),
        (basic(b"alice:pass"), 401),
        (basic(b"alice:pass:word\0"), 401),
        (basic(b"nobody:pass:word"), 401),
        (basic(b":"), 401),
        (basic(b"long:" + b"q" * 73), 401),
        (basic(b"long:" + LONGEST[1:]), 401),
        (basic(b"alice:" + b"p" * 20_000), 401),
        (basic(b"alice:" + b"p" * 1024**2), 431),
        (b"Digest username=alice", 401),
    ],
)
def test_logins(authorization: bytes, status: int) -> None:
    """Each form of a login is answered as it is due, and in the same way when it comes again (row 103)."""
    request = METRICS[:-2] + b"Authorization: " + authorization + b"\r\n\r\n"
    users = Users({name: hashed(password) for name, password in USERS.items()})
    with guarding(users) as port:
        for _ in range(2):
            with port.connect() as client:
                try:
                    client.send(request)
                except OSError:
                    assert 431 == status  # so long a head is not read to its end
                assert status == client.answer().status


def test_a_verdict_cannot_be_poisoned() -> None:
    """A password that is right for one name lets in no other whose name and password are the same bytes in a row."""
    users = Users({"a:b": hashed(b"c"), "ab": hashed(b"c")})
    pairs = [(b"a:b", b"c"), (b"a", b"b:c"), (b"", b"a:b:c"), (b"ab", b"c"), (b"a", b"bc"), (b"abc", b"")]
    expected = [True, False, False, True, False, False]
    assert expected == [users.admit(*pair) for pair in pairs]
    assert expected == [users.remembered(*pair) for pair in reversed(pairs)][::-1]
    with guarding(users) as port:
        assert [401, 200] == [port.ask(login(pair)).status for pair in (b"a:b:c", b"ab:c")]


def work(users: Users, name: bytes, password: bytes) -> float:
    """Return the seconds of a processor that this thread needs for a check."""
    before = time.thread_time()
    assert not users.admit(name, password)
    return time.thread_time() - before


@pytest.mark.parametrize("costs", [(COST,), (COST, COST, COST - 3)])
def test_an_unknown_user_costs_as_much_work_as_a_known_one(costs: tuple[int, ...]) -> None:
    """Of pairs of checks, one of a known and one of an unknown user, the median needs the same work within 10 %."""
    users = Users({f"user-{number}": hashed(b"right", cost) for number, cost in enumerate(costs)})
    ratios = [
        work(users, b"nobody-%d" % number, b"%d" % number) / work(users, b"user-0", b"%d" % number)
        for number in range(PAIRS)
    ]
    assert 0.9 < statistics.median(ratios) < 1.1


def test_an_unknown_user_takes_as_long_as_a_known_one(request: pytest.FixtureRequest) -> None:
    """Of answers to logins of known and unknown users in turn, the medians of the times are as good as equal."""
    pairs, cost, within = (100, 10, 0.1) if request.config.getoption("--long") else (15, COST, 0.5)
    times: dict[bytes, list[float]] = {b"alice": [], b"nobody": []}
    with guarding(Users({"alice": hashed(b"right", cost)})) as port, port.connect() as client:
        for number in range(pairs):
            for name, taken in times.items():
                before = time.perf_counter()
                assert 401 == client.send(login(b"%s:%d" % (name, number))).answer().status
                taken.append(time.perf_counter() - before)
    known, unknown = map(statistics.median, times.values())
    log.info("known: %.1f ms, unknown: %.1f ms", 1000 * known, 1000 * unknown)
    assert 1 - within < unknown / known < 1 + within
