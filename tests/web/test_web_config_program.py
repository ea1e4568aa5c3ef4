"""The started program with ``--web.config.file``, and Debian's Prometheus that scrapes it."""

import http.client
import shutil
import signal
import ssl
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import bcrypt
import pytest
from program import LOOPBACK, Program, started, wait_until
from prometheus_server import prometheus
from web_authority import Authority

from exporter.simulator import Simulator

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="certificates are made by openssl")

HASH = bcrypt.hashpw(b"pass", bcrypt.gensalt(4)).decode()
WEB = f"""\
tls_server_config:
  cert_file: server.crt
  key_file: server.key
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: ca.crt
  client_allowed_sans: [prometheus.example]
basic_auth_users: {{alice: {HASH}}}
"""
PROMETHEUS = """\
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
  - job_name: all
    scheme: https
    basic_auth: {{username: alice, password: pass}}
    tls_config: {{ca_file: ca.crt, cert_file: client.crt, key_file: client.key, server_name: localhost}}
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
"""


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A directory with certificates and a web configuration."""
    authority = Authority(tmp_path, "ca")
    authority.issue("server", "DNS:localhost")
    authority.issue("client", "DNS:prometheus.example")
    (tmp_path / "web.yml").write_text(WEB)
    return tmp_path


def status(program: Program, path: str, context: ssl.SSLContext) -> int:
    connection = http.client.HTTPSConnection("localhost", program.port, timeout=10, context=context)
    with closing(connection):
        connection.request("GET", path)
        return connection.getresponse().status


def test_prometheus_scrapes_with_a_certificate_and_a_password(tool: Callable[[str], str], here: Path) -> None:
    """Prometheus has the target up with its certificate and password, and SIGHUP takes away what is meant to go."""
    binary = tool("prometheus")
    context = ssl.create_default_context(cafile=here / "ca.crt")
    context.load_cert_chain(here / "client.crt", here / "client.key")
    with Simulator(strict=True) as simulator:
        simulator.add_tenant("acme", users=5)
        (here / "mimecast-exporter.yaml").write_text(simulator.configuration())
        with (
            started(*LOOPBACK, "--web.config.file=web.yml", directory=here) as program,
            prometheus(binary, here, PROMETHEUS.format(port=program.port)) as server,
        ):
            wait_until(lambda: bool(server.query("mimecast_up == 1")), "the tenant is up")
            assert [] == server.warnings()
            assert [200, 401] == [status(program, path, context) for path in ("/-/healthy", "/metrics")]
            (here / "web.yml").write_text("")
            program.process.send_signal(signal.SIGHUP)
            wait_until(lambda: any('msg="web configuration loaded"' in line for line in program.err), "it is loaded")
            assert 200 == program.get("/metrics/self").status
            assert 0 == program.end()
    assert HASH not in "".join(program.err)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "mimecast-exporter: the file web.yml does not exist; create it or correct the path"),
        ("rate_limits: 1", "mimecast-exporter: rate_limits: unknown key; did you mean rate_limit?"),
    ],
)
def test_a_bad_file_at_the_start(tmp_path: Path, text: str | None, message: str) -> None:
    """A file that is missing or bad at the start ends with status 2 and a line for each problem."""
    if text is not None:
        (tmp_path / "web.yml").write_text(text)
    with Simulator(strict=True) as simulator:
        simulator.add_tenant("acme", users=5)
        (tmp_path / "mimecast-exporter.yaml").write_text(simulator.configuration())
        with started(*LOOPBACK, "--web.config.file=web.yml", directory=tmp_path) as program:
            assert 2 == program.wait()
            assert [message] == program.err[-1:]
