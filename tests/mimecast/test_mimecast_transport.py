"""Tests of ``exporter.mimecast.transport``: what goes out, what comes back, and answers that are not right."""

import gzip
from contextlib import closing

import pytest
from raw_server import (
    ASKED,
    MOST,
    PATIENCE,
    Script,
    ask,
    drip,
    failure,
    hang,
    pour,
    raw_server,
    read_request,
    reason,
    reset,
    response,
    say,
    then_hang,
    transport_to,
    unused_port,
)

from exporter.errors import PollError, Reason
from exporter.mimecast.auth import Request

BODY = b'{"data": [1, 2, 3]}'
CHUNKED = "Transfer-Encoding: chunked"
SHORT = 0.3


def chunked(*parts: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    return response(b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + end, CHUNKED, length=None)


def test_what_goes_out() -> None:
    """A request is one POST of the body to the path, with its own headers, the program's name, and gzip accepted."""
    with raw_server(say(response())) as server:
        ask(transport_to(server.port))
        head, _, body = server.requests[0].partition(b"\r\n\r\n")
    first, *headers = head.decode().split("\r\n")
    assert ("POST /path HTTP/1.1", ASKED.body) == (first, body)
    assert sorted(
        [
            f"Host: 127.0.0.1:{server.port}",
            "User-Agent: mimecast-exporter",
            "Accept-Encoding: gzip",
            "Authorization: MC planted-secret",
            "Content-Length: 12",
        ]
    ) == sorted(headers)


@pytest.mark.parametrize(
    "answer",
    [
        response(BODY),
        response(BODY, length=None),
        response(BODY, "Content-Type: text/plain"),
        response(gzip.compress(BODY), "Content-Encoding: gzip"),
        response(gzip.compress(BODY), "Content-Encoding: GZIP, identity"),
        response(gzip.compress(gzip.compress(BODY)), "Content-Encoding: gzip, gzip"),
        chunked(BODY),
        chunked(BODY[:5], BODY[5:]),
        b"HTTP/1.1 100 Continue\r\n\r\n" + response(BODY),
        response(BODY).replace(b"HTTP/1.1 200 Whatever", b"HTTP/1.0 200"),
    ],
)
def test_right_answers(answer: bytes) -> None:
    """A body comes whole, whatever its framing, its coding and its type; late bytes do not matter."""
    with raw_server(say(answer), drip(answer, 0.001)) as server:
        transport = transport_to(server.port)
        assert [(200, BODY)] * 2 == [(told.status, told.body) for told in (ask(transport), ask(transport))]


@pytest.mark.parametrize("status", [204, 401, 403, 404, 429, 500, 503, 599, 999])
def test_statuses_are_handed_on(status: int) -> None:
    """An answer of any status that HTTP can carry is handed on with its headers."""
    with raw_server(say(response(b"", "X-Odd: 1", status=status))) as server:
        told = ask(transport_to(server.port))
    assert (status, "1", b"") == (told.status, told.headers["X-Odd"], told.body)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("place", ["http://127.0.0.1:{}/decoy", "/path", "file:///etc/passwd", None])
def test_redirects_are_handed_on(status: int, place: str | None) -> None:
    """A redirect is an answer like others: nothing arrives where it leads to, and one request is sent."""
    with raw_server(hang) as decoy:
        headers = [f"Location: {place.format(decoy.port)}"] if place else []
        with raw_server(say(response(b"", *headers, status=status))) as server:
            assert status == ask(transport_to(server.port)).status
        assert (1, 0) == (server.connections, decoy.connections)


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (say(b""), Reason.CONNECT),
        (reset, Reason.CONNECT),
        (say(b"HTTP/1.1 200 OK\r\nDate: Wed, 25 N"), Reason.CONNECT),
        (say(response(BODY)[: -len(BODY)]), Reason.CONNECT),
        (say(response(b"", CHUNKED, length=None)), Reason.CONNECT),
        (say(response(BODY, length="100")), Reason.INCOMPLETE),
        (say(response(BODY[:5], length="19")), Reason.INCOMPLETE),
        (say(chunked(BODY, end=b"")), Reason.INCOMPLETE),
        (say(chunked(b"{", end=b"13\r\n{")), Reason.INCOMPLETE),
        (say(chunked(BODY, end=b"zz\r\n")), Reason.PROTOCOL),
        (say(response(BODY, "Content-Length: 7")), Reason.PROTOCOL),
        (say(response(BODY, length="-1")), Reason.PROTOCOL),
        (say(response(BODY, length="many")), Reason.PROTOCOL),
        (say(response(BODY, length="+19")), Reason.PROTOCOL),
        (say(response(BODY, length=str(6 << 30))), Reason.TOO_LARGE),
        (say(response(BODY, length="9" * 5000)), Reason.TOO_LARGE),
        (say(b"SSH-2.0-OpenSSH_9.6\r\n\x00\x1b[31m\xff\r\n"), Reason.PROTOCOL),
        (say(BODY), Reason.PROTOCOL),
        (say(b"\x15\x03\x01\x00\x02\x02\x46"), Reason.PROTOCOL),
        (say(response(BODY, status=99999)), Reason.PROTOCOL),
        (say(response(BODY, *(f"X-{number}: x" for number in range(1000)))), Reason.PROTOCOL),
        (say(response(BODY, "X-Filler: " + "x" * (4 << 20))), Reason.PROTOCOL),
        (pour(b"HTTP/1.1 200 OK\r\n", b"X-Filler: " + b"x" * 1000 + b"\r\n"), Reason.PROTOCOL),
        (pour(b"HTTP/1.1 200 OK\r\n", b"x" * 1000), Reason.PROTOCOL),
        (pour(response(b"", length=None), b" " * 65536), Reason.TOO_LARGE),
        (say(response(BODY, "Content-Encoding: gzip")), Reason.ENCODING),
        (say(response(gzip.compress(BODY)[:-6], "Content-Encoding: gzip")), Reason.ENCODING),
        (say(response(BODY, "Content-Encoding: br")), Reason.ENCODING),
        (say(response(gzip.compress(bytes(MOST + 1)), "Content-Encoding: gzip")), Reason.TOO_LARGE),
        (
            say(response(gzip.compress(gzip.compress(bytes(9 * MOST))), "Content-Encoding: gzip, gzip")),
            Reason.TOO_LARGE,
        ),
    ],
)
def test_answers_that_are_not_right(script: Script, expected: Reason) -> None:
    """An answer that breaks off, breaks HTTP, or is too large has its reason; no part of it is taken."""
    assert expected is reason(script)


