"""Tests of ``exporter.web.server``: one client at a time, well-behaved or not."""

import errno
import logging
import select
import socket
import threading
import time
from collections.abc import Iterator
from itertools import pairwise

import pytest
from raw_http import (
    BIG,
    BIG_PAGE,
    HEALTHY,
    HELD,
    MANY_PARTS,
    METRICS,
    PAGE,
    PATIENCE,
    RawClient,
    Serving,
    TinyApplication,
    serving,
)

from exporter.web.application import Limits
from exporter.web.listener import Address
from exporter.web.request import Request
from exporter.web.server import Server

OWN_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self' 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}
BRIEF = Limits(head_timeout=0.3, idle_timeout=0.3, write_timeout=0.3)


@pytest.fixture
def port() -> Iterator[Serving]:
    with serving() as running:
        yield running


def sips(client: RawClient) -> Iterator[int]:
    """Take a little of an answer now and then, and tell how much."""
    started = time.monotonic()
    poll = select.poll()
    poll.register(client.socket, 0)
    while time.monotonic() < started + PATIENCE:
        poll.poll(20)
        yield len(client.socket.recv(1000))


def test_pages_come_on_one_connection(port: Serving) -> None:
    """A connection serves one page after the other."""
    with port.connect() as client:
        for _ in range(3):
            answer = client.send(METRICS).answer()
            assert (200, PAGE) == (answer.status, answer.body)
            assert "Connection" not in answer.headers


def test_pages_of_any_shape_are_whole(port: Serving) -> None:
    """A page arrives whole, be it large or in more parts than the system takes at once."""
    assert b"".join(BIG_PAGE) == port.ask(BIG).body
    assert b"".join(MANY_PARTS) == port.ask(BIG.replace(b"/big", b"/parts")).body


@pytest.mark.parametrize("path", [b"/metrics", b"/-/healthy", b"/none", b"/broken"])
def test_head_is_get_without_a_body(port: Serving, path: bytes) -> None:
    """HEAD has the status and headers of GET, no body, and the connection goes on."""
    get = b"GET " + path + b" HTTP/1.1\r\nHost: here\r\n\r\n"
    with port.connect() as client:
        whole = client.send(get).answer()
        bare = client.send(get.replace(b"GET", b"HEAD")).answer(head=True)
        assert (whole.status, {**whole.headers, "Date": ""}) == (bare.status, {**bare.headers, "Date": ""})
        assert b"ok\n" == client.send(HEALTHY).answer().body


def test_http_1_0_ends_with_the_answer(port: Serving) -> None:
    """A client of HTTP/1.0 has one answer, which says that it is the last."""
    with port.connect() as client:
        answer = client.send(b"GET /metrics HTTP/1.0\r\n\r\n").answer()
        assert (PAGE, "close") == (answer.body, answer.headers["Connection"])
        assert b"" == client.rest()


def test_http_1_0_may_stay(port: Serving) -> None:
    """A client of HTTP/1.0 that wants to stay is told that it may."""
    with port.connect() as client:
        for _ in range(2):
            answer = client.send(b"GET /metrics HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").answer()
            assert (PAGE, "keep-alive") == (answer.body, answer.headers["Connection"])


@pytest.mark.parametrize("path", [b"/metrics", b"/-/healthy"])
def test_a_client_may_ask_for_the_end(port: Serving, path: bytes) -> None:
    """With ``Connection: close`` the answer is the last."""
    with port.connect() as client:
        answer = client.send(b"GET " + path + b" HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n").answer()
        assert (200, "close") == (answer.status, answer.headers["Connection"])
        assert b"" == client.rest()


