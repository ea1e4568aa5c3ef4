"""Reloads of the started program that are asked for, and its web configuration."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from guarded_port import basic, hashed
from house import series_of
from program import LOOPBACK, Page, Program, started, wait_until

from exporter.simulator import Simulator

USERS = f"basic_auth_users: {{alice: {hashed(b'pass').decode()}}}\n"
HEADERS = "http_server_config: {headers: {Strict-Transport-Security: max-age=%d}}\n"
RIGHT = basic(b"alice:pass").decode()
RELOADED = "mimecast_exporter_config_last_reload_successful"


@dataclass
class Site:
    """A started program with users, and its files."""

    program: Program
    simulator: Simulator
    directory: Path

    def write_web(self, text: str) -> None:
        """Put another web configuration into its file."""
        (self.directory / "web.yml").write_text(text)

    def add_tenant(self, name: str) -> None:
        """Put one tenant more into the configuration."""
        self.simulator.add_tenant(name, users=1)
        (self.directory / "mimecast-exporter.yaml").write_text(self.simulator.configuration())

    def ask(self, path: str, method: str = "GET") -> Page:
        """Return an answer to one who has the right password."""
        return self.program.get(path, method=method, Authorization=RIGHT)

    def hang_up(self, said: str) -> None:
        """Send SIGHUP and wait for a line of the log."""
        self.program.process.send_signal(signal.SIGHUP)
        wait_until(lambda: any(said in line for line in self.program.err), said)


@contextmanager
def serving(directory: Path) -> Iterator[Site]:
    """Start the program with one tenant, one user, and reloads by request."""
    with Simulator(strict=True) as simulator:
        (directory / "web.yml").write_text(USERS)
        simulator.add_tenant("acme", users=1)
        (directory / "mimecast-exporter.yaml").write_text(simulator.configuration())
        flags = (*LOOPBACK, "--web.config.file=web.yml", "--web.enable-lifecycle")
        with started(*flags, directory=directory) as program:
            assert program.port  # it serves
            yield Site(program, simulator, directory)
            assert 0 == program.end()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A started program."""
    with serving(tmp_path) as site:
        yield site


def test_a_request_reads_the_web_file_at_once(site: Site) -> None:
    """What has changed in the web configuration is in use when the answer to a reload has come, time and again."""
    for age in range(5):
        site.write_web(USERS + HEADERS % age)
        assert 200 == site.ask("/-/reload", "POST").status
        assert f"max-age={age}" == site.ask("/-/ready").headers["strict-transport-security"]


def test_a_request_needs_a_password(site: Site) -> None:
    """Where there are users nobody else has anything read again."""
    assert [401, 200] == [site.program.get("/-/reload", method="POST").status, site.ask("/-/reload", "POST").status]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (f"{USERS}rate_limits: 1\n", b"rate_limits: unknown key; did you mean rate_limit?"),
        ("", b"users have vanished from the file web.yml; send SIGHUP if that is meant"),
    ],
)
def test_a_request_with_a_bad_web_file_changes_nothing(site: Site, bad: str, reason: bytes) -> None:
    """A web configuration that is bad, or lacks the users that there were, is a 500 and leaves all as it was."""
    site.add_tenant("globex")
    site.write_web(bad)
    refused = site.ask("/-/reload", "POST")
    assert (500, reason + b"\n") == (refused.status, refused.body)
    assert [401, 400] == [site.program.get("/sd").status, site.ask("/probe?target=globex").status]
    assert 0.0 == series_of(site.ask("/metrics/self").body.decode())[RELOADED]
    site.write_web(USERS)
    assert [200, 200] == [site.ask("/-/reload", "PUT").status, site.ask("/probe?target=globex").status]
    assert 1.0 == series_of(site.ask("/metrics/self").body.decode())[RELOADED]


def test_a_request_with_a_bad_configuration(site: Site) -> None:
    """A bad configuration is a 500 with its reason, whatever is new in the web configuration, which is in use."""
    site.write_web(USERS + HEADERS % 7)
    (site.directory / "mimecast-exporter.yaml").write_text("tenants: []\n")
    refused = site.ask("/-/reload", "POST")
    assert (500, "max-age=7") == (refused.status, site.ask("/-/ready").headers["strict-transport-security"])
    assert refused.body.startswith(b"tenants: ")
    assert 200 == site.ask("/probe?target=acme").status


def test_sighup_takes_the_vanished_at_their_word(site: Site) -> None:
    """After SIGHUP users who have gone from the file are asked for no more, and both files have been read."""
    site.add_tenant("globex")
    site.write_web("")
    site.hang_up('msg="configuration reloaded"')
    assert [200, 200] == [site.program.get(path).status for path in ("/sd", "/probe?target=globex")]


def test_sighup_with_a_bad_web_file(site: Site) -> None:
    """After SIGHUP with a bad web configuration the old one stays, which is told, and the other file is in use."""
    site.add_tenant("globex")
    site.write_web("{")
    site.hang_up('msg="configuration reloaded"')
    refused = 'level=error msg="web configuration refused, the old one stays"'
    assert 1 == sum(refused in line for line in site.program.err)
    assert [401, 200] == [site.program.get("/sd").status, site.ask("/probe?target=globex").status]
    told = f"{RELOADED} 0"
    wait_until(lambda: told in site.ask("/metrics/self").body.decode(), "that a reload failed is told")
