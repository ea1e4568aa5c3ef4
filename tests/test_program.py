"""The started program, over real sockets: commands, exit statuses and signals."""

import base64
import platform
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from house import series_of
from program import LOOPBACK, Program, started, wait_until

from exporter import __version__
from exporter.exposition import Format
from exporter.simulator import Simulator

TRAINING = 'collector="training"'


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """A simulated Mimecast that judges strictly, in real time."""
    with Simulator(strict=True) as simulator:
        yield simulator


def configured(simulator: Simulator, directory: Path, defaults: str = "{}") -> tuple[str, str]:
    """Write a configuration for all tenants of a simulator and return the flag for it."""
    file = directory / "simulated.yaml"
    file.write_text(f"defaults: {defaults}\n{simulator.configuration()}")
    file.chmod(0o600)
    return "--config.file", str(file)


def series(program: Program, path: str = "/metrics") -> dict[str, float]:
    page = program.get(path)
    assert 200 == page.status
    return series_of(page.body.decode())


class Gate:
    """A document that the vendor holds back until the test lets it go."""

    def __init__(self, content: bytes = b"{}") -> None:
        self.asked = threading.Semaphore(0)
        self.open = threading.Event()
        self._content = content

    def __call__(self) -> bytes:
        self.asked.release()
        self.open.wait(30)
        return self._content


def test_the_demo_shows_three_tenants(tmp_path: Path) -> None:
    """The demo tells the addresses to open, and its first page has three tenants, all up, with numbers."""
    with started("demo", "--port=0", "--users=50", "--log.level=info", directory=tmp_path) as demo:
        page = series(demo)
        assert any(f"http://127.0.0.1:{demo.port}/metrics" in line for line in demo.out)
        assert any("scrape_configs:" in line for line in demo.out)
        for tenant in ("acme", "globex", "initech"):
            assert 1.0 == page[f'mimecast_up{{tenant="{tenant}"}}']
            assert 50.0 == page[f'mimecast_training_users{{tenant="{tenant}"}}']
        assert 0 == demo.end()


def test_the_demo_lets_one_tenant_misbehave(tmp_path: Path) -> None:
    """With --fail one tenant of the demo is down with its reason, and the others are up."""
    arguments = ("demo", "--port=0", "--users=5", "--fail=app_forbidden", "--log.level=info")
    with started(*arguments, directory=tmp_path) as demo:
        page = series(demo)
        assert [0.0, 1.0, 1.0] == [page[f'mimecast_up{{tenant="{name}"}}'] for name in ("acme", "globex", "initech")]
        assert f'mimecast_collector_failing{{{TRAINING},reason="forbidden",tenant="acme"}}' in page


def test_simulate_prints_a_configuration_that_works(tmp_path: Path) -> None:
    """What simulate prints is a configuration of the exporter, and serving with it shows the simulated tenants."""
    with started("simulate", "--tenants=3", "--users=4", "--strict", directory=tmp_path) as simulated:
        wait_until(lambda: any("client_secret" in line for line in simulated.out), "the configuration")
        wait_until(lambda: sum("name:" in line for line in simulated.out) == 3, "three tenants")
        file = tmp_path / "mimecast-exporter.yaml"
        file.write_text("\n".join(simulated.out))
        with started(*LOOPBACK, directory=tmp_path) as program:
            page = series(program)
            assert [4.0] * 3 == [page[f'mimecast_training_users{{tenant="tenant-{n}"}}'] for n in (1, 2, 3)]
        assert 0 == simulated.end(signal.SIGINT)


@pytest.mark.parametrize("api", [1, 2])
def test_one_tenant_needs_no_file(simulator: Simulator, tmp_path: Path, api: int) -> None:
    """A tenant of either API is configured by the environment alone, its secrets in files or not."""
    tenant = simulator.add_tenant("acme", api=2 if api == 2 else 1, users=6)
    environment = {f"MIMECAST_{name.upper()}": secret for name, secret in tenant.credentials.items()}
    in_file = "MIMECAST_SECRET_KEY" if api == 1 else "MIMECAST_CLIENT_SECRET"
    (tmp_path / "secret").write_text(environment.pop(in_file) + "\n")
    environment |= {f"{in_file}_FILE": "secret", "MIMECAST_BASE_URL": tenant.base_url, "MIMECAST_TENANT": "acme"}
    with started(*LOOPBACK, directory=tmp_path, environment=environment) as program:
        assert 6.0 == series(program)['mimecast_training_users{tenant="acme"}']
    assert () == simulator.violations