def test_requests_sent_ahead_are_answered_in_turn(port: Serving) -> None:
    """Pipelined requests have their answers in the order in which they were sent."""
    missing = b"GET /none HTTP/1.1\r\nHost: here\r\n\r\n"
    with port.connect() as client:
        client.send(HEALTHY + METRICS + missing + METRICS + HEALTHY + METRICS[:10])
        assert [b"ok\n", PAGE, b"not found\n", PAGE, b"ok\n"] == [client.answer().body for _ in range(5)]
        assert PAGE == client.send(METRICS[10:]).answer().body


def test_a_head_may_come_in_pieces(port: Serving) -> None:
    """A head that comes byte by byte is a head."""
    with port.connect() as client:
        for byte in METRICS:
            client.send(bytes([byte]))
        assert PAGE == client.answer().body


@pytest.mark.parametrize("method", [b"POST", b"PUT", b"DELETE", b"TRACE", b"FOO", b"get"])
def test_other_methods_are_answered(port: Serving, method: bytes) -> None:
    """A request of another method is handed to the application as any other."""
    answer = port.ask(METRICS.replace(b"GET", method))
    assert (405, "GET, HEAD") == (answer.status, answer.headers["Allow"])


@pytest.mark.parametrize("method", [b"POST", b"GET"])
@pytest.mark.parametrize("announced", [b"Content-Length: 39", b"Transfer-Encoding: chunked"])
def test_a_body_is_never_taken_for_a_request(port: Serving, method: bytes, announced: bytes) -> None:
    """A request with a body has one answer, the last, whatever the body looks like."""
    with port.connect() as client:
        client.send(method + b" /metrics HTTP/1.1\r\nHost: here\r\n" + announced + b"\r\n\r\n" + HEALTHY)
        answer = client.answer()
        assert (200 if method == b"GET" else 405, "close") == (answer.status, answer.headers["Connection"])
        assert b"" == client.rest()


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"GET /\r\n", 400),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 500, 400),
        (b"GET /metrics HTTP/1.1\nHost: here\n\n", 400),
        (b"GET /metrics HTTP/1.1\r\n\r\n", 400),
        (b"GET /metrics HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n" + METRICS, 400),
        (b"GET /\xff\x00<script> HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        (b"GET /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n" + METRICS, 400),
        (b"GET /" + b"a" * 65_536 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
        (b"GET /metrics HTTP/1.1\r\nHost: a\r\n" + b"A: b\r\n" * 100 + b"\r\n", 431),
        (b"GET /metrics HTTP/1.1\r\nHost: a\r\nA: " + b"b" * 65_536 + b"\r\n\r\n", 431),
        (b"GET /metrics HTTP/1.1\r\nHost: a\r\n" + (b"A: " + b"b" * 64_000 + b"\r\n") * 100 + b"\r\n", 431),
    ],
    ids=lambda value: value if isinstance(value, int) else repr(value[:40]),
)
def test_what_is_no_request_has_one_answer(port: Serving, data: bytes, status: int) -> None:
    """A client that sends no good request is told why, in plain text that quotes nothing, and is closed."""
    with port.connect() as client:
        answer = client.send(data).answer()
        assert (status, "close") == (answer.status, answer.headers["Connection"])
        assert "text/plain; charset=utf-8" == answer.headers["Content-Type"]
        assert b"script" not in answer.body
        assert b"" == client.rest()
    assert (None, status) == port.application.answers.get(timeout=PATIENCE)


@pytest.mark.parametrize(
    "data", [HEALTHY, METRICS, b"GET /none HTTP/1.1\r\nHost: a\r\n\r\n", b"FOO / HTTP/1.1\r\nHost: a\r\n\r\n", b"\x00"]
)
def test_every_answer_has_our_headers(port: Serving, data: bytes) -> None:
    """Every answer tells browsers to do nothing with it, has a date, and no other origin may read it."""
    headers = port.ask(data).headers
    assert OWN_HEADERS == {name: headers[name] for name in OWN_HEADERS}
    assert "Date" in headers
    assert not {"Server", "Access-Control-Allow-Origin"} & headers.keys()


