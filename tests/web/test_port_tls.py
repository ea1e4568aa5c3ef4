"""The port of the started program over TLS: which client is let in by which web configuration."""

import contextlib
import shutil
import ssl
import struct
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from program import LOOPBACK, started, wait_until
from raw_http import RawClient
from started_port import LAST, WEB, StartedPort
from web_authority import Authority

from exporter.simulator import Simulator

SERVED, REFUSED = "served", "refused"
OLD, NEW = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
VERIFY = "client_ca_file: ca.crt, client_auth_type"
# After web_config_test of exporter-toolkit: a server's settings, and who is let in.
MATRIX = {
    "": {
        "1.2": SERVED,
        "1.3": SERVED,
        "no certificate": SERVED,
        "unknown": SERVED,
        "expired": SERVED,
        "plain": REFUSED,
    },
    "min_version: TLS13": {"1.2": REFUSED, "1.3": SERVED},
    "max_version: TLS12": {"1.2": SERVED, "1.3": REFUSED},
    "cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256], max_version: TLS12": {
        "1.2": SERVED,
        "this cipher": SERVED,
        "other cipher": REFUSED,
    },
    f"{VERIFY}: RequireAndVerifyClientCert": {
        "no certificate": REFUSED,
        "unknown": REFUSED,
        "expired": REFUSED,
        "other": SERVED,
        "right": SERVED,
        "right, 1.2": SERVED,
        "unknown, 1.2": REFUSED,
        "plain": REFUSED,
    },
    f"{VERIFY}: VerifyClientCertIfGiven": {
        "no certificate": SERVED,
        "unknown": REFUSED,
        "expired": REFUSED,
        "right": SERVED,
    },
    f"{VERIFY}: RequireAndVerifyClientCert, client_allowed_sans: [right.example]": {
        "no certificate": REFUSED,
        "unknown": REFUSED,
        "expired": REFUSED,
        "other": REFUSED,
        "other, 1.2": REFUSED,
        "right": SERVED,
    },
}


@dataclass(frozen=True)
class House:
    """A directory with the certificates of everybody, and a configuration of the exporter."""

    directory: Path
    authority: Authority

    def client(self, kind: str) -> ssl.SSLContext:
        """Return the TLS of a kind of client: with a version, a cipher, or a certificate."""
        context = ssl.create_default_context(cafile=self.directory / "ca.crt")
        for part in kind.split(", "):
            match part:
                case "1.2":
                    context.maximum_version = OLD
                case "1.3":
                    context.minimum_version = NEW
                case "this cipher":
                    context.set_ciphers("ECDHE-ECDSA-AES128-GCM-SHA256")
                case "other cipher":
                    context.set_ciphers("ECDHE-ECDSA-AES256-GCM-SHA384")
                case "right" | "other" | "expired" | "unknown":
                    context.load_cert_chain(self.directory / f"{part}.crt", self.directory / f"{part}.key")
        return context