def test_the_version_is_a_result(tmp_path: Path) -> None:
    """The version goes to standard output with status 0."""
    with started("--version", directory=tmp_path) as program:
        assert (0, []) == (program.wait(), program.err)
    assert [f"mimecast-exporter, version {__version__} (python {platform.python_version()})"] == program.out


def test_the_routes(simulator: Simulator, tmp_path: Path) -> None:
    """Documented paths answer, and everything else is a designed 4xx in plain text that echoes nothing."""
    simulator.add_tenant("acme", users=1)
    expected = {
        ("GET", "/metrics"): 200,
        ("HEAD", "/metrics"): 200,
        ("GET", "/metrics?name[]=x"): 200,
        ("GET", "/probe?target=acme"): 200,
        ("GET", "/probe?target=acme&collector=training&collector=training"): 200,
        ("GET", "/probe"): 400,
        ("GET", "/probe?target="): 400,
        ("GET", "/probe?target=planted"): 400,
        ("GET", "/probe?target=acme&target=acme"): 400,
        ("GET", "/probe?target=acme&collector=planted"): 400,
        ("GET", "/probe?target=http://planted.example/"): 400,
        ("GET", "/probe?target=%ff"): 400,
        ("GET", "/metrics/self"): 200,
        ("GET", "/"): 200,
        ("HEAD", "/"): 200,
        ("GET", "/sd"): 200,
        ("HEAD", "/sd"): 200,
        ("GET", "/-/healthy"): 200,
        ("HEAD", "/-/ready"): 200,
        ("GET", "/-/ready"): 200,
        ("GET", "/planted"): 404,
        ("GET", "/sd/"): 404,
        ("GET", "//"): 404,
        ("GET", "/metrics/"): 404,
        ("GET", "//metrics"): 404,
        ("GET", "/metrics%2e"): 404,
        ("POST", "/metrics"): 405,
        ("POST", "/"): 405,
        ("DELETE", "/sd"): 405,
        ("PLANTED", "/-/healthy"): 405,
        ("get", "/metrics"): 405,
    }
    with started(*configured(simulator, tmp_path), *LOOPBACK, directory=tmp_path) as program:
        for (method, path), status in expected.items():
            page = program.get(path, method=method)
            assert (method, path, status) == (method, path, page.status)
            assert b"planted" not in page.body
            assert "nosniff" == page.headers["x-content-type-options"]
            assert status != 405 or page.headers["allow"] == "GET, HEAD"
        own = series(program, "/metrics/self")
        assert {"/", "/sd", "/metrics", "/metrics/self", "/probe", "/-/healthy", "/-/ready", "other"} == {
            name.split('path="')[1].split('"')[0] for name in own if "http_requests_total" in name
        }
        assert not [name for name in own if "exporter_" not in name and not name.startswith(("python_", "process_"))]


def test_head_and_health_poll_nothing(simulator: Simulator, tmp_path: Path) -> None:
    """HEAD requests, health and readiness ask nothing of the vendor."""
    simulator.add_tenant("acme", users=1)
    with started(*configured(simulator, tmp_path), *LOOPBACK, directory=tmp_path) as program:
        for method, path in (("HEAD", "/metrics"), ("HEAD", "/probe?target=acme"), ("GET", "/-/ready")):
            program.get(path, method=method)
        assert 0 == simulator.calls()


def test_formats_are_negotiated(simulator: Simulator, tmp_path: Path) -> None:
    """The format follows Accept, gzip follows Accept-Encoding, and what is odd gets the plain text format."""
    simulator.add_tenant("acme", users=1)
    text, openmetrics = (form.value for form in Format)
    with started(*configured(simulator, tmp_path), *LOOPBACK, directory=tmp_path) as program:
        assert text == program.get("/metrics").headers["content-type"]
        assert openmetrics == program.get("/metrics", accept="application/openmetrics-text").headers["content-type"]
        odd = program.get("/metrics", accept="application/openmetrics-text; version=abc", accept_encoding="gzip;q=0")
        assert (200, text, None) == (odd.status, odd.headers["content-type"], odd.headers.get("content-encoding"))
        assert "gzip" == program.get("/metrics", accept_encoding="gzip").headers["content-encoding"]


def test_a_scrape_ends_within_prometheus_own_timeout(simulator: Simulator, tmp_path: Path) -> None:
    """While the vendor hangs, a scrape is answered in time by what its header says less the offset."""
    gate = Gate()
    simulator.add_tenant("acme").serve(gate)
    with started(*configured(simulator, tmp_path), *LOOPBACK, directory=tmp_path) as program:
        page = program.get("/metrics", timeout=5, x_prometheus_scrape_timeout_seconds="0.7")
        assert 0.0 == series_of(page.body.decode())['mimecast_up{tenant="acme"}']
        gate.open.set()