def test_headers_can_be_added_while_serving(port: Serving) -> None:
    """Headers that are set are sent with every answer from then on."""
    port.server.set_headers({"X-Frame-Options": "deny"})
    for data in [HEALTHY, METRICS, b"\x00"]:
        assert "deny" == port.ask(data).headers["X-Frame-Options"]


@pytest.mark.parametrize("path", [b"/broken", b"/worse"])
def test_a_bug_of_the_application_is_a_500(port: Serving, path: bytes, caplog: pytest.LogCaptureFixture) -> None:
    """An error of the application is logged once with its traceback, told as a bare 500, and the server goes on."""
    with caplog.at_level(logging.DEBUG), port.connect() as client:
        answer = client.send(METRICS.replace(b"/metrics", path)).answer()
        assert (500, b"internal error\n") == (answer.status, answer.body)
        assert PAGE == client.send(METRICS).answer().body
    assert ["a request could not be answered"] == [record.getMessage() for record in caplog.records]
    assert caplog.records[0].exc_info


def test_answers_are_counted(port: Serving) -> None:
    """Every answer is told to the application once, before it is out."""
    with port.connect() as client:
        for data in [HEALTHY, METRICS, METRICS.replace(b"GET", b"FOO"), b"\x00"]:
            client.send(data).answer()
            assert not port.application.answers.empty()
            port.application.answers.get()
    assert port.application.answers.empty()


def test_a_client_may_leave_in_the_middle(port: Serving, caplog: pytest.LogCaptureFixture) -> None:
    """Nothing is logged for a client that leaves before or within its answer, and others are served."""
    with caplog.at_level(logging.DEBUG):
        for _ in range(5):
            port.connect().send(HELD).socket.close()
            port.connect().send(BIG).socket.close()
            port.connect().send(METRICS[:20]).socket.close()
            port.connect().socket.close()
            assert "/held" == port.application.entered.get(timeout=PATIENCE)
        port.application.release.set()
        while [each for each in [port.application.answers.get(timeout=PATIENCE)] if each != ("/held", 200)]:
            pass
        assert PAGE == port.ask(METRICS).body
    assert [] == caplog.records


def test_half_a_head_ends_at_the_deadline() -> None:
    """Who has not sent a whole head in time is closed without an answer, however lively; so is who says nothing."""
    with serving(BRIEF) as port, port.connect() as half, port.connect() as silent, port.connect() as dripping:
        half.send(METRICS[:20])
        dripping.socket.settimeout(0.02)
        started = time.monotonic()
        drips = 0
        while time.monotonic() < started + PATIENCE:
            dripping.send(METRICS[drips : drips + 1])
            drips += 1
            try:
                assert b"" == dripping.socket.recv(1)
                break
            except TimeoutError:
                continue
            except ConnectionResetError:
                break
        assert 5 < drips < len(METRICS)
        assert b"" == half.rest()
        assert b"" == silent.rest()


def test_a_pause_between_requests_has_an_end() -> None:
    """A connection that is not used for the idle time is closed."""
    with serving(BRIEF) as port, port.connect() as client:
        client.send(METRICS).answer()
        assert b"" == client.rest()


def test_who_does_not_read_is_cut_off_at_the_deadline() -> None:
    """A client that does not take its page in time is reset, so that what it has never looks like a whole page."""
    with serving(BRIEF) as port, port.connect(receive_buffer=4096) as client:
        client.send(BIG)
        assert client.was_reset()
        assert PAGE == port.ask(METRICS).body


def test_who_reads_too_slowly_is_cut_off_at_the_deadline() -> None:
    """The deadline is for the whole page: a client that takes a little now and then does not stretch it."""
    with serving(BRIEF) as port, port.connect(receive_buffer=4096) as client:
        client.send(BIG)
        taken: list[int] = []
        with pytest.raises(ConnectionResetError):
            taken.extend(sips(client))
        assert 0 < sum(taken) < 8_000_000


