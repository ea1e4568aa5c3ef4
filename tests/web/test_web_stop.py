"""Tests of ``exporter.web.server``: how it ends."""

import contextlib
import socket
import threading
import time

import pytest
from raw_http import BIG, HEALTHY, HELD, METRICS, PAGE, PATIENCE, Serving, TinyApplication, serving

from exporter.web.application import Limits
from exporter.web.server import Server


def until_refused(port: Serving) -> None:
    """Wait until nobody can connect."""
    with contextlib.suppress(ConnectionRefusedError, ConnectionResetError):
        while True:
            socket.create_connection(("127.0.0.1", port.port), timeout=PATIENCE).close()


def test_idle_clients_are_closed_at_once() -> None:
    """Without an answer in flight a server stops at once, whoever is connected."""
    with serving() as port, port.connect() as idle, port.connect() as half, port.connect() as silent:
        idle.send(METRICS).answer()
        half.send(HEALTHY + METRICS[:20]).answer()
        started = time.monotonic()
        port.server.stop(grace=PATIENCE)
        assert time.monotonic() - started < 1
        assert [b"", b"", b""] == [client.rest() for client in (idle, half, silent)]


def test_an_answer_in_flight_ends_whole() -> None:
    """An answer in flight is given whole, says that it is the last, and only then the server has stopped."""
    with serving() as port, port.connect() as client:
        client.send(HELD)
        assert "/held" == port.application.entered.get(timeout=PATIENCE)
        stopping = threading.Thread(target=port.server.stop, args=(PATIENCE,))
        stopping.start()
        until_refused(port)
        assert stopping.is_alive()
        port.application.release.set()
        answer = client.answer()
        assert (b"held\n", "close") == (answer.body, answer.headers["Connection"])
        assert b"" == client.rest()
        stopping.join(PATIENCE)
        assert not port.server.running


def test_a_large_answer_in_flight_ends_whole() -> None:
    """A page that is being read when the server stops is read to its end."""
    with serving() as port, port.connect(receive_buffer=4096) as client:
        client.send(BIG)
        assert b"HTTP/1.1 200" == client.socket.recv(12)
        stopping = threading.Thread(target=port.server.stop, args=(PATIENCE,))
        stopping.start()
        assert len(client.rest()) > 8_000_000
        stopping.join(PATIENCE)


def test_an_answer_that_takes_too_long_is_cut() -> None:
    """After the grace the client is closed without an answer, and the worker ends in peace when it is done."""
    with serving() as port, port.connect() as client:
        others = set(threading.enumerate())
        client.send(HELD)
        assert "/held" == port.application.entered.get(timeout=PATIENCE)
        (worker,) = set(threading.enumerate()) - others
        started = time.monotonic()
        port.server.stop(grace=0.1)
        assert 0.1 <= time.monotonic() - started < 0.6
        assert not port.server.running
        assert b"" == client.rest()
        port.application.release.set()
        worker.join(PATIENCE)
        assert not worker.is_alive()


def test_a_page_that_is_not_read_does_not_hold_up_the_stop() -> None:
    """A client that does not read is cut off after the grace, well before its own deadline."""
    with serving(Limits(write_timeout=60)) as port, port.connect(receive_buffer=4096) as client:
        client.send(BIG)
        assert ("/big", 200) == port.application.answers.get(timeout=PATIENCE)
        started = time.monotonic()
        port.server.stop(grace=0.1)
        assert time.monotonic() - started < 0.6
        received = 0
        with contextlib.suppress(ConnectionResetError):
            while data := client.socket.recv(1 << 20):
                received += len(data)
        assert received < 8_000_000


def test_the_port_is_free_at_once() -> None:
    """Another server can start on the port of one that has just stopped, with its connections hardly closed."""
    with serving() as port, port.connect() as client:
        client.send(METRICS).answer()
        port.server.stop(grace=1.0)
        again = Server(TinyApplication(), port.server.addresses, Limits())
        again.start()
        try:
            assert PAGE == port.ask(METRICS).body
        finally:
            again.stop(grace=1.0)


def test_stopping_twice_or_too_early_is_no_error() -> None:
    """A server that was never started, or has stopped, can be stopped."""
    Server(TinyApplication(), [], Limits()).stop(grace=1.0)
    with serving() as port:
        for _ in range(2):
            port.server.stop(grace=1.0)
            assert not port.server.running


def test_a_client_at_the_door_is_refused() -> None:
    """After the stop nobody is listening."""
    with serving() as port:
        port.server.stop(grace=1.0)
        with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port.port), timeout=5):
            pass
