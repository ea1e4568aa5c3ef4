"""Starts: where it listens, or why it does not, and an upstream that is not there."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from bare import KEPT
from house import series_of
from port import configured, connected
from program import LOOPBACK, Program, started

from exporter.simulator import Simulator
from exporter.simulator.credential import signed_credentials

GOOD = "tenants: [{name: acme, region: us, credentials: {client_id: a, client_secret: b}}]\n"


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """A simulated Mimecast that judges strictly, in real time."""
    with Simulator(strict=True) as simulator:
        yield simulator


def connects(family: socket.AddressFamily, host: str, port: int) -> bool:
    """Say whether somebody listens on an address."""
    with socket.socket(family) as client:
        return client.connect_ex((host, port)) == 0


@pytest.fixture
def ipv6() -> None:
    """Skip a test where there is no IPv6."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")


V4 = (socket.AF_INET, "127.0.0.1")
V6 = (socket.AF_INET6, "::1")
LISTENS = {"127.0.0.1": {V4}, "0.0.0.0": {V4}, "[::1]": {V6}, "[::]": {V4, V6}, "": {V4, V6}}  # noqa: S104 - as asked


@pytest.mark.parametrize("host", LISTENS)
def test_where_it_listens(tmp_path: Path, ipv6: None, host: str) -> None:
    """An address of IPv4 is for IPv4 alone, one of IPv6 for IPv6 alone, and [::] or none is for both (row 132)."""
    (tmp_path / "mimecast-exporter.yaml").write_text(GOOD)
    with started("--web.listen-address", f"{host}:0", directory=tmp_path) as program:
        port = program.port
        assert LISTENS[host] == {where for where in (V4, V6) if connects(*where, port)}
        assert 0 == program.end()


def test_two_addresses(tmp_path: Path, ipv6: None) -> None:
    """It listens on each address that it is given, and names them all (row 132)."""
    (tmp_path / "mimecast-exporter.yaml").write_text(GOOD)
    addresses = (*LOOPBACK, "--web.listen-address", "[::1]:0")
    with started(*addresses, directory=tmp_path) as program:
        assert program.port
        (line,) = [line for line in program.err if "msg=serving" in line]
        first, second = line.split('addresses="')[1].split('"')[0].split(",")
        assert connects(socket.AF_INET, "127.0.0.1", int(first.rpartition(":")[2]))
        assert connects(socket.AF_INET6, "::1", int(second.rpartition(":")[2]))


def refused(*arguments: str, directory: Path) -> str:
    """Return the one line with which the program does not start; the status is 1."""
    (directory / "mimecast-exporter.yaml").write_text(GOOD)
    (directory / "mimecast-exporter.yaml").chmod(0o600)
    with started(*arguments, directory=directory) as program:
        assert 1 == program.wait(30)
    (line,) = program.err
    assert [] == program.out
    return line


@pytest.mark.parametrize("family", ["127.0.0.1", "::1", "second of two"])
def test_a_taken_port(tmp_path: Path, ipv6: None, family: str) -> None:
    """A port that another has is told with its address in one line, and ends it with 1 (row 132)."""
    host = "::1" if family == "::1" else "127.0.0.1"
    kind = socket.AF_INET6 if family == "::1" else socket.AF_INET
    with socket.create_server((host, 0), family=kind) as taken:
        address = f"[{host}]" if ":" in host else host
        address = f"{address}:{taken.getsockname()[1]}"
        others = LOOPBACK if family == "second of two" else ()
        line = refused(*others, "--web.listen-address", address, directory=tmp_path)
    assert line.startswith(f"mimecast-exporter: cannot listen on {address}: Address already in use; ")


@pytest.mark.parametrize("address", ["203.0.113.9:0", "[2001:db8::9]:0", "[fe80::1]:0"])
def test_an_address_of_others(tmp_path: Path, ipv6: None, address: str) -> None:
    """An address that this host has not is told in one line, and ends it with 1 (row 132)."""
    line = refused("--web.listen-address", address, directory=tmp_path)
    assert line.startswith(f"mimecast-exporter: cannot listen on {address}: ")


def test_a_port_that_needs_a_right(tmp_path: Path, tool: Callable[[str], str]) -> None:
    """A port below 1024 without the right to it is told in one line with what to do, and ends it with 1 (row 132)."""
    (tmp_path / "mimecast-exporter.yaml").write_text(GOOD)
    (tmp_path / "mimecast-exporter.yaml").chmod(0o600)
    # In a network of its own, where no administrator has opened these ports to all.
    without = [tool("unshare"), "--map-root-user", "--net", tool("setpriv"), "--bounding-set=-net_bind_service"]
    if subprocess.run([*without, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine lets nobody have a network of its own")
    command = [*without, sys.executable, "-I", "-m", "exporter", "--web.listen-address=:80"]
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    ended = subprocess.run(command, cwd=tmp_path, env=kept, capture_output=True, text=True, timeout=30, check=False)
    (line,) = ended.stderr.splitlines()
    assert line.startswith("mimecast-exporter: cannot listen on :80: Permission denied; ")
    assert "1024" in line
    assert 1 == ended.returncode


def test_it_starts_again_at_once(simulator: Simulator, tmp_path: Path) -> None:
    """With clients connected to one that has ended, another one starts on the same port at once (row 132)."""
    simulator.add_tenant("acme", users=1)
    flags = configured(simulator, tmp_path)
    with started(*flags, *LOOPBACK, directory=tmp_path) as first, connected(first.port):
        port = first.port
        assert 0 == first.end()
        for _ in range(3):
            address = ("--web.listen-address", f"127.0.0.1:{port}")
            with started(*flags, *address, directory=tmp_path) as again, connected(again.port):
                assert port == again.port
                assert 0 == again.end(signal.SIGINT)


def is_down(program: Program) -> bool:
    """Say whether a page comes, and tells that the tenant is down."""
    page = program.get("/metrics", x_prometheus_scrape_timeout_seconds="0.8")
    return page.status == 200 and series_of(page.body.decode())['mimecast_up{tenant="acme"}'] == 0


@pytest.mark.parametrize("kind", ["refused", "silent", "no name", "bad credentials", "bad token"])
def test_it_starts_without_the_vendor(simulator: Simulator, tmp_path: Path, kind: str) -> None:
    """Whatever is wrong with the vendor, it starts as fast as else, and tells in time that that is down (row 133)."""
    tenant = simulator.add_tenant("acme", users=1, api=2 if kind == "bad token" else 1)
    file = Path(configured(simulator, tmp_path)[1])
    began = time.monotonic()
    with started("--config.file=life.yaml", *LOOPBACK, directory=tmp_path) as program:
        assert program.port
        usual = time.monotonic() - began
    with socket.create_server(("127.0.0.1", 0)) as silent:
        match kind:
            case "refused":
                simulator.stop()
            case "silent":
                replace(file, tenant.base_url, f"http://127.0.0.1:{silent.getsockname()[1]}")
            case "no name":
                replace(file, tenant.base_url, "https://vendor.invalid")
            case "bad credentials":
                replace(file, tenant.credentials["secret_key"], signed_credentials(99, "acme")["secret_key"])
            case _:
                tenant.fail("token_400")
        began = time.monotonic()
        with started("--config.file=life.yaml", *LOOPBACK, directory=tmp_path) as program:
            assert is_down(program)
            assert time.monotonic() - began < usual + 2
            assert is_down(program)
            assert 0 == program.end()


def replace(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))