@pytest.fixture(scope="module")
def house(tool: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    tool("openssl")
    directory, strange = tmp_path_factory.mktemp("tls"), tmp_path_factory.mktemp("strange")
    authority = Authority(directory, "ca")
    authority.issue("server", "DNS:localhost")
    authority.issue("right", "DNS:right.example")
    authority.issue("other", "DNS:other.example")
    authority.issue("expired", "DNS:right.example", expired=True)
    for file in Authority(strange, "strange").issue("unknown", "DNS:right.example"):
        shutil.copy(file, directory)
    with Simulator(strict=True) as simulator:
        simulator.add_tenant("acme", users=5)
        (directory / "mimecast-exporter.yaml").write_text(simulator.configuration())
        yield House(directory, authority)


@pytest.fixture
def here(house: House, tmp_path: Path) -> Path:
    """The directory of the program, with the files of everybody."""
    return shutil.copytree(house.directory, tmp_path / "here")


@pytest.fixture
def serve(house: House, here: Path) -> Iterator[Callable[[str], StartedPort]]:
    """Start the program with more settings of TLS; in the end it has to be at rest (I4)."""
    with contextlib.ExitStack() as stack:

        def start(settings: str) -> StartedPort:
            (here / "web.yml").write_text(WEB.replace("}", f", {settings}}}" if settings else "}"))
            program = stack.enter_context(
                started(*LOOPBACK, "--web.config.file=web.yml", directory=here, measured=False)
            )
            port = StartedPort(program, house.client("right"))
            stack.callback(port.assert_at_rest, 0)
            return port

        yield start


def outcome(port: StartedPort, context: ssl.SSLContext | None, name: str | None = "localhost") -> str:
    """Return whether a client has an answer or nothing at all."""
    try:
        with RawClient.to(port.program.port) as client:
            if context:
                client.socket = context.wrap_socket(client.socket, server_hostname=name)
            answer = client.send(LAST).rest()
    except (ssl.SSLError, ConnectionError):
        return REFUSED
    return SERVED if answer.startswith(b"HTTP/1.1 200 ") else REFUSED if not answer else repr(answer)


@pytest.mark.parametrize("settings", MATRIX, ids=lambda settings: settings or "the defaults")
def test_who_is_let_in(serve: Callable[[str], StartedPort], house: House, settings: str) -> None:
    """Each kind of client is let in or refused as by exporter-toolkit with the same settings (row 97)."""
    port = serve(settings)
    clients = {kind: None if kind == "plain" else house.client(kind) for kind in MATRIX[settings]}
    assert MATRIX[settings] == {kind: outcome(port, context) for kind, context in clients.items()}


def hello(version: bytes, name: bytes = b"") -> bytes:
    """Return a ClientHello of a version, for one cipher that every server of this version has, and for a name."""
    groups = struct.pack(">HHHH", 10, 4, 2, 0x0017)
    signatures = struct.pack(">HHHH", 13, 4, 2, 0x0403)
    names = struct.pack(">HHHBH", 0, len(name) + 5, len(name) + 3, 0, len(name)) + name if name else b""
    extensions = groups + signatures + names
    ciphers = struct.pack(">HHH", 4, 0xC02B, 0xC009)
    body = version + b"\x01" * 32 + b"\x00" + ciphers + b"\x01\x00" + struct.pack(">H", len(extensions)) + extensions
    handshake = b"\x01" + len(body).to_bytes(3, "big") + body
    return b"\x16\x03\x01" + struct.pack(">H", len(handshake)) + handshake


def reply(port: StartedPort, data: bytes) -> bytes:
    """Return the first bytes with which the port answers: of an alert, level and description too."""
    with RawClient.to(port.program.port) as client:
        return client.send(data).socket.recv(7)


def test_old_versions_are_refused(serve: Callable[[str], StartedPort], house: House) -> None:
    """Who speaks TLS 1.1 or older is told so by a fatal alert, where TLS 1.2 would have a handshake (row 97)."""
    port = serve("")
    fatal, handshake_failure, protocol_version = 2, 40, 70
    alerts = [handshake_failure, protocol_version, protocol_version]
    versions = [b"\x03\x00", b"\x03\x01", b"\x03\x02"]
    assert [bytes([fatal, alert]) for alert in alerts] == [reply(port, hello(version))[5:] for version in versions]
    assert 0x16 == reply(port, hello(b"\x03\x03"))[0]
    assert SERVED == outcome(port, house.client(""))


def test_any_name_is_served(serve: Callable[[str], StartedPort], house: House) -> None:
    """The name that a client asks for makes no difference, be there none or a strange one (row 97)."""
    port = serve("")
    context = house.client("")
    context.check_hostname = False
    names = [None, "localhost", "LOCALHOST", "127.0.0.1", "strange.example", ".".join(["long"] * 50)]
    assert [SERVED] * len(names) == [outcome(port, context, name) for name in names]
    # One that is no name at all has a handshake or an alert.
    for name in (b"a\x00b", b"\xff\xfe", b".", b"a" * 1000, b"../../etc/passwd"):
        assert reply(port, hello(b"\x03\x03", name))[0] in {0x15, 0x16}
    assert SERVED == outcome(port, context)


def test_there_is_no_renegotiation(serve: Callable[[str], StartedPort], house: House) -> None:
    """A client that wants to negotiate anew on its connection is refused (row 97)."""
    port = serve("max_version: TLS12")
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{port.program.port}", "-tls1_2", "-CAfile", "ca.crt"]
    again, once = (
        subprocess.run([*command, *more], input=text, capture_output=True, cwd=house.directory, timeout=30, check=False)
        for text, more in ((b"R\n", []), (LAST, ["-quiet"]))
    )
    assert b"RENEGOTIATING" in again.stderr
    assert b"no renegotiation" in again.stderr
    assert once.stdout.endswith(b"ok\n")


@pytest.mark.parametrize("bad", ["nothing", "certificate of another key"])
def test_a_new_certificate_needs_no_restart(
    serve: Callable[[str], StartedPort], house: House, here: Path, bad: str
) -> None:
    """A certificate that is replaced by a bad one stays, and by a good one it goes within 5 s (row 97)."""
    port = serve("")
    first = certificate(port)
    (here / "server.crt").write_bytes(b"" if bad == "nothing" else (here / "right.crt").read_bytes())
    kept = 'msg="web configuration not used, the old one stays"'
    wait_until(lambda: any(kept in line for line in port.program.err), "the bad one is refused", 5)
    assert first == certificate(port)
    for kind, file in zip(("crt", "key"), house.authority.issue("second", "DNS:localhost"), strict=True):
        shutil.copy(file, here / f"server.{kind}")
    wait_until(lambda: certificate(port) != first, "the good one is used", 5)


def certificate(port: StartedPort) -> bytes | None:
    """Return the certificate that a new connection is shown."""
    with port.connect() as client:
        assert isinstance(client.socket, ssl.SSLSocket)
        return client.socket.getpeercert(binary_form=True)
