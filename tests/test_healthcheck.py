"""The command healthcheck, against a running exporter and against what is none."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from program import started
from shell import web_configuration

from exporter.simulator import Simulator

ASK_RIGHT = "give --web.listen-address as the exporter has it"


def checked(directory: Path, *flags: str) -> tuple[int, list[str]]:
    """Return the status of a health check and what it said; a proxy that is set must not matter."""
    environment = {"http_proxy": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"}
    with started("healthcheck", *flags, directory=directory, environment=environment) as program:
        status = program.wait()
    assert [] == program.out
    return status, program.err


@contextmanager
def answering(answer: bytes) -> Iterator[int]:
    """Listen on a port of loopback, and give the first who comes an answer."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        thread.join(30)


@pytest.mark.parametrize("listening", ["127.0.0.1:0", ":0", "0.0.0.0:0", "[::1]:0", "[::]:0"])
def test_a_running_exporter_is_healthy(tmp_path: Path, listening: str) -> None:
    """Where an exporter serves, on all addresses or on one, the status is 0, nothing is said, and nothing is polled."""
    with Simulator(strict=True) as simulator:
        simulator.add_tenant("acme")
        (tmp_path / "mimecast-exporter.yaml").write_text(simulator.configuration())
        with started("--web.listen-address", listening, directory=tmp_path) as program:
            address = f"{listening.rpartition(':')[0]}:{program.port}"
            assert (0, []) == checked(tmp_path, "--web.listen-address", address)
        assert 0 == simulator.calls()


def test_who_does_not_listen_is_not_healthy(tmp_path: Path) -> None:
    """Where nobody listens the status is 1, with one line that names the address, the first of those given."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    status, lines = checked(tmp_path, f"--web.listen-address=:{port}", "--web.listen-address=127.0.0.1:1")
    problem = f"nothing listens there; start the exporter, or {ASK_RIGHT}"
    assert (1, [f"mimecast-exporter: not healthy at :{port}: {problem}"]) == (status, lines)


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (
            b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n",
            "it answers with status 503; its log says why; start it again if this stays",
        ),
        (
            b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
            f"it answers with status 404; it may be no exporter; {ASK_RIGHT}",
        ),
        (b"SSH-2.0-planted\r\n", f"what answers there is no exporter; {ASK_RIGHT}"),
        (b"", "it hangs up; if it speaks TLS, give --web.config.file as the exporter has it"),
    ],
)
def test_another_answer_is_not_healthy(tmp_path: Path, answer: bytes, problem: str) -> None:
    """Any answer but a 200 is status 1, with one line that says what came and quotes nothing of it."""
    with answering(answer) as port:
        status, lines = checked(tmp_path, f"--web.listen-address=127.0.0.1:{port}")
    assert (1, [f"mimecast-exporter: not healthy at 127.0.0.1:{port}: {problem}"]) == (status, lines)


@pytest.mark.parametrize(
    ("host", "problem"),
    [
        ("nowhere.invalid", "Name or service not known"),
        ("a b", "there can be no such host"),
        ("[::1%nowhere]", "Name or service not known"),
    ],
)
def test_a_host_that_is_none_is_not_healthy(tmp_path: Path, host: str, problem: str) -> None:
    """If the host cannot be found, the status is 1, with one line that says so."""
    status, lines = checked(tmp_path, f"--web.listen-address={host}:10463")
    assert (1, [f"mimecast-exporter: not healthy at {host}:10463: {problem}; {ASK_RIGHT}"]) == (status, lines)


def test_who_never_answers_is_not_healthy(tmp_path: Path) -> None:
    """Where somebody listens and says nothing the health check ends by itself with 1 and one line."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        status, lines = checked(tmp_path, "--web.listen-address", address)
    problem = "no answer within 3 s; its log may say why, else start it again"
    assert (1, [f"mimecast-exporter: not healthy at {address}: {problem}"]) == (status, lines)


@pytest.mark.parametrize("client_auth", ["NoClientCert", "RequireAndVerifyClientCert"])
def test_tls_is_spoken_where_the_exporter_does(tmp_path: Path, client_auth: str) -> None:
    """With the exporter's web configuration it asks by TLS, of any certificate, and a refused client is healthy."""
    (tmp_path / "web.yaml").write_text(web_configuration(tmp_path, client_auth))
    with Simulator() as simulator:
        simulator.add_tenant("acme")
        (tmp_path / "mimecast-exporter.yaml").write_text(simulator.configuration())
        flags = ("--web.config.file=web.yaml", "--web.listen-address")
        with started(*flags, "127.0.0.1:0", directory=tmp_path) as program:
            assert (0, []) == checked(tmp_path, *flags, f"127.0.0.1:{program.port}")
            status, said = checked(tmp_path, "--web.listen-address", f"127.0.0.1:{program.port}")
            problem = "it hangs up; if it speaks TLS, give --web.config.file as the exporter has it"
            assert (1, [f"mimecast-exporter: not healthy at 127.0.0.1:{program.port}: {problem}"]) == (status, said)


def test_tls_where_there_is_none_is_not_healthy(tmp_path: Path) -> None:
    """With a web configuration that the exporter has not been given, the status is 1, with one line that says so."""
    (tmp_path / "web.yaml").write_text(web_configuration(tmp_path, "NoClientCert"))
    with Simulator() as simulator:
        simulator.add_tenant("acme")
        (tmp_path / "mimecast-exporter.yaml").write_text(simulator.configuration())
        with started("--web.listen-address=127.0.0.1:0", directory=tmp_path) as program:
            address = f"127.0.0.1:{program.port}"
            status, said = checked(tmp_path, "--web.config.file=web.yaml", f"--web.listen-address={address}")
    advice = "give --web.config.file as the exporter has it, and start the exporter with it"
    assert (1, [f"mimecast-exporter: not healthy at {address}: the TLS handshake failed; {advice}"]) == (status, said)


def test_a_bad_web_configuration_is_told(tmp_path: Path) -> None:
    """A web configuration that cannot be used ends the health check with 2, and a line on each problem."""
    (tmp_path / "web.yaml").write_text("tls_server: {}\n")
    (tmp_path / "mimecast-exporter.yaml").write_text("tenants: []\n")
    status, said = checked(tmp_path, "--web.config.file=web.yaml")
    assert (2, 1) == (status, len(said))
