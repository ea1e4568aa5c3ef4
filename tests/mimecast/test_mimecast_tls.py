"""Tests of ``exporter.mimecast.transport`` over TLS, through proxies, and in an odd environment."""

import base64
import shutil
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
from certificate import Certificates, Pair
from connect_proxy import refuse, tunnelling
from raw_server import (
    PATIENCE,
    Script,
    ask,
    failure,
    hang,
    raw_server,
    response,
    say,
    then_hang,
    transport_to,
    unused_port,
)

from exporter.errors import Reason
from exporter.mimecast.auth import Request
from exporter.mimecast.transport import Route, client_tls
from exporter.model import Secret

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="certificates are made by openssl")

SHORT = 0.3
SAID = say(response(b"{}"))


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def good(certificates: Certificates) -> Pair:
    return certificates.signed("good")


@pytest.fixture(scope="module")
def trust(certificates: Certificates) -> ssl.SSLContext:
    return certificates.authority.client()


def https(port: int, host: str = "localhost") -> str:
    return f"https://{host}:{port}"


def self_signed(made: Certificates) -> ssl.SSLContext:
    return made.self_signed("localhost", "-addext", "subjectAltName=DNS:localhost").server()


def old(made: Certificates) -> ssl.SSLContext:
    context = made.signed("good").server()
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    return context


REFUSED: dict[str, Callable[[Certificates], ssl.SSLContext]] = {
    "expired": lambda made: made.signed("old", last="20260201000000Z").server(),
    "not yet valid": lambda made: made.signed("young", first="20980101000000Z").server(),
    "wrong name": lambda made: made.signed("localhost", "DNS:example.com,IP:127.0.0.2").server(),
    "self-signed": self_signed,
    "unknown authority": lambda made: Certificates(made.directory / "..").self_signed("localhost").server(),
}


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_good_certificate(good: Pair, trust: ssl.SSLContext, host: str, version: ssl.TLSVersion) -> None:
    """A server whose certificate comes from our own authority for its name is believed, over TLS 1.2 and 1.3."""
    with raw_server(SAID, context=good.server(minimum_version=version, maximum_version=version)) as server:
        assert b"{}" == ask(transport_to(https(server.port, host), trust)).body


@pytest.mark.parametrize("make", REFUSED.values(), ids=REFUSED)
def test_a_certificate_that_is_refused(
    certificates: Certificates, trust: ssl.SSLContext, make: Callable[[Certificates], ssl.SSLContext]
) -> None:
    """A certificate that proves nothing ends in ``tls``, says why, and nothing of the request is sent."""
    with raw_server(SAID, context=make(certificates)) as server:
        error = failure(transport_to(https(server.port), trust))
        assert Reason.TLS is error.reason
        assert error.detail.startswith("the certificate is refused: ")
    assert [] == server.requests


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_old_tls_is_refused(certificates: Certificates, trust: ssl.SSLContext) -> None:
    """A server that speaks nothing newer than TLS 1.1 ends in ``tls``."""
    with raw_server(SAID, context=old(certificates)) as server:
        assert Reason.TLS is failure(transport_to(https(server.port), trust)).reason


@pytest.mark.parametrize(
    "garbage", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x00" * 100, b"\x15\x03\x01\x00\x02\x02\x46"]
)
def test_a_server_that_speaks_no_tls(trust: ssl.SSLContext, garbage: bytes) -> None:
    """Anything else than TLS ends in ``tls``."""
    with raw_server(then_hang(garbage), reads=False) as server:
        assert Reason.TLS is failure(transport_to(https(server.port), trust)).reason


def test_a_handshake_that_stalls(trust: ssl.SSLContext) -> None:
    """A server that never shakes hands ends in ``timeout`` by the deadline, and sees us go."""
    with raw_server(hang, reads=False) as server:
        assert Reason.TIMEOUT is failure(transport_to(https(server.port), trust), SHORT).reason
        server.ended.get(timeout=20.0)


def test_a_handshake_that_is_broken_off(trust: ssl.SSLContext) -> None:
    """A server that closes instead of shaking hands is a lost connection."""
    with raw_server(say(b""), reads=False) as server:
        assert Reason.CONNECT is failure(transport_to(https(server.port), trust)).reason


def test_a_body_that_stalls(good: Pair, trust: ssl.SSLContext) -> None:
    """The deadline holds over TLS, too."""
    with raw_server(then_hang(response(b"{}", length="9")), context=good.server()) as server:
        assert Reason.TIMEOUT is failure(transport_to(https(server.port), trust), SHORT).reason


def test_a_body_that_is_cut(good: Pair, trust: ssl.SSLContext) -> None:
    """A body that ends too early over TLS is ``incomplete``."""
    with raw_server(say(response(b"{}", length="9")), context=good.server()) as server:
        assert Reason.INCOMPLETE is failure(transport_to(https(server.port), trust)).reason


def test_an_own_certificate(certificates: Certificates, good: Pair, trust: ssl.SSLContext) -> None:
    """A server that asks for a client's certificate is shown ours; without one the request fails."""
    context = good.server()
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(certificates.authority.certificate)
    with raw_server(SAID, context=context) as server:
        shown = certificates.authority.client(certificates.signed("us"))
        assert b"{}" == ask(transport_to(https(server.port), shown)).body
        assert failure(transport_to(https(server.port), trust)).reason in {Reason.TLS, Reason.CONNECT}


