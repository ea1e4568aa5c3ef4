"""Tests of ``exporter.web.server`` over TLS."""

import contextlib
import shutil
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from raw_http import BIG, BIG_PAGE, HAND, HAND_BIG, HAND_PARTS, HEALTHY, MANY_PARTS, METRICS, PAGE, Serving, serving

from exporter.web.application import Limits

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="certificates are made by openssl")


@pytest.fixture(scope="module")
def make_context(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], ssl.SSLContext]:
    """Return what makes a context with a new certificate of the given name."""

    def make(name: str) -> ssl.SSLContext:
        where = tmp_path_factory.mktemp("tls")
        key, certificate = where / "key.pem", where / "certificate.pem"
        subprocess.run(
            [
                *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
                *("-days", "2", "-subj", f"/CN={name}", "-keyout", key, "-out", certificate),
            ],
            check=True,
            capture_output=True,
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        return context

    return make


@pytest.fixture
def port(make_context: Callable[[str], ssl.SSLContext]) -> Iterator[Serving]:
    with serving(Limits(head_timeout=5), make_context("first")) as running:
        yield running


def anyone() -> ssl.SSLContext:
    """Return a client's context that asks for no proof."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_pages_come_on_one_connection(port: Serving, version: ssl.TLSVersion) -> None:
    """A connection serves pages of any size, sent for one by one or ahead."""
    context = anyone()
    context.minimum_version = context.maximum_version = version
    with port.connect(context) as client:
        assert PAGE == client.send(METRICS).answer().body
        assert b"ok\n" == client.send(HEALTHY).answer().body
        assert b"".join(BIG_PAGE) == client.send(BIG).answer().body
        client.send(HEALTHY + METRICS + HEALTHY)
        assert [b"ok\n", PAGE, b"ok\n"] == [client.answer().body for _ in range(3)]


def test_pages_at_hand_are_whole(port: Serving) -> None:
    """A page at hand arrives whole over TLS, too, be it small, large or in many parts."""
    with port.connect(anyone()) as client:
        for request, page in {HAND: (PAGE,), HAND_BIG: BIG_PAGE, HAND_PARTS: MANY_PARTS, METRICS: (PAGE,)}.items():
            assert b"".join(page) == client.send(request).answer().body
        assert ["web-loop"] * 3 == [port.application.from_hand.get_nowait() for _ in range(3)]


def test_a_head_larger_than_a_record_is_read(port: Serving) -> None:
    """A head that comes in several records is read whole, with nothing left behind in the TLS layer."""
    with port.connect(anyone()) as client:
        client.send(METRICS[:-2] + b"A: " + b"b" * 30_000 + b"\r\n\r\n" + HEALTHY)
        assert [PAGE, b"ok\n"] == [client.answer().body for _ in range(2)]


def test_a_page_in_many_parts_comes_whole(port: Serving) -> None:
    """A page in thousands of parts arrives whole at a client that takes it slowly."""
    with port.connect(anyone(), receive_buffer=4096) as client:
        client.send(BIG.replace(b"/big", b"/parts"))
        assert b"".join(MANY_PARTS) == client.answer().body


def test_the_end_can_be_told_from_a_cut(make_context: Callable[[str], ssl.SSLContext]) -> None:
    """Who is closed, after a last answer or for being idle, is told in TLS that this is the end."""
    last = METRICS[:-2] + b"Connection: close\r\n\r\n"
    with (
        serving(Limits(idle_timeout=0.3), make_context("first")) as port,
        port.connect(anyone()) as idle,
        port.connect(anyone()) as leaving,
    ):
        assert [PAGE, PAGE] == [idle.send(METRICS).answer().body, leaving.send(last).answer().body]
        assert [b"", b""] == [idle.rest(), leaving.rest()]


def test_what_is_no_request_has_one_answer(port: Serving) -> None:
    """A client that sends no good request is told why, and is closed."""
    with port.connect(anyone()) as client:
        assert 400 == client.send(b"nonsense\r\n\r\n").answer().status
        assert b"" == client.rest()


def test_silent_clients_do_not_disturb_a_good_one(port: Serving) -> None:
    """While clients connect and never shake hands, every scrape is served."""
    with ExitStack() as stack:
        for _ in range(200):
            stack.enter_context(port.connect())
        for _ in range(10):
            with port.connect(anyone()) as client:
                assert PAGE == client.send(METRICS).answer().body


def test_a_handshake_has_a_deadline(make_context: Callable[[str], ssl.SSLContext]) -> None:
    """Who has not shaken hands in time is closed."""
    with serving(Limits(head_timeout=0.3), make_context("first")) as port, port.connect() as client:
        client.send(b"\x16\x03\x01\x02\x00")
        assert b"" == client.rest()


def test_plain_http_is_closed(port: Serving) -> None:
    """A client that speaks plain HTTP has no answer that it could take for one."""
    with port.connect() as client:
        answer = b""
        with contextlib.suppress(ConnectionResetError):
            answer = client.send(METRICS).rest()
        assert not answer.startswith(b"HTTP")
    with port.connect(anyone()) as client:
        assert PAGE == client.send(METRICS).answer().body


def test_a_new_certificate_is_for_new_connections(port: Serving, make_context: Callable[[str], ssl.SSLContext]) -> None:
    """A context that is set while serving is used for each connection from then on; the others go on as they are."""
    with port.connect(anyone()) as old:
        old.send(METRICS).answer()
        port.server.set_tls(make_context("second"))
        with port.connect(anyone()) as new:
            assert PAGE == new.send(METRICS).answer().body
            assert certificate_of(old.socket) != certificate_of(new.socket)
        assert PAGE == old.send(METRICS).answer().body


def certificate_of(connected: object) -> bytes | None:
    assert isinstance(connected, ssl.SSLSocket)
    return connected.getpeercert(binary_form=True)
