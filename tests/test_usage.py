"""What is said of wrong usage, missing files and ports that cannot be had: one line each, with what to do next.

``pytest --update`` rewrites the lines in ``usage.txt``.
"""

import errno
import os
import shlex
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from program import Program, started, wait_until, without_rights

from exporter.commands.port import cannot_listen
from exporter.simulator import Simulator

BOOK = Path(__file__).with_name("usage.txt")
TYPED = [line for line in BOOK.read_text(encoding="utf-8").split("\n") if line.startswith("$ ")]


def said(program: Program) -> str:
    """Return what a program says that ends by itself, the one line behind its name."""
    program.wait()
    assert [] == program.out
    assert 1 == len(program.err), program.err
    name, colon, text = program.err[0].partition(": ")
    assert ("mimecast-exporter", ": ") == (name, colon)
    return text


@pytest.mark.parametrize("typed", TYPED)
def test_wrong_usage_is_one_line(tmp_path: Path, update: bool, typed: str) -> None:  # noqa: FBT001 - a fixture
    """Wrong usage ends with 2 and the one line of the book, which says what is wrong and what to do, and no value."""
    (tmp_path / "a-directory").mkdir()
    (tmp_path / "cut.yaml").write_text("tenants: [\n")
    (tmp_path / "latin.yaml").write_bytes(b"tenants: \xe4\n")
    with started(*shlex.split(typed)[2:], directory=tmp_path) as program:
        line = f"mimecast-exporter: {said(program)}"
        assert 2 == program.wait()
    assert "p4ssw0rd" not in line
    book = BOOK.read_text(encoding="utf-8").split("\n")
    place = book.index(typed) + 1
    if update:
        BOOK.write_text("\n".join([*book[:place], line, *book[place + 1 :]]), encoding="utf-8")
        return
    assert book[place] == line


@pytest.mark.parametrize("command", [(), ("once",), ("check",)], ids=" ".join)
def test_without_a_configuration_it_names_the_ways_to_start(tmp_path: Path, command: tuple[str, ...]) -> None:
    """With no file and no variable the program ends with 2 and names the three ways to start, in one line."""
    with started(*command, directory=tmp_path) as program:
        line = said(program)
        assert 2 == program.wait()
    assert all(way in line for way in ("--config.file", "MIMECAST_", "mimecast-exporter demo"))


@pytest.mark.parametrize("command", [(), ("once",), ("check",)], ids=" ".join)
def test_a_directory_that_may_not_be_searched_has_no_configuration(
    tmp_path: Path, tool: Callable[[str], str], command: tuple[str, ...]
) -> None:
    """Started where it may not look for its file, the program says that it has no configuration (row 137)."""
    directory = tmp_path / "locked"
    directory.mkdir()
    with started(*command, directory=directory, before=without_rights(tool, "chmod 000 .")) as program:
        assert "no configuration" in said(program)
        assert 2 == program.wait()
    directory.chmod(0o700)


@pytest.fixture
def configured(tmp_path: Path) -> Path:
    """A directory with a configuration of a tenant that is never asked."""
    (tmp_path / "mimecast-exporter.yaml").write_text(
        "tenants: [{name: acme, base_url: 'http://127.0.0.1:9', credentials: {client_id: a, client_secret: b}}]\n"
    )
    (tmp_path / "mimecast-exporter.yaml").chmod(0o600)
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "flag"),
    [
        (("--web.listen-address=127.0.0.1:{}",), "--web.listen-address"),
        (("--web.listen-address=127.0.0.1:0", "--web.listen-address=127.0.0.1:{}"), "--web.listen-address"),
        (("demo", "--users=1", "--port={}"), "--port"),
        (("simulate", "--users=1", "--port={}"), "--port"),
    ],
    ids=str,
)
def test_a_taken_port_is_told(configured: Path, arguments: tuple[str, ...], flag: str) -> None:
    """If the port is taken the program ends with 1 and one line with the port and how to have another (row 132)."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with started(*(text.format(port) for text in arguments), directory=configured) as program:
            line = said(program)
            assert 1 == program.wait()
    where = f"port {port}" if arguments[0] == "simulate" else f"127.0.0.1:{port}"
    advice = f"another program has it; stop that one, or choose another port with {flag}"
    assert f"cannot listen on {where}: Address already in use; {advice}" == line


@pytest.mark.parametrize(
    ("address", "problem"),
    [("192.0.2.1:10463", "Cannot assign requested address"), ("nowhere.invalid:10463", "Name or service not known")],
)
def test_an_address_of_nobody_is_told(configured: Path, address: str, problem: str) -> None:
    """If the host has no such address the program ends with 1 and one line that says what to give (row 132)."""
    with started(f"--web.listen-address={address}", directory=configured) as program:
        line = said(program)
        assert 1 == program.wait()
    advice = "give an address of this host, or :PORT for all of them, with --web.listen-address"
    assert f"cannot listen on {address}: {problem}; {advice}" == line


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.EADDRINUSE, "another program has it; stop that one, or choose another port with --port"),
        (errno.EACCES, "only root may use this port; choose one from 1024 on with --port"),
        (errno.EMFILE, "raise the limit of open files"),
        (errno.EADDRNOTAVAIL, "give an address of this host, or :PORT for all of them, with --port"),
    ],
)
def test_what_to_do_about_a_port(number: int, advice: str) -> None:
    """Each problem of a port has its own advice, a port that is for root alone too."""
    problem = os.strerror(number)
    assert f"cannot listen on :80: {problem}; {advice}" == cannot_listen(":80", OSError(number, problem), "--port")


def test_a_port_that_is_not_to_blame() -> None:
    """Where it is no address that cannot be listened on, none is named."""
    error = OSError(errno.EMFILE, "Too many open files")
    assert "cannot listen: Too many open files; raise the limit of open files" == cannot_listen(None, error, "--port")


def test_a_port_is_had_again_at_once(configured: Path) -> None:
    """A port is free for the next start as soon as the program has ended, though a client was there (row 132)."""
    with started("--web.listen-address=127.0.0.1:0", directory=configured) as program:
        port = program.port
        assert 200 == program.get("/-/healthy").status
        assert 0 == program.end()
    with started(f"--web.listen-address=127.0.0.1:{port}", directory=configured) as program:
        assert port == program.port


def test_each_problem_is_a_line(tmp_path: Path) -> None:
    """Each problem of a configuration is one line with its place, there is no traceback, and the status is 2."""
    (tmp_path / "bad.yaml").write_text(
        "tenants: [{name: acme, region: mars, refresh: 5m, credentials: {client_id: a}}]\n"
    )
    with started("--config.file=bad.yaml", directory=tmp_path) as program:
        assert 2 == program.wait()
    assert 3 == len(program.err)
    assert all(line.startswith("mimecast-exporter: tenants[0].") for line in program.err)


def test_a_problem_of_a_file_that_is_read_again_names_it(tmp_path: Path) -> None:
    """A reload that finds no YAML says in the log which file it is and where it is wrong, and goes on."""
    with Simulator() as simulator:
        simulator.add_tenant("acme", users=1)
        file = tmp_path / "mimecast-exporter.yaml"
        file.write_text(simulator.configuration())
        with started("--web.listen-address=127.0.0.1:0", "--web.enable-lifecycle", directory=tmp_path) as program:
            assert 200 == program.get("/-/reload", method="POST").status
            file.write_text("tenants: [\n")
            assert 500 == program.get("/-/reload", method="POST").status
            wait_until(lambda: any("the old one stays" in line for line in program.err), "the line")
            assert any("mimecast-exporter.yaml: no valid YAML at line 2" in line for line in program.err)
