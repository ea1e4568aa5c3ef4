"""Tests of ``exporter.web_config.live`` and ``exporter.web_config.tls``: a server with a web configuration file."""

import base64
import logging
import shutil
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import bcrypt
import pytest
from program import wait_until
from raw_http import METRICS, PAGE, PATIENCE, RawClient, TinyApplication
from web_authority import Authority

from exporter.errors import ConfigurationError
from exporter.web.application import Limits
from exporter.web.listener import Address
from exporter.web.server import Server
from exporter.web_config.guard import Guard
from exporter.web_config.live import WebFile

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="certificates are made by openssl")

TLS = "tls_server_config: {cert_file: server.crt, key_file: server.key%s}\n"
MUTUAL = ", client_auth_type: RequireAndVerifyClientCert, client_ca_file: ca.crt"
HASH = bcrypt.hashpw(b"a", bcrypt.gensalt(4)).decode()
USERS = f"basic_auth_users: {{alice: {HASH}}}\n"
LOGIN = METRICS[:-2] + b"Authorization: Basic " + base64.b64encode(b"alice:a") + b"\r\n\r\n"


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The one that all trust, with certificates of a server and of clients."""
    authority = Authority(tmp_path_factory.mktemp("authority"), "ca")
    for name in ("server", "second"):
        authority.issue(name, "DNS:localhost")
    authority.issue("good", "DNS:good.example,IP:2001:db8::1,email:a@b.example,URI:spiffe://x/y")
    authority.issue("late", "DNS:good.example", expired=True)
    Authority(authority.directory, "other").issue("stranger", "DNS:good.example")
    return authority


@pytest.fixture
def here(authority: Authority, tmp_path: Path) -> Path:
    """A directory with the server's files."""
    for name in ("ca.crt", "server.crt", "server.key"):
        shutil.copy(authority.directory / name, tmp_path)
    return tmp_path


class Running:
    """A server with a file."""

    def __init__(self, here: Path, text: str) -> None:
        self.path = here / "web.yml"
        self.path.write_text(text)
        self.file = WebFile(str(self.path))
        self.guard = guard = Guard(TinyApplication())
        self.server = Server(guard, [Address("127.0.0.1", 0)], Limits())
        self.file.serve(self.server, guard)
        self.server.start()

    def connect(self, context: ssl.SSLContext | None) -> RawClient:
        connected = socket.create_connection(("127.0.0.1", self.server.addresses[0].port), timeout=PATIENCE)
        return RawClient(context.wrap_socket(connected, server_hostname="localhost") if context else connected)

    def ask(self, context: ssl.SSLContext | None, request: bytes = METRICS) -> int | None:
        """Return the status of an answer, None if the connection ends before."""
        try:
            with self.connect(context) as client:
                return client.send(request).answer().status
        except (OSError, AssertionError):
            return None

    def serial(self, context: ssl.SSLContext) -> object:
        with self.connect(context) as client:
            assert isinstance(client.socket, ssl.SSLSocket)
            return (client.socket.getpeercert() or {})["serialNumber"]


@contextmanager
def running(here: Path, text: str) -> Iterator[Running]:
    server = Running(here, text)
    try:
        yield server
    finally:
        server.server.stop(2.0)


@pytest.fixture
def client(authority: Authority) -> Callable[..., ssl.SSLContext]:
    """Return what makes a client's context, with a certificate if one is named."""

    def make(name: str | None = None) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=authority.certificate)
        if name:
            context.load_cert_chain(authority.directory / f"{name}.crt", authority.directory / f"{name}.key")
        return context

    return make


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (MUTUAL, {None: None, "stranger": None, "late": None, "good": 200}),
        (MUTUAL.replace("RequireAndVerify", "Verify").replace("Cert,", "CertIfGiven,"), {None: 200, "stranger": None}),
        (f"{MUTUAL}, client_allowed_sans: [x, good.example]", {"good": 200}),
        (f"{MUTUAL}, client_allowed_sans: ['2001:DB8:0::1']", {"good": 200}),
        (f"{MUTUAL}, client_allowed_sans: [a@b.example]", {"good": 200}),
        (f"{MUTUAL}, client_allowed_sans: ['spiffe://x/y']", {"good": 200}),
        (f"{MUTUAL}, client_allowed_sans: [good]", {"good": None}),
        (", client_auth_type: RequireAndVerifyClientCert", {None: None, "good": None}),
    ],
)
def test_certificates_of_clients(
    here: Path, client: Callable[..., ssl.SSLContext], options: str, expected: dict[str | None, int | None]
) -> None:
    """A client is served if its certificate is asked for, verified and has an allowed name, else cut off."""
    with running(here, TLS % options) as server:
        assert expected == {name: server.ask(client(name)) for name in expected}