def test_a_reset_within_the_body() -> None:
    """A connection that is reset in the body is a lost connection."""

    def script(connection: object) -> None:
        say(response(BODY, length="100"))(connection)  # type: ignore[arg-type]
        reset(connection)  # type: ignore[arg-type]

    assert reason(script) in {Reason.CONNECT, Reason.INCOMPLETE}


def test_a_port_where_nobody_listens() -> None:
    """A refused connection has the reason ``connect``, and says so."""
    error = failure(transport_to(unused_port()))
    assert (Reason.CONNECT, "the connection failed: connection refused") == (error.reason, error.detail)


@pytest.mark.parametrize(
    ("script", "reads"),
    [
        (hang, False),
        (hang, True),
        (then_hang(response(BODY)[:30]), True),
        (then_hang(response(BODY)[:-5]), True),
        (then_hang(chunked(BODY, end=b"")), True),
        (then_hang(response(gzip.compress(BODY)[:-9], "Content-Encoding: gzip", length="99")), True),
        (drip(response(BODY) * 20), True),
        (drip(response(BODY * 20)[:-1]), True),
        (drip(response(BODY * 20, "Connection: close")[:-1]), True),
        (then_hang(response(BODY, length=None)), True),
        (drip(response(BODY * 20, length=None)[:-1]), True),
        (pour(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), True),
    ],
    ids=[
        "never reads",
        "never answers",
        "head",
        "body",
        "chunks",
        "gzip",
        "headers drip",
        "body drips",
        "last body drips",
        "no length",
        "no length drips",
        "continue",
    ],
)
def test_the_deadline_holds(script: Script, reads: bool) -> None:  # noqa: FBT001 - a parameter
    """Whatever the server does with its time, the request ends by the deadline, and the server sees us go."""
    with raw_server(script, reads=reads) as server:
        transport = transport_to(server.port)
        assert Reason.TIMEOUT is failure(transport, SHORT).reason
        server.ended.get(timeout=20.0)


def test_a_connection_is_kept_until_the_idle_ones_are_closed() -> None:
    """Requests that follow each other share a connection, and after a poll none is left open."""

    def twice(connection: object) -> None:
        for _ in range(2):
            say(response(BODY))(connection)  # type: ignore[arg-type]
            read_request(connection)  # type: ignore[arg-type]

    with raw_server(twice) as server:
        transport = transport_to(server.port)
        for _ in range(2):
            with closing(transport.send(ASKED, PATIENCE)) as answer:
                assert BODY == answer.read(MOST)
        transport.close_idle()
        server.ended.get(timeout=20.0)
        assert 1 == server.connections


def test_a_connection_that_died_is_replaced() -> None:
    """A kept connection that the server has closed is replaced without a word."""
    with raw_server(say(response(BODY))) as server:
        transport = transport_to(server.port)
        for _ in range(3):
            with closing(transport.send(ASKED, PATIENCE)) as answer:
                assert BODY == answer.read(MOST)
            server.ended.get(timeout=20.0)
        transport.close_idle()
        assert 3 == server.connections


def test_an_answer_that_is_left_is_dropped() -> None:
    """An answer that is closed before its end takes its connection with it: nothing of it is read into the next."""
    with raw_server(then_hang(response(BODY, length="1000")), say(response(BODY))) as server:
        transport = transport_to(server.port)
        transport.send(ASKED, PATIENCE).close()
        server.ended.get(timeout=20.0)
        assert BODY == ask(transport).body


@pytest.mark.parametrize("text", ["line\r\nX-Injected: 1", "line\n", "\u20ac", "\x00"])
def test_a_header_that_cannot_be_sent(text: str) -> None:
    """A credential that no header can hold is ``unauthorized``, is not quoted, and nothing is sent."""
    with raw_server(hang) as server:
        with pytest.raises(PollError) as raised:
            transport_to(server.port).send(Request("/path", b"", {"Authorization": f"MC planted-secret{text}"}), SHORT)
        assert Reason.UNAUTHORIZED is raised.value.reason
        assert "planted" not in f"{raised.value} {raised.value.__cause__}"
        assert [] == server.requests
