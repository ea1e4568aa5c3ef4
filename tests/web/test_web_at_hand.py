"""Tests of ``exporter.web.server`` and pages that are at hand: they go out at once, or as much of them as does."""

import threading

import pytest
from raw_http import (
    BIG_PAGE,
    HAND,
    HAND_BIG,
    HAND_PARTS,
    HEALTHY,
    HELD,
    MANY_PARTS,
    METRICS,
    PAGE,
    PATIENCE,
    serving,
)

from exporter.web.application import Limits

BRIEF = Limits(head_timeout=0.3, idle_timeout=0.3, write_timeout=0.3)
WHOLE = {HAND: PAGE, HAND_BIG: b"".join(BIG_PAGE), HAND_PARTS: b"".join(MANY_PARTS)}


def test_pages_at_hand_are_whole() -> None:
    """A page at hand arrives whole on a connection that goes on, be it small, large or in many parts."""
    with serving() as port, port.connect() as client:
        for request in (HAND, HAND_BIG, HAND, HAND_PARTS, METRICS, HAND):
            assert WHOLE.get(request, PAGE) == client.send(request).answer().body
        assert ["web-loop"] * 5 == [port.application.from_hand.get_nowait() for _ in range(5)]


def test_a_page_at_hand_waits_for_no_other() -> None:
    """While an answer is being made, a page at hand goes out on the thread that serves all connections."""
    with serving(Limits(max_requests=2)) as port, port.connect() as held, port.connect() as client:
        held.send(HELD)
        port.application.entered.get(timeout=PATIENCE)
        assert PAGE == client.send(HAND).answer().body
        assert "web-loop" == port.application.from_hand.get_nowait()


def test_the_limit_of_pages_is_for_those_at_hand_too() -> None:
    """With all pages in use, one at hand is refused as any other."""
    with serving(Limits(max_requests=1)) as port, port.connect() as held, port.connect() as client:
        held.send(HELD)
        port.application.entered.get(timeout=PATIENCE)
        assert 503 == client.send(HAND).answer().status
        assert port.application.from_hand.empty()


def test_pages_asked_for_ahead_do_not_hold_up_others() -> None:
    """Of requests behind each other none but the last is answered by the thread that serves all."""
    with serving() as port, port.connect() as client:
        client.send(HAND * 3 + HEALTHY)
        assert [PAGE, PAGE, PAGE, b"ok\n"] == [client.answer().body for _ in range(4)]
        assert port.application.from_hand.empty()


@pytest.mark.parametrize("request_head", [b"HTTP/1.0\r\n\r\n", b"HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"])
def test_a_page_at_hand_may_be_the_last(request_head: bytes) -> None:
    """Who wants no other answer has a page at hand that says so, whole, and then the end."""
    for path in (b"/hand ", b"/hand/big "):
        with serving() as port, port.connect() as client:
            answer = client.send(b"GET " + path + request_head).answer()
            assert (200, "close") == (answer.status, answer.headers["Connection"])
            assert b"" == client.rest()


def test_who_does_not_read_a_page_at_hand_is_cut_off() -> None:
    """A page at hand that is not taken in time is cut by a reset, and others are served meanwhile."""
    with serving(BRIEF) as port, port.connect(receive_buffer=4096) as client:
        client.send(HAND_BIG)
        assert PAGE == port.ask(HAND).body
        assert client.was_reset()


def test_without_a_thread_the_rest_of_a_page_is_a_reset(caplog: pytest.LogCaptureFixture) -> None:
    """If no thread can be started for the rest of a page, no client takes what it has for a whole one."""
    with serving() as port, port.connect(receive_buffer=4096) as client:
        size = threading.stack_size(1 << 46)  # which no start of a thread survives
        try:
            client.send(HAND_BIG)
            assert client.was_reset()
            assert PAGE == port.ask(HAND).body
        finally:
            threading.stack_size(size)
    assert ["no thread can be started for a request"] == [record.getMessage() for record in caplog.records]


def test_a_page_at_hand_is_counted_once() -> None:
    """Each page at hand is counted, whoever sends its rest."""
    with serving() as port, port.connect() as client:
        for request in (HAND, HAND_BIG):
            client.send(request).answer()
        assert [("/hand", 200), ("/hand/big", 200)] == [port.application.answers.get_nowait() for _ in range(2)]
