"""The program where there is no IPv6, no name server, no root certificate, or only its operator's own."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from certificate import Certificates
from house import series_of
from program import LOOPBACK, Program, started
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from deployment.conftest import CONFIGURATION
from deployment.jail import Jail
from exporter.simulator import Simulator

Before = Callable[[Jail], list[str]]
GET = "import sys, urllib.request as r; sys.stdout.buffer.write(r.urlopen(sys.argv[1], timeout=30).read())"
REMOTE = "tenants: [{name: acme, region: us, credentials: {client_id: a, client_secret: b}}]\n"
DOWN = 'mimecast_collector_failing{{collector="training",reason="{}",tenant="acme"}}'
UP = 'mimecast_up{tenant="acme"}'
NO_ROOTS = Path(DEFAULT_CA_BUNDLE_PATH)


def inside(tool: Callable[[str], str], program: Program, url: str) -> str:
    """Return what a client in the network of a program gets."""
    enter = [tool("nsenter"), f"--net=/proc/{program.process.pid}/ns/net", sys.executable, "-I", "-c", GET, url]
    return subprocess.run(enter, check=True, capture_output=True, text=True).stdout


def write(directory: Path, text: str) -> Path:
    directory.joinpath(CONFIGURATION).write_text(text)
    directory.joinpath(CONFIGURATION).chmod(0o600)
    return directory


def test_without_ipv6_and_names(before: Before, tool: Callable[[str], str], directory: Path) -> None:
    """Without IPv6 it listens on all of IPv4 by default, and without a name server the tenant is down (row 140)."""
    write(directory, REMOTE)
    jail = before(Jail(directory, own_network=True))
    with started("--web.listen-address=:0", directory=directory, before=jail, measured=False) as program:
        page = series_of(inside(tool, program, f"http://127.0.0.1:{program.port}/metrics"))
        assert (0.0, 1.0) == (page[UP], page[DOWN.format("connect")])
        assert 0 == program.end()
    assert any('detail="the host name has no address"' in line for line in program.err)


def test_an_address_of_ipv6_where_there_is_none(before: Before, directory: Path) -> None:
    """Without IPv6 an address of it is told in one line with what to do, and ends it with 1 (row 140)."""
    jail = before(Jail(directory, own_network=True))
    with started("--web.listen-address=[::1]:0", directory=directory, before=jail, measured=False) as program:
        assert 1 == program.wait()
    (line,) = program.err
    assert line.startswith("mimecast-exporter: cannot listen on [::1]:0: ")
    assert "give an address of this host" in line


def test_a_demo_without_a_network(before: Before, tool: Callable[[str], str], directory: Path) -> None:
    """With nothing but a loopback for IPv4 the demo has its three tenants up (row 140)."""
    jail = before(Jail(directory, own_network=True))
    with started(
        "demo", "--port=0", "--users=5", "--log.level=info", directory=directory, before=jail, measured=False
    ) as program:
        page = series_of(inside(tool, program, f"http://127.0.0.1:{program.port}/metrics"))
        assert [1.0] * 3 == [value for name, value in page.items() if name.startswith("mimecast_up")]
        assert 0 == program.end()


@pytest.mark.parametrize("command", [(), ("once",), ("check", "--offline")], ids=" ".join)
def test_without_roots(before: Before, directory: Path, command: tuple[str, ...]) -> None:
    """Without any root certificate it says that a file of one's own is needed, and ends with 2 (row 140)."""
    write(directory, REMOTE)
    jail = before(Jail(directory, empty=(NO_ROOTS,)))
    with started(*command, directory=directory, before=jail, measured=False) as program:
        assert 2 == program.wait()
    (line,) = program.err
    assert "tenants[0].tls.ca_file: missing, and the usual roots cannot be read; name a file with roots" in line


@pytest.mark.parametrize("authority", ["own", "another"])
def test_own_roots(before: Before, tool: Callable[[str], str], tmp_path: Path, authority: str) -> None:
    """With a root of its own alone a tenant is up, and with the wrong one it is down for TLS (row 140)."""
    assert tool("openssl")
    made = Certificates(tmp_path)
    pair = made.signed("vendor")
    trusted = made.authority if authority == "own" else made.self_signed("Another authority")
    directory = tmp_path / "data"
    directory.mkdir()
    simulator = Simulator(strict=True)
    simulator.start(ssl_context=pair.server())
    try:
        simulator.add_tenant("acme", users=5)
        (directory / "ca.pem").write_bytes(trusted.certificate.read_bytes())
        write(directory, f"defaults: {{tls: {{ca_file: ca.pem}}}}\n{simulator.configuration()}")
        jail = before(Jail(directory, empty=(NO_ROOTS,)))
        with started(*LOOPBACK, directory=directory, before=jail, measured=False) as program:
            page = series_of(program.get("/metrics").body.decode())
    finally:
        simulator.stop()
    assert (authority == "own", authority != "own") == (page[UP] == 1.0, DOWN.format("tls") in page)
