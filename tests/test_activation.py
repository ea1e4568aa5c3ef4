"""Sockets that are handed over: which they are, and the started program that serves on them."""

import contextlib
import os
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from program import Program, running, started, wait_until
from shell import addresses

from exporter.activation import ActivationError, descriptors, handed_over

HANDING = Path(__file__).with_name("handing.py")
GOOD = "tenants: [{name: acme, region: us, credentials: {client_id: a, client_secret: b}}]\n"
GET = b"GET /-/healthy HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A directory with a configuration."""
    (tmp_path / "mimecast-exporter.yaml").write_text(GOOD)
    return tmp_path


@pytest.mark.parametrize(
    ("variables", "found"),
    [
        ({}, {}),
        ({"LISTEN_PID": "7", "LISTEN_FDS": "0"}, {}),
        ({"LISTEN_PID": "7", "LISTEN_FDS": "1"}, {3: ""}),
        ({"LISTEN_PID": "7", "LISTEN_FDS": "2", "LISTEN_FDNAMES": "web:local"}, {3: "web", 4: "local"}),
        ({"LISTEN_PID": "7", "LISTEN_FDS": "2", "LISTEN_FDNAMES": "web"}, {3: "web", 4: ""}),
        ({"LISTEN_PID": "8", "LISTEN_FDS": "1"}, {}),
        ({"LISTEN_PID": "", "LISTEN_FDS": "1"}, {}),
        ({"LISTEN_FDS": "1"}, {}),
    ],
)
def test_what_was_handed_over(variables: dict[str, str], found: dict[int, str]) -> None:
    """Descriptors count from 3 on, each with its name if it has one, and only if they are meant for this process."""
    assert found == descriptors(variables, 7)


@pytest.mark.parametrize("count", ["", "-1", "1.0", "one", "²", "99999"])
def test_a_number_that_is_none(count: str) -> None:
    """If it cannot be told how many there are, it does not serve on some of them."""
    with pytest.raises(ActivationError, match=r"^LISTEN_FDS is not the number"):
        descriptors({"LISTEN_PID": "7", "LISTEN_FDS": count}, 7)


def test_variables_are_taken_away() -> None:
    """Whoever is started from here later does not take our sockets for its own, whomever they were meant for."""
    environment = {"LISTEN_PID": "8", "LISTEN_FDS": "1", "LISTEN_FDNAMES": "web", "HOME": "/"}
    assert [] == handed_over(environment, 7)
    assert {"HOME": "/"} == environment


def handing(*kinds: str) -> list[str]:
    """Return the command that hands sockets to the one behind it."""
    return [sys.executable, str(HANDING), *kinds, "--"]


def healthy(address: str) -> bool:
    """Say whether the exporter answers at an address."""
    host, _, port = address.rpartition(":")
    with socket.create_connection((host.strip("[]"), int(port)), timeout=30) as client:
        client.sendall(GET)
        return client.recv(1 << 16).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(("kinds", "hosts"), [(["ipv4"], ["127.0.0.1"]), (["ipv4", "ipv6"], ["127.0.0.1", "[::1]"])])
def test_it_serves_on_what_was_handed_over(directory: Path, kinds: Sequence[str], hosts: Sequence[str]) -> None:
    """The sockets are served in place of the address that a flag names, however many there are (row 142)."""
    if "ipv6" in kinds and not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    with started("--web.listen-address=192.0.2.1:1", directory=directory, before=handing(*kinds)) as program:
        served = addresses(program)
        assert hosts == [address.rpartition(":")[0] for address in served]
        assert [True] * len(hosts) == [healthy(address) for address in served]
        assert 0 == program.end()


def test_sockets_of_another_process_are_left_alone(directory: Path) -> None:
    """Sockets that are meant for another process are not served; the flag's address is (row 142)."""
    flag = "--web.listen-address=127.0.0.1:0"
    with started(flag, directory=directory, before=handing("other", "datagram")) as program:
        assert 200 == program.get("/-/healthy").status
        assert 0 == program.end()


@pytest.mark.parametrize(
    ("kind", "problem"),
    [
        ("local", "is no TCP socket; give ListenStream= an address with a port"),
        ("datagram", "is no TCP socket; give ListenStream= an address with a port"),
        ("connected", "does not listen; set Accept=no in the unit of the socket"),
        ("file", "is no socket: Socket operation on non-socket; let a unit of systemd open it"),
    ],
)
def test_what_cannot_be_listened_on(directory: Path, kind: str, problem: str) -> None:
    """What is no listening socket of TCP is refused with one line that names it, and the status 1 (row 142)."""
    with started(directory=directory, before=handing("ipv4", kind)) as program:
        assert 1 == program.wait()
    assert [f"mimecast-exporter: cannot listen: descriptor 4 ({kind}) that was handed over {problem}"] == program.err


@contextlib.contextmanager
def serving(listener: socket.socket, directory: Path) -> Iterator[Program]:
    """Start the program on a socket of this process, which keeps it as systemd does."""
    command = [*handing(str(listener.fileno())), sys.executable, "-I", "-m", "exporter"]
    kept = {name: os.environ[name] for name in ("PATH", "COVERAGE_PROCESS_CONFIG") if name in os.environ}
    with running(command, directory, kept, [listener.fileno()]) as program:
        yield program


def test_who_comes_while_it_is_not_there_is_answered(directory: Path) -> None:
    """A scrape that comes between the end of one process and the start of the next is answered by that (row 142)."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        where = f"127.0.0.1:{listener.getsockname()[1]}"
        with serving(listener, directory) as program:
            assert [where] == addresses(program)
            assert healthy(where)
            assert 0 == program.end()
        with socket.create_connection(listener.getsockname(), timeout=30) as client:
            client.sendall(GET)
            with serving(listener, directory) as program:
                assert client.recv(1 << 16).startswith(b"HTTP/1.1 200 ")
                assert 0 == program.end()


def test_systemd_hands_over(directory: Path, tool: Callable[[str], str]) -> None:
    """Systemd's own program that listens and then starts a service has its clients answered (row 142)."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    activate = [tool("systemd-socket-activate"), f"--listen=127.0.0.1:{port}", "--fdname=web"]
    with started("--log.level=debug", directory=directory, before=activate) as program:
        wait_until(lambda: program.has_ended or any("Listening on" in line for line in program.err), "listening")
        assert healthy(f"127.0.0.1:{port}")
        assert [f"127.0.0.1:{port}"] == addresses(program)
        assert 0 == program.end()
