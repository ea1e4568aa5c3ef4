"""Tests of ``exporter.web_config.users`` and ``exporter.web_config.guard``."""

import base64
from collections.abc import Callable

import bcrypt
import pytest
from raw_http import TinyApplication

from exporter.web.application import Check
from exporter.web.request import Request
from exporter.web.response import Response
from exporter.web_config.guard import Bucket, Guard
from exporter.web_config.settings import RateLimit
from exporter.web_config.users import Users, credentials, is_hash

LONG = b"p" * 72


def hashed(password: bytes) -> bytes:
    return bcrypt.hashpw(password, bcrypt.gensalt(4))


@pytest.fixture(scope="module")
def users() -> Users:
    return Users({"alice": hashed(b"pass:word"), "bob": hashed(LONG), "zoë": hashed("ü".encode())})


@pytest.fixture
def guard(users: Users) -> Guard:
    guard = Guard(TinyApplication())
    guard.users = users
    return guard


def basic(name_and_password: bytes) -> str:
    return "Basic " + base64.b64encode(name_and_password).decode()


def asked(guard: Guard, path: str, authorization: str | None = None, method: str = "GET") -> Response:
    """Return the answer as the server comes to it."""
    headers = {} if authorization is None else {"authorization": authorization}
    request = Request(method, path, "", headers, keep_alive=True)
    known = guard.immediate(request)
    if isinstance(known, Check):
        known.run()
        known = guard.immediate(request)
        assert not isinstance(known, Check)
    return known or guard.answer(request)


@pytest.mark.parametrize(
    "authorization",
    [
        basic(b"alice:pass:word"),
        basic(b"alice:pass:word").replace("Basic", "bAsIc"),
        basic(b"bob:" + LONG),
        basic(b"bob:" + LONG + b"x"),
        basic("zoë:ü".encode()),
    ],
)
def test_who_is_let_in(guard: Guard, authorization: str) -> None:
    """A right password is let in at once and again, and counts by its first 72 bytes."""
    assert [200, 200] == [asked(guard, "/metrics", authorization).status for _ in range(2)]


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Basic",
        "Basic " + base64.b64encode(b"alice").decode(),
        "Basic !!!!",
        "Basic YWxpY2U6cGFzczp3b3J",
        "Bearer YWxpY2U6cGFzczp3b3Jk",
        basic(b"alice:pass:word") + ", " + basic(b"alice:pass:word"),
        basic(b"alice:wrong"),
        basic(b"alice:"),
        basic(b"alice:pass"),
        basic(b":pass:word"),
        basic(b"nobody:pass:word"),
        basic(b"bob:" + LONG[:71]),
        basic(b"bob:" + b"q" * 73),
        basic(b"alice:" + b"p" * 1024**2),
        basic(b"\xff\xfe:\xff"),
        basic("zoë:ü".encode("latin-1")),
        basic(b"alice:pass:word\0"),
    ],
)
def test_who_is_not(guard: Guard, authorization: str | None) -> None:
    """Anything but a right password is a 401 at first and again, whatever was asked for."""
    for path in ("/metrics", "/metrics", "/nowhere"):
        answer = asked(guard, path, authorization)
        assert (401, ("WWW-Authenticate", "Basic")) == (answer.status, answer.headers[-1])
    assert 401 == asked(guard, "/metrics", authorization, "POST").status


def test_what_comes_after_the_password(guard: Guard) -> None:
    """With a right password a path or method that is not there is told as ever, and health needs none."""
    right = basic(b"alice:pass:word")
    assert [404, 405] == [asked(guard, "/x", right).status, asked(guard, "/metrics", right, "PUT").status]
    assert 200 == asked(guard, "/-/healthy").status


def test_the_loop_never_checks_a_password(users: Users) -> None:
    """A password that is not known yet is left to be checked."""
    guard = Guard(TinyApplication())
    guard.users = Users({"alice": hashed(b"a")})
    headers = {"authorization": basic(b"alice:a")}
    assert isinstance(guard.immediate(Request("GET", "/nowhere", "", headers, keep_alive=True)), Check)


def test_a_verdict_is_of_one_name_and_password() -> None:
    """What is remembered of one pair is not taken for another whose bytes in a row are the same."""
    users = Users({"ab": hashed(b"c")})
    assert [True, False, True] == [users.admit(b"ab", b"c"), users.admit(b"a", b"bc"), users.admit(b"ab", b"c")]
    assert [True, False, None] == [users.remembered(*pair) for pair in ((b"ab", b"c"), (b"a", b"bc"), (b"", b"abc"))]


def test_the_right_one_is_not_forgotten_for_wrong_ones() -> None:
    """However many wrong passwords come, the right one is remembered, and the memory has an end."""
    users = Users({"alice": hashed(b"a")})
    assert users.admit(b"alice", b"a")
    assert not any(users.admit(b"x", b"%d" % number) for number in range(1001))
    assert [True, None] == [users.remembered(b"alice", b"a"), users.remembered(b"x", b"0")]


def test_who_was_right_stays_so_with_the_same_hash() -> None:
    """Of renewed users those with the hash of before are known, and nothing that is found out later of the old ones."""
    hashes = {name: hashed(name.encode()) for name in ("alice", "bob", "carol", "dave")}
    old = Users(hashes)
    assert all(old.admit(name, name) for name in (b"alice", b"bob", b"carol"))
    assert not old.admit(b"alice", b"wrong")
    new = old.renewed({**hashes, "bob": hashed(b"other")})
    assert old.admit(b"dave", b"dave")
    pairs = [(b"alice", b"alice"), (b"bob", b"bob"), (b"carol", b"carol"), (b"dave", b"dave"), (b"alice", b"wrong")]
    assert [True, None, True, None, None] == [new.remembered(*pair) for pair in pairs]
    assert [False, True] == [new.admit(b"bob", b"bob"), new.admit(b"bob", b"other")]
    assert new.renewed({}).remembered(b"alice", b"alice") is None


@pytest.mark.parametrize("make", [lambda good: good[:-1], lambda good: good.replace(b"$04$", b"$03$"), lambda _: b"x"])
def test_what_is_no_hash(make: Callable[[bytes], bytes]) -> None:
    """A text that no password can be checked against is no hash."""
    good = hashed(b"a")
    assert [True, False] == [is_hash(good), is_hash(make(good))]
    assert not is_hash(b"$2b$04$" + b"z" * 53)


def test_credentials() -> None:
    """The name ends at the first colon, and the password is cut at 72 bytes."""
    assert (b"a", b"b:c") == credentials(basic(b"a:b:c"))
    assert (b"a", LONG) == credentials(basic(b"a:" + LONG + b"p"))


def test_the_limit_of_rate() -> None:
    """Over the limit pages are a 429, health never is, and time brings the tokens back."""
    now = [0.0]
    guard = Guard(TinyApplication())
    guard.bucket = Bucket(RateLimit(2.0, 2), lambda: now[0])
    assert [200, 404, 429, 429] == [asked(guard, path).status for path in ("/metrics", "/x", "/x", "/metrics")]
    assert 200 == asked(guard, "/-/healthy").status
    now[0] = 2.0
    assert [200, 429] == [asked(guard, "/metrics").status for _ in range(2)]
    assert guard.at_hand(Request("GET", "/hand", "", {}, keep_alive=True)) is None
