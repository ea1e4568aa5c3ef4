"""Commands as a new user types them: a shell in a directory of its own, where a simulated Mimecast is Mimecast.

Only what cannot be as in a document is changed: fixed ports are any free ones, paths of the system are paths of the
directory, and the region is the simulator.
"""

import contextlib
import http.client
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from house import series_of
from program import Program, wait_until

from exporter.simulator import Simulator

PORT = re.compile(r"(?<=:)10463\b|(?<=--port=)\d+")
PLACES = {"/etc/mimecast-exporter/": "etc/", "/var/lib/prometheus/node-exporter/": "textfile/"}
ADDRESSES = re.compile(r'addresses"?[=:] ?"?(?P<all>[^"\s]+)')


@dataclass
class Shell:
    """A directory with the program in ``.venv``, and a simulated tenant of API 2.0 with its keys in ``secrets``."""

    directory: Path
    simulator: Simulator = field(default_factory=lambda: Simulator(strict=True))

    def __post_init__(self) -> None:
        tenant = self.simulator.add_tenant("acme", api=2, users=10)
        (self.directory / ".venv").symlink_to(sys.prefix)
        for name, secret in tenant.credentials.items():
            self.write(f"secrets/{name.replace('_', '-')}", secret)

    def write(self, name: str, text: str) -> Path:
        """Write a file that nobody else can read."""
        file = self.directory / name
        file.parent.mkdir(mode=0o700, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        file.chmod(0o600)
        return file

    def here(self, text: str, port: int = 0) -> str:
        """Return a command or a configuration as it has to be in this directory."""
        for place, instead in PLACES.items():
            text = text.replace(place, instead)
        text = text.replace("MIMECAST_REGION=global", f"MIMECAST_BASE_URL={self.simulator.base_url}")
        return PORT.sub(str(port), text.replace("region: global", f"base_url: {self.simulator.base_url}"))

    def run(self, text: str) -> subprocess.CompletedProcess[str]:
        """Run commands that end."""
        return subprocess.run(
            _shell(text),
            cwd=self.directory,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=120,
            text=True,
        )

    @contextlib.contextmanager
    def started(self, text: str) -> Iterator[Program]:
        """Run commands that go on, until the end of the block at most."""
        process = subprocess.Popen(
            _shell(text),
            cwd=self.directory,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        program = Program(process)
        try:
            yield program
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            program.wait()

    def _environment(self) -> dict[str, str]:
        coverage = {name: text for name, text in os.environ.items() if name.startswith("COVERAGE_PROCESS")}
        return {"PATH": f"{self.directory}/.venv/bin:{os.environ['PATH']}", **coverage}


def _shell(text: str) -> list[str]:
    # As an interactive shell, it outlives the signals that end what it runs, and has that status.
    return ["bash", "-euo", "pipefail", "-c", f"trap : INT TERM\n{text}"]


def end(program: Program, how: signal.Signals = signal.SIGTERM) -> int:
    """Send a signal to all that was started, as a terminal does, and return the exit status."""
    os.killpg(program.process.pid, how)
    return program.wait()


def addresses(program: Program) -> list[str]:
    """Return the addresses that an exporter says it listens on."""

    def told() -> list[str]:
        found = (ADDRESSES.search(line) for line in program.err if "serving" in line)
        return [address for match in found if match for address in match["all"].split(",")]

    wait_until(lambda: bool(told()) or program.has_ended, "serving")
    assert told(), program.err
    return told()


def scraped(address: str) -> dict[str, float]:
    """Return the series of an exporter."""
    with contextlib.closing(http.client.HTTPConnection(address, timeout=60)) as connection:
        connection.request("GET", "/metrics")
        answer = connection.getresponse()
        assert 200 == answer.status
        return series_of(answer.read().decode())


def up(series: dict[str, float]) -> dict[str, float]:
    """Return which tenants are up."""
    return {name: value for name, value in series.items() if name.startswith("mimecast_up{")}


def tenants_in(configuration: str) -> list[str]:
    """Return the names of the tenants of a configuration that is complete, none of one that is still being printed."""
    if not configuration.endswith('"\n'):
        return []
    return [tenant["name"] for tenant in yaml.safe_load(configuration)["tenants"]]


def web_configuration(directory: Path, client_auth: str) -> str:
    """Return a web configuration with TLS, its certificate and key made in the directory by OpenSSL."""
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "own.key")
    command = ["openssl", "req", "-x509", *key, "-days", "2", "-subj", "/CN=exporter", "-out", "own.crt"]
    subprocess.run(command, cwd=directory, check=True, capture_output=True)
    authority = "client_ca_file: own.crt, " if client_auth != "NoClientCert" else ""
    return f"tls_server_config: {{cert_file: own.crt, key_file: own.key, {authority}client_auth_type: {client_auth}}}\n"