@pytest.mark.parametrize(
    ("options", "arguments", "accepted"),
    [
        ("", "-tls1_1 -cipher ALL:@SECLEVEL=0", False),
        ("", "-tls1_2", True),
        ("", "-tls1_3", True),
        (", min_version: TLS13", "-tls1_2", False),
        (", max_version: TLS12", "-tls1_3", False),
        (
            ", cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256]",
            "-tls1_2 -cipher ECDHE-ECDSA-AES128-GCM-SHA256",
            True,
        ),
        (
            ", cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256]",
            "-tls1_2 -cipher ECDHE-ECDSA-AES256-GCM-SHA384",
            False,
        ),
        (", cipher_suites: [TLS_AES_128_GCM_SHA256]", "-tls1_2", False),
        ("", "-servername odd.example", True),
    ],
)
def test_versions_and_ciphers(here: Path, options: str, arguments: str, accepted: bool) -> None:  # noqa: FBT001 - a parameter
    """The versions and cipher suites that are allowed are spoken, and no others."""
    with running(here, TLS % options) as server:
        address = f"127.0.0.1:{server.server.addresses[0].port}"
        command = ["openssl", "s_client", "-connect", address, *arguments.split()]
        done = subprocess.run(command, input=b"", capture_output=True, check=False, timeout=30)
        assert accepted is (b"BEGIN CERTIFICATE" in done.stdout)


def test_plain_on_tls_and_reverse(here: Path, client: Callable[..., ssl.SSLContext]) -> None:
    """Who speaks plain HTTP to TLS, or TLS to plain HTTP, gets no page, and others do."""
    with running(here, TLS % "") as server:
        assert [None, 200] == [server.ask(None), server.ask(client())]
    with running(here, "") as server:
        assert [None, 200] == [server.ask(client()), server.ask(None)]


def test_silent_clients(here: Path, client: Callable[..., ssl.SSLContext]) -> None:
    """200 clients that say nothing keep nobody from a page, with users and client certificates."""
    with running(here, TLS % MUTUAL + USERS) as server, ExitStack() as stack:
        for _ in range(200):
            stack.enter_context(server.connect(None))
        assert [200] * 5 == [server.ask(client("good"), LOGIN) for _ in range(5)]


def test_a_new_certificate_is_used(here: Path, authority: Authority, client: Callable[..., ssl.SSLContext]) -> None:
    """A replaced certificate is used by itself within five seconds, once its key is there as well."""
    with running(here, TLS % "") as server:
        first = server.serial(client())
        shutil.copy(authority.directory / "second.crt", here / "server.crt")
        server.file.look()
        assert first == server.serial(client())
        shutil.copy(authority.directory / "second.key", here / "server.key")
        wait_until(lambda: server.serial(client()) != first, "the new certificate is used", 5)


def test_another_user_makes_nobody_unknown(here: Path) -> None:
    """With a user more, the others' passwords are known as before."""
    with running(here, USERS) as server:
        assert 200 == server.ask(None, LOGIN)
        server.path.write_text(USERS.replace("}", f", bob: {HASH}}}"))
        server.file.look()
        assert [True, None] == [server.guard.users.remembered(name, b"a") for name in (b"alice", b"bob")]


@pytest.mark.parametrize(
    "bad",
    ["", "{", USERS, TLS % "", TLS % ", x: 1" + USERS, TLS % ", client_ca_file: none.crt"],
    ids=["nothing", "cut", "no-tls", "no-users", "unknown-key", "no-file"],
)
def test_a_bad_new_file_keeps_the_old(
    here: Path, client: Callable[..., ssl.SSLContext], bad: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A new file that is bad, or without the TLS or users that there were, is logged once and not used."""
    with running(here, TLS % "" + USERS) as server, caplog.at_level(logging.WARNING):
        server.path.write_text(bad)
        for _ in range(3):
            server.file.look()
        assert [401, 200] == [server.ask(client()), server.ask(client(), LOGIN)]
        assert ["web configuration not used, the old one stays"] == [record.message for record in caplog.records]
        assert HASH not in caplog.text


def test_the_vanished_are_believed_when_asked(here: Path) -> None:
    """With the word of an operator TLS and users go, and a file that is gone stays in use all the same."""
    with running(here, TLS % "" + USERS) as server:
        server.path.write_text("http_server_config: {headers: {X-Frame-Options: deny}}\n")
        server.file.reload(trust_vanished=True)
        with server.connect(None) as plain:
            answer = plain.send(METRICS).answer()
        assert (200, PAGE, "deny") == (answer.status, answer.body, answer.headers["X-Frame-Options"])
        server.path.unlink()
        with pytest.raises(ConfigurationError, match="does not exist"):
            server.file.reload(trust_vanished=True)
        assert 200 == server.ask(None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            TLS % ", client_auth_type: VerifyClientCertIfGiven, client_ca_file: none.crt",
            "client_ca_file: the file does not exist; create it or correct the path",
        ),
        (
            TLS % ", client_auth_type: VerifyClientCertIfGiven, client_ca_file: server.key",
            "client_ca_file: holds no certificate in PEM",
        ),
        (
            "tls_server_config: {cert_file: ca.crt, key_file: server.key}",
            "key_file: cert_file and key_file are no PEM that fits together, without a passphrase",
        ),
    ],
)
def test_files_that_cannot_be_used(here: Path, text: str, message: str) -> None:
    """A file that is named and cannot be used is told with its place."""
    (here / "web.yml").write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        WebFile(str(here / "web.yml"))
    assert [f"tls_server_config.{message}"] == [*map(str, caught.value.problems)]
