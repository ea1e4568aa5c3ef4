"""Rotation while Prometheus scrapes the started program over TLS, with a password and nothing in between."""

import base64
import http.client
import itertools
import json
import logging
import re
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import bcrypt
import pytest
from program import LOOPBACK, Program, started, wait_until
from prometheus_server import Prometheus, example, prometheus
from web_authority import Authority

from exporter.simulator import Simulator, Tenant
from exporter.simulator.credential import client_credentials, signed_credentials

PASSWORD = "a right password"
WEB = """\
tls_server_config: {{cert_file: server.crt, key_file: server.key}}
basic_auth_users: {{prometheus: {hashed}}}
"""
TRAINING = "/api/awareness-training/user/get-training-details"
log = logging.getLogger(__name__)

MAKERS = {"secret_key": signed_credentials, "client_secret": client_credentials}


def secret_of(tenant: Tenant) -> str:
    return "secret_key" if "secret_key" in tenant.credentials else "client_secret"


def replace(path: Path, content: bytes) -> None:
    """Put a file in another's place in one step."""
    new = path.with_name("new")
    new.write_bytes(content)
    new.rename(path)


class Site:
    """A directory with all that is rotated: the server's certificate, and the key of each tenant."""

    def __init__(self, directory: Path, simulator: Simulator) -> None:
        self.directory = directory
        self.authority = Authority(directory, "exporter-ca")
        self.simulator = simulator
        self._numbers = itertools.count()
        self.rotate_certificate()
        hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(10)).decode()
        (directory / "web.yml").write_text(WEB.format(hashed=hashed))
        (directory / "exporter-password").write_text(PASSWORD)
        (directory / "mimecast-exporter.yaml").write_text(self._configuration())

    def rotate_certificate(self) -> None:
        """Put a new certificate in place, and its key a moment later."""
        certificate, key = self.authority.issue(f"server-{next(self._numbers)}", "DNS:localhost")
        replace(self.directory / "server.crt", certificate.read_bytes())
        replace(self.directory / "server.key", key.read_bytes())

    def rotate_key(self, tenant: Tenant) -> None:
        """Give a tenant another key at Mimecast and in its file, and end what the old one gave, between two polls."""
        name = secret_of(tenant)
        new = MAKERS[name](next(self._numbers), tenant.name)[name]
        before = self._answered(tenant)
        wait_until(lambda: self._answered(tenant) > before, "a poll has just ended")
        tenant.credentials = {**tenant.credentials, name: new}
        tenant.revoke_tokens()
        replace(self.directory / tenant.name, new.encode())

    def _answered(self, tenant: Tenant) -> int:
        calls = [call for call in self.simulator.journal if (call.tenant, call.path) == (tenant.name, TRAINING)]
        return sum(call.status is not None for call in calls)

    def _configuration(self) -> str:
        tenants = []
        for tenant in self.simulator.tenants:
            keys = dict(tenant.credentials)
            (self.directory / tenant.name).write_text(keys.pop(secret_of(tenant)))
            keys[f"{secret_of(tenant)}_file"] = tenant.name
            tenants.append({"name": tenant.name, "base_url": tenant.base_url, "credentials": keys})
        defaults = {"refresh_interval": "1s", "collectors": ["training"]}
        return json.dumps({"defaults": defaults, "tenants": tenants})

    def shown(self, port: int) -> bool:
        """Return whether ``openssl`` is shown the certificate of the file by one who can prove to have its key."""
        command = ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-CAfile", "exporter-ca.crt"]
        done = subprocess.run(
            [*command, "-verify_return_error"], cwd=self.directory, input=b"", capture_output=True, check=False
        )
        return (self.directory / "server.crt").read_bytes().strip() in done.stdout


@contextmanager
def newcomers(port: int, authority: Path) -> Iterator[list[object]]:
    """Ask on a connection of its own some times a second until the end of the block; collect what came back."""
    context = ssl.create_default_context(cafile=authority)
    authorization = "Basic " + base64.b64encode(f"prometheus:{PASSWORD}".encode()).decode()
    found: list[object] = []
    over = threading.Event()

    def ask() -> object:
        connection = http.client.HTTPSConnection("localhost", port, timeout=10, context=context)
        with closing(connection):
            connection.request("GET", "/metrics/self", headers={"Authorization": authorization})
            return connection.getresponse().status

    def keep_asking() -> None:
        while not over.wait(0.2):
            try:
                found.append(ask())
            except OSError as error:
                found.append(repr(error))

    thread = threading.Thread(target=keep_asking)
    thread.start()
    try:
        yield found
    finally:
        over.set()
        thread.join()


def secured(text: str) -> str:
    """Return an example with the lines in force that are for TLS and users."""
    return re.sub(r"^( +)#(?=[a-z_]+:)", r"\1", text, flags=re.MULTILINE)


def samples(server: Prometheus, metric: str) -> dict[str, list[float]]:
    """Return all samples of a metric, by the tenant or the job."""
    return {
        series["metric"].get("tenant", series["metric"]["job"]): [float(value) for _, value in series["values"]]
        for series in server.ask("/api/v1/query", query=f"{metric}[10m]")["result"]
    }


def longest_failure(values: list[float]) -> int:
    """Return how many samples in a row are 0 at most, after the first that is not."""
    runs = [(value, len(list(run))) for value, run in itertools.groupby(values)]
    return max((length for value, length in runs[runs[0][0] == 0.0 :] if value == 0.0), default=0)


def rotate(site: Site, program: Program, seconds: float) -> list[float]:
    """Rotate all there is again and again; return how long each new certificate took to be shown."""
    taken = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        site.rotate_certificate()
        rotated_at = time.monotonic()
        wait_until(lambda: site.shown(program.port), "the new certificate is shown", 20)
        taken.append(time.monotonic() - rotated_at)
        for tenant in site.simulator.tenants:
            site.rotate_key(tenant)
    return taken


def test_what_is_rotated_is_used_without_a_failed_scrape(
    tool: Callable[[str], str],
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    """While certificate and keys are rotated no scrape fails, and no tenant for more than one period (rows 82, 97)."""
    binary, _ = tool("prometheus"), tool("openssl")
    seconds = 120 if request.config.getoption("--long") else 15
    with Simulator(strict=True) as simulator:
        simulator.add_tenant("acme", api=1, users=5)
        simulator.add_tenant("globex", api=2, users=5)
        site = Site(tmp_path, simulator)
        with (
            started(*LOOPBACK, "--web.config.file=web.yml", directory=tmp_path, measured=False) as program,
            prometheus(binary, tmp_path, secured(example("prometheus.yml", program.port))) as server,
        ):
            wait_until(lambda: len(server.query("mimecast_up == 1")) == 2, "both tenants are up")
            with newcomers(program.port, site.authority.certificate) as asked:
                taken = rotate(site, program, seconds)
            up, mimecast_up = samples(server, "up"), samples(server, "mimecast_up")
            assert [] == server.warnings()
        log.info("certificates: %s, the slowest after %.2f s", len(taken), max(taken))
        log.info("scrapes: %s, newcomers: %s", len(up["mimecast"]), len(asked))
        log.info("failed: %s", {name: values.count(0.0) for name, values in mimecast_up.items()})
        assert max(taken) < 5
        assert {1.0} == set(up["mimecast"])
        assert {200} == set(asked)
        assert {"acme", "globex"} == set(mimecast_up)
        assert max(map(longest_failure, mimecast_up.values())) <= 2
        assert () == simulator.violations