def test_two_hundred_scrapes_cause_one_call_a_tenant(simulator: Simulator, tmp_path: Path) -> None:
    """Two hundred scrapes at once of a cold exporter cause one call of each tenant, and all show its numbers."""
    gates = [Gate(b'{"meta":{"status":200},"data":[{"training":[]}],"fail":[]}') for _ in range(2)]
    for number, gate in enumerate(gates):
        simulator.add_tenant(f"tenant-{number}").serve(gate)
    flags = (*configured(simulator, tmp_path, "{collectors: [training]}"), *LOOPBACK, "--web.max-requests=400")
    with started(*flags, directory=tmp_path) as program, ThreadPoolExecutor(200) as scrapers:
        pages = [scrapers.submit(program.get, "/metrics") for _ in range(200)]
        for gate in gates:
            assert gate.asked.acquire(timeout=30)
        for gate in gates:
            gate.open.set()
        bodies = [page.result().body for page in pages]
        assert 200 == len(bodies)
        assert all(b'mimecast_training_users{tenant="tenant-1"} 1.0' in body for body in bodies)
    assert [1, 1] == [simulator.calls(f"tenant-{number}") for number in range(2)]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_status_0(simulator: Simulator, tmp_path: Path, how: signal.Signals) -> None:
    """SIGTERM and SIGINT end an idle exporter at once with status 0."""
    simulator.add_tenant("acme", users=1)
    with started(*configured(simulator, tmp_path), *LOOPBACK, directory=tmp_path) as program:
        series(program)
        assert 0 == program.end(how, seconds=3)


def test_a_scrape_in_flight_is_answered_before_the_end(simulator: Simulator, tmp_path: Path) -> None:
    """While the vendor hangs, SIGTERM ends it within three seconds, and a waiting scrape gets its whole page."""
    gate = Gate()
    simulator.add_tenant("acme").serve(gate)
    flags = (*configured(simulator, tmp_path), *LOOPBACK)
    with started(*flags, directory=tmp_path) as program, ThreadPoolExecutor(1) as scraper:
        page = scraper.submit(program.get, "/metrics")
        assert gate.asked.acquire(timeout=30)
        assert 0 == program.end(seconds=3)
        assert 0.0 == series_of(page.result().body.decode())['mimecast_up{tenant="acme"}']
        gate.open.set()


def test_a_rotated_secret_is_used_without_a_restart(simulator: Simulator, tmp_path: Path) -> None:
    """A secret whose file was wrong is read again when the file changes, and the next poll succeeds."""
    tenant = simulator.add_tenant("acme", users=3)
    credentials = dict(tenant.credentials)
    secret = tmp_path / "secret-key"
    secret.write_text(base64.b64encode(b"the old key").decode())
    lines = [f"{name}: {text!r}" for name, text in credentials.items() if name != "secret_key"]
    file = tmp_path / "one.yaml"
    file.write_text(
        f"tenants: [{{name: acme, base_url: '{tenant.base_url}', refresh_interval: 0s, "
        f"credentials: {{{', '.join(lines)}, secret_key_file: secret-key}}}}]\n"
    )
    with started("--config.file", str(file), *LOOPBACK, directory=tmp_path) as program:
        assert f'mimecast_collector_failing{{{TRAINING},reason="unauthorized",tenant="acme"}}' in series(program)
        secret.write_text(credentials["secret_key"])
        assert 3.0 == series(program)['mimecast_training_users{tenant="acme"}']


@pytest.mark.parametrize(
    "environment",
    [
        {"TZ": "Asia/Kathmandu", "LC_ALL": "de_DE.UTF-8"},
        {"TZ": "America/St_Johns", "LC_ALL": "tr_TR.UTF-8"},
        {"HTTPS_PROXY": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9", "REQUESTS_CA_BUNDLE": "/nowhere"},
    ],
    ids=["kathmandu", "st_johns", "proxies"],
)
def test_the_environment_changes_nothing(simulator: Simulator, tmp_path: Path, environment: dict[str, str]) -> None:
    """Neither zone, locale nor proxy variables change what is sent or counted; ignored ones are told (rows 81, 83)."""
    tenants = [simulator.add_tenant("one", api=1, users=5), simulator.add_tenant("two", api=2, users=5)]
    flags = (*configured(simulator, tmp_path), *LOOPBACK)
    with started(*flags, directory=tmp_path, environment=environment) as program:
        page = series(program)
        assert [5.0, 5.0] == [page[f'mimecast_training_users{{tenant="{tenant.name}"}}'] for tenant in tenants]
        assert ("HTTPS_PROXY" in environment) == any("variables ignored" in line for line in program.err)
    assert () == simulator.violations