def test_files_that_cannot_be_used(certificates: Certificates, good: Pair, tmp_path: Path) -> None:
    """Files that are missing, or do not fit together, are an ``OSError`` when the TLS is made."""
    empty = tmp_path / "empty.pem"
    empty.write_text("")
    for files in (("missing.pem",), (empty,), (good.certificate, good.certificate, certificates.authority.key)):
        with pytest.raises(OSError, match=r".*"):
            client_tls(*map(str, files))


@pytest.mark.parametrize("credentials", ["", "user:p%40ss@"])
def test_https_through_a_proxy(good: Pair, trust: ssl.SSLContext, credentials: str) -> None:
    """A request goes through the proxy's tunnel, verified end to end, with the credentials of the proxy's address."""
    seen: list[bytes] = []
    with raw_server(SAID, context=good.server()) as server, tunnelling(seen) as proxy:
        transport = transport_to(https(server.port), trust, f"http://{credentials}127.0.0.1:{proxy.port}")
        assert b"{}" == ask(transport).body
        assert seen[0].startswith(b"CONNECT localhost:%d HTTP/1." % server.port)
    basic = b"Proxy-Authorization: Basic " + base64.b64encode(b"user:p@ss")
    assert bool(credentials) == (basic.lower() in seen[0].lower())
    assert b"planted" not in seen[0]
    assert b"roxy-" not in server.requests[0]


def test_a_proxy_does_not_weaken_tls(certificates: Certificates, trust: ssl.SSLContext) -> None:
    """Through a proxy a certificate that proves nothing is refused, too."""
    with raw_server(SAID, context=self_signed(certificates)) as server, tunnelling([]) as proxy:
        error = failure(transport_to(https(server.port), trust, f"http://127.0.0.1:{proxy.port}"))
    assert (Reason.TLS, []) == (error.reason, server.requests)


def test_http_through_a_proxy() -> None:
    """A request in plain text is handed to the proxy with its whole address."""
    with raw_server(SAID) as proxy:
        ask(transport_to(9, proxy=f"http://127.0.0.1:{proxy.port}"))
        assert proxy.requests[0].startswith(b"POST http://127.0.0.1:9/path HTTP/1.1\r\n")


@pytest.mark.parametrize("status", [403, 407, 502])
def test_a_proxy_that_refuses(trust: ssl.SSLContext, status: int) -> None:
    """A proxy that does not connect has the reason ``proxy``, and its credentials are not told."""
    with raw_server(refuse(status)) as proxy:
        error = failure(transport_to(https(9), trust, f"http://user:planted-secret@127.0.0.1:{proxy.port}"))
    assert (Reason.PROXY, "the proxy refused the connection to Mimecast") == (error.reason, error.detail)


def test_a_proxy_that_is_down(trust: ssl.SSLContext) -> None:
    """A proxy that is not there has the reason ``proxy``."""
    for url in (https(9), "http://127.0.0.1:9"):
        error = failure(transport_to(url, trust, f"http://user:planted-secret@127.0.0.1:{unused_port()}"))
        assert Reason.PROXY is error.reason


@pytest.mark.parametrize(("script", "reason"), [(say(b""), Reason.CONNECT), (say(b"SSH-2.0-x\r\n"), Reason.PROTOCOL)])
def test_a_proxy_that_is_none(trust: ssl.SSLContext, script: Script, reason: Reason) -> None:
    """A proxy that closes, or speaks something else, is told as a server that does."""
    with raw_server(script) as proxy:
        assert reason is failure(transport_to(https(9), trust, f"http://127.0.0.1:{proxy.port}")).reason


def test_a_proxy_that_hangs(trust: ssl.SSLContext) -> None:
    """A proxy that never answers ends in ``timeout`` by the deadline, and sees us go."""
    with raw_server(hang) as proxy:
        error = failure(transport_to(https(9), trust, f"http://127.0.0.1:{proxy.port}"), SHORT)
        proxy.ended.get(timeout=20.0)
    assert Reason.TIMEOUT is error.reason


def test_the_environment_changes_nothing(
    good: Pair, trust: ssl.SSLContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Variables and ``.netrc`` neither redirect a request, nor authorize it, nor decide whom it trusts (row 81)."""
    (tmp_path / ".netrc").write_text("machine localhost login planted password planted\ndefault login x password y\n")
    (tmp_path / ".netrc").chmod(0o600)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{unused_port()}")
        monkeypatch.setenv(name.lower(), f"http://127.0.0.1:{unused_port()}")
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "NETRC"):
        monkeypatch.setenv(name, str(tmp_path / ".netrc"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PYTHONHTTPSVERIFY", "0")
    with raw_server(SAID, context=good.server()) as server:
        assert b"{}" == ask(transport_to(https(server.port), trust)).body
        assert Reason.TLS is failure(transport_to(https(server.port))).reason
        assert b"\r\nAuthorization: MC planted-secret\r\n" in server.requests[0]


def test_nothing_shows_a_secret(trust: ssl.SSLContext) -> None:
    """Neither a route nor a request shows what is secret in it."""
    route = Route(https(9), trust, lambda: Secret("http://user:planted@proxy"))
    request = Request("/path", b"planted", {"Authorization": "planted"})
    assert "planted" not in f"{route!r} {request!r} {transport_to(9, proxy='http://u:planted@p:1')!r} {PATIENCE}"
