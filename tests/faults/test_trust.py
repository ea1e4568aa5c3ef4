"""Whom we trust on the way, through the whole exporter: certificates and proxies; it recovers alone."""

import shutil
import ssl
from collections.abc import Callable

import beside  # noqa: F401 - where the next ones are found
import pytest
from certificate import Certificates, Pair
from connect_proxy import refuse
from planting import told
from program import wait_until
from raw_server import Script, hang, raw_server, response, say, then_hang, unused_port
from stage import REFRESH, Lines, Stage

from exporter.errors import Reason

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="certificates are made by openssl")


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def good(certificates: Certificates) -> Pair:
    return certificates.signed("good")


def old_tls(made: Certificates) -> ssl.SSLContext:
    context = made.signed("good").server()
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    return context


BAD: dict[str, Callable[[Certificates], ssl.SSLContext]] = {
    "expired": lambda made: made.signed("old", last="20260201000000Z").server(),
    "not yet valid": lambda made: made.signed("young", first="20980101000000Z").server(),
    "wrong name": lambda made: made.signed("other", "DNS:example.com,IP:127.0.0.2").server(),
    "self-signed": lambda made: made.self_signed("localhost", "-addext", "subjectAltName=IP:127.0.0.1").server(),
    "unknown authority": lambda made: Certificates(made.directory / "..").signed("good").server(),
    "TLS 1.1": old_tls,
}


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize("later", [False, True], ids=["first", "later"])
@pytest.mark.parametrize("make", BAD.values(), ids=BAD)
def test_certificates(
    certificates: Certificates,
    good: Pair,
    make: Callable[[Certificates], ssl.SSLContext],
    later: bool,  # noqa: FBT001 - a parameter
) -> None:
    """A vendor that proves nothing is told nothing and fails the poll with tls, until it proves itself (row 20)."""
    stage = Stage("acme", 20.0, certificates.authority.certificate)
    simulator = stage.house.simulator
    simulator.start(ssl_context=good.server())
    port = simulator.port
    with Lines().listening() as lines, stage.open():
        numbers = stage.snapshot(stage.scrape()) if later else {}
        simulator.stop()
        simulator.start(port, ssl_context=make(certificates))
        stage.turn_to(REFRESH)
        page = stage.scrape()
        assert 1.0 == page[stage.series("collector_failing", collector="training", reason="tls")]
        assert numbers == stage.snapshot(page)
        assert later == simulator.calls()
        simulator.stop()
        simulator.start(port, ssl_context=good.server())
        stage.turn_to(2 * REFRESH)
        assert 1.0 == stage.scrape()[stage.series("up")]
    down = [fields for fields, _ in lines.of["acme"] if fields["msg"] == "collector down"]
    assert ["tls"] == [fields["reason"] for fields in down]
    assert () == simulator.violations


@pytest.mark.parametrize("said", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x00" * 100, b"\x15\x03\x01\x00\x02\x02\x46"])
def test_garbage_in_place_of_tls(certificates: Certificates, said: bytes) -> None:
    """Anything else than TLS fails the poll with tls, and nothing is sent in clear (row 20)."""
    with raw_server(then_hang(said), reads=False) as server:
        stage = Stage("acme", 20.0, certificates.authority.certificate, f"https://localhost:{server.port}")
        with stage.open():
            page = stage.scrape()
    assert 1.0 == page[stage.series("collector_failing", collector="training", reason="tls")]


PROXIES: dict[str, tuple[str, Script | None, Reason]] = {
    "down": ("http", None, Reason.PROXY),
    "407": ("http", refuse(407), Reason.PROXY),
    "403": ("http", refuse(403), Reason.PROXY),
    "503": ("http", refuse(503), Reason.PROXY),
    "302": ("http", say(response(b"", "Location: http://planted-user:planted-word@x/", status=302)), Reason.PROXY),
    "silent": ("http", hang, Reason.TIMEOUT),
    "no HTTP": ("http", then_hang(b"SSH-2.0-planted-word\r\n"), Reason.PROTOCOL),
    "https, down": ("https", None, Reason.PROXY),
    "https, silent": ("https", hang, Reason.TIMEOUT),
    "https, no TLS": ("https", then_hang(b"SSH-2.0-planted-word\r\n"), Reason.PROXY),
}


@pytest.mark.parametrize(("scheme", "script", "reason"), PROXIES.values(), ids=PROXIES)
def test_proxies(certificates: Certificates, scheme: str, script: Script | None, reason: Reason) -> None:
    """A proxy that does not let us through fails the poll, and neither page nor log tells its password (row 86)."""
    with raw_server(script or hang, reads=scheme == "http") as server:
        proxy = f"{scheme}://planted-user:planted-word@127.0.0.1:{server.port if script else unused_port()}"
        timeout = 1.0 if reason is Reason.TIMEOUT else 20.0
        stage = Stage("acme", timeout, certificates.authority.certificate, "https://vendor.invalid")
        stage.settings = f"proxy_url: '{proxy}'"
        with Lines().listening() as lines, stage.open():
            page = stage.scrape()
            wait_until(lambda: bool(lines.of["acme"]), "the failure is told")
    found = [key for key in page if key.startswith("mimecast_collector_failing")]
    assert [stage.series("collector_failing", collector="training", reason=str(reason))] == found
    assert 1 == len(lines.of["acme"])
    texts = [line for of_one in lines.of.values() for _, line in of_one]
    assert [] == told(["planted-user", "planted-word", "cGxhbnRlZC11c2Vy"], *texts, stage.pages[-1].decode())