def test_a_page_over_the_limit_is_refused_at_once() -> None:
    """With all pages in use one more is a 503 that says when to come again, and small answers are given still."""
    with serving(Limits(max_requests=2)) as port, port.connect() as first, port.connect() as second:
        for client in (first, second):
            client.send(HELD)
            assert "/held" == port.application.entered.get(timeout=PATIENCE)
        with port.connect() as third:
            answer = third.send(METRICS).answer()
            assert (503, "1") == (answer.status, answer.headers["Retry-After"])
            assert b"ok\n" == third.send(HEALTHY).answer().body
            port.application.release.set()
            assert [b"held\n", b"held\n"] == [client.answer().body for client in (first, second)]
            assert PAGE == third.send(METRICS).answer().body


def test_the_limit_is_free_when_the_answer_is_out() -> None:
    """One client after the other is served with one page at once: an answer that is out counts no more."""
    with serving(Limits(max_requests=1)) as port:
        for data in [METRICS, BIG] * 100:
            assert 200 == port.ask(data).status


def test_without_a_thread_a_page_is_refused(port: Serving, caplog: pytest.LogCaptureFixture) -> None:
    """If no thread can be started, a page is a 503 that says when to come again, and then it is served."""
    size = threading.stack_size(1 << 46)  # which no start of a thread survives
    try:
        with port.connect() as client:
            answer = client.send(METRICS).answer()
            assert (503, "1") == (answer.status, answer.headers["Retry-After"])
            assert b"ok\n" == client.send(HEALTHY).answer().body
            threading.stack_size(size)
            assert PAGE == client.send(METRICS).answer().body
    finally:
        threading.stack_size(size)
    assert ["no thread can be started for a request"] == [record.getMessage() for record in caplog.records]


def test_an_answer_that_cannot_be_counted_is_given(caplog: pytest.LogCaptureFixture) -> None:
    """An error in the counting of answers is logged, and the answer is given all the same."""

    class Forgetful(TinyApplication):
        def finished(self, request: Request | None, status: int) -> None:
            raise LookupError(request, status)

    server = Server(Forgetful(), [Address("127.0.0.1", 0)], Limits())
    server.start()
    with RawClient.to(server.addresses[0].port) as client:
        assert [b"ok\n", PAGE] == [client.send(data).answer().body for data in (HEALTHY, METRICS)]
    server.stop(grace=1.0)
    assert ["an answer could not be counted"] * 2 == [record.getMessage() for record in caplog.records]


def test_real_addresses_are_known() -> None:
    """All addresses are served, and told with the port that the system chose."""
    server = Server(TinyApplication(), [Address("127.0.0.1", 0), Address("127.0.0.2", 0)], Limits())
    server.start()
    for address in server.addresses:
        with RawClient(socket.create_connection((address.host, address.port), timeout=PATIENCE)) as client:
            assert PAGE == client.send(METRICS).answer().body
    server.stop(grace=1.0)
    assert ["127.0.0.1", "127.0.0.2"] == [address.host for address in server.addresses]
    assert all(address.port for address in server.addresses)


def test_a_taken_port_is_an_error(port: Serving) -> None:
    """Starting on a port that is taken raises, and leaves nothing open."""
    server = Server(TinyApplication(), [Address("127.0.0.2", 0), *port.server.addresses], Limits())
    with pytest.raises(OSError, match="in use") as caught:
        server.start()
    assert (errno.EADDRINUSE, f"127.0.0.1:{port.port}") == (caught.value.errno, caught.value.filename)
    assert not server.running
    server.stop(grace=1.0)


def test_two_servers_do_not_know_each_other(port: Serving) -> None:
    """Servers in one process serve side by side."""
    with serving() as other:
        assert PAGE == other.ask(METRICS).body
    assert PAGE == port.ask(METRICS).body
    assert all(one != two for one, two in pairwise([port.port, other.port]))
