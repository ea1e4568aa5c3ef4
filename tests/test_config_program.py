"""The configuration as the started program reads it: secrets from every source, what is refused, what is warned of."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from forward_proxy import forwarding
from house import series_of
from program import LOOPBACK, Program, started

from exporter.simulator import Simulator
from exporter.simulator.tenant import Tenant

WARNING = "level=warning"
COMMANDS = [(), ("check", "--offline"), ("once",)]


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """A simulated Mimecast that judges strictly, in real time."""
    with Simulator(strict=True) as simulator:
        yield simulator


def write(path: Path, text: str, mode: int = 0o600) -> Path:
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def tenant_text(tenant: Tenant, secret: str, more: str = "refresh_interval: 0s") -> str:
    """Return a tenant whose last secret has another source."""
    *rest, _ = (f"{name}: '{text}'" for name, text in tenant.credentials.items())
    credentials = f"credentials: {{{', '.join((*rest, secret))}}}"
    return f"{{name: {tenant.name}, base_url: '{tenant.base_url}', {more}, {credentials}}}"


def refused(*arguments: str, directory: Path, environment: dict[str, str] | None = None) -> list[str]:
    """Return what is said of a configuration that ends the program with 2, without its name."""
    with started(*arguments, directory=directory, environment=environment) as program:
        assert 2 == program.wait(10)
    assert [] == program.out
    return [line.removeprefix("mimecast-exporter: ") for line in program.err]


def warnings(program: Program) -> list[str]:
    """Return the warnings of a program, in a log or not."""
    return [line for line in (*program.out, *program.err) if WARNING in line or line.startswith("warning: ")]


def users(program: Program) -> float | None:
    """Return how many users a scrape finds."""
    return series_of(program.get("/metrics").body.decode()).get('mimecast_training_users{tenant="acme"}')


@pytest.mark.parametrize("command", COMMANDS, ids=str)
def test_no_usable_secret(tmp_path: Path, command: tuple[str, ...]) -> None:
    """A secret that cannot be had is refused at start, by its place, its path and what to do (row 116)."""
    (tmp_path / "directory").mkdir()
    (tmp_path / "dangling").symlink_to("nothing")
    os.mkfifo(tmp_path / "fifo")
    write(tmp_path / "empty", " \n")
    with (tmp_path / "sparse").open("wb") as sparse:
        sparse.truncate(1024**3)
    expected = {
        "file: missing": "the file missing does not exist; create it or correct the path",
        "file: empty": "the file empty is empty; put a secret there",
        "file: directory": "the file directory is a directory; name a file in it",
        "file: fifo": "the file fifo is no regular file; a FIFO or device is not read",
        "file: /dev/zero": "the file /dev/zero is no regular file; a FIFO or device is not read",
        "file: sparse": "the file sparse is larger than 64 KiB; name the right file",
        "file: dangling": "the file dangling is a link to a file that does not exist; correct the link",
        "file: $CREDENTIALS_DIRECTORY/x": (
            "the file $CREDENTIALS_DIRECTORY/x cannot be found, because CREDENTIALS_DIRECTORY is not set; "
            "systemd sets it for a service with LoadCredential=, elsewhere set it to the directory of the file"
        ),
        "env: NOT_SET": "the environment variable NOT_SET is not set; set it for the exporter",
        "env: EMPTY": "the environment variable EMPTY is empty; put a secret there",
    }
    tenants = "".join(
        f"  - {{name: t{number}, region: us, credentials: {{client_id: a, client_secret_{source}}}}}\n"
        for number, source in enumerate(expected)
    )
    write(tmp_path / "mimecast-exporter.yaml", f"tenants:\n{tenants}")
    lines = [
        f"tenants[{number}].credentials.client_secret_{source.partition(':')[0]}: {reason}"
        for number, (source, reason) in enumerate(expected.items())
    ]
    assert lines == refused(*command, directory=tmp_path, environment={"EMPTY": ""})


def test_no_permission(tmp_path: Path, tool: Callable[[str], str]) -> None:
    """A secret file that the process may not read is refused at start, by its path and what to do (row 116)."""
    write(tmp_path / "secret", "planted", 0)
    text = "tenants: [{name: a, region: us, credentials: {client_id: a, client_secret_file: secret}}]"
    write(tmp_path / "mimecast-exporter.yaml", text)
    # Who is root may read any file, but for this.
    without = "-dac_override,-dac_read_search"
    powerless = [tool("setpriv"), f"--bounding-set={without}", f"--inh-caps={without}"] if os.geteuid() == 0 else []
    command = [*powerless, sys.executable, "-I", "-m", "exporter", "check", "--offline"]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=30, check=False)
    reason = "the file secret may not be read by this process; give it the permission"
    assert f"mimecast-exporter: tenants[0].credentials.client_secret_file: {reason}\n" == ended.stderr
    assert 2 == ended.returncode


@pytest.mark.parametrize("line", ["client_secret: 'planted", "client_secret: [planted", "client_secret:\t planted: x"])
def test_no_yaml(tmp_path: Path, line: str) -> None:
    """A mistake in YAML on a secret's line, or beside one, is told by line and column alone (row 118)."""
    text = f"tenants:\n  - name: acme\n    region: us\n    credentials:\n      client_id: planted\n      {line}\n"
    write(tmp_path / "mimecast-exporter.yaml", text)
    (said,) = refused(directory=tmp_path)
    assert said.startswith("mimecast-exporter.yaml: no valid YAML at line ")
    assert "planted" not in said


def test_one_source_of_a_secret(tmp_path: Path) -> None:
    """A secret with a value, a file and a variable at once is refused, in a file and in the environment (row 122)."""
    write(tmp_path / "secret", "planted")
    three = "client_secret: planted, client_secret_file: secret, client_secret_env: PLANTED"
    text = f"tenants: [{{name: a, region: us, credentials: {{client_id: a, {three}}}}}]"
    write(tmp_path / "some.yaml", text)
    names = "client_secret, client_secret_file, client_secret_env"
    assert [f"tenants[0].credentials.client_secret: given more than once; keep one of {names}"] == refused(
        "--config.file=some.yaml", directory=tmp_path, environment={"PLANTED": "planted"}
    )
    variables = {
        "MIMECAST_REGION": "us",
        "MIMECAST_CLIENT_ID": "a",
        "MIMECAST_CLIENT_SECRET": "planted",
        "MIMECAST_CLIENT_SECRET_FILE": "secret",
    }
    names = "MIMECAST_CLIENT_SECRET, MIMECAST_CLIENT_SECRET_FILE"
    assert [f"MIMECAST_CLIENT_SECRET: given more than once; keep one of {names}"] == refused(
        directory=tmp_path, environment=variables
    )


@pytest.fixture
def shared(simulator: Simulator, tmp_path: Path) -> Path:
    """A configuration of two tenants with the credentials of one, their secret in one file."""
    tenant = simulator.add_tenant("acme", api=2, users=2)
    write(tmp_path / "secret", tenant.credentials["client_secret"], 0o640)
    one = tenant_text(tenant, "client_secret_file: secret")
    text = f"tenants:\n  - {one}\n  - {one.replace('name: acme', 'name: twin')}\n"
    return write(tmp_path / "mimecast-exporter.yaml", text, 0o640)


@pytest.mark.parametrize("command", ["serve", "check --offline", "once"])
@pytest.mark.parametrize(
    ("modes", "said"),
    [
        ((0o640, 0o640), None),
        ((0o640, 0o644), "the file secret can be read by other users; take their permission away"),
        ((0o644, 0o640), "a secret stands in a file that other users can read; take their permission away"),
    ],
    ids=["group", "secret", "config"],
)
def test_warnings(shared: Path, command: str, modes: tuple[int, int], said: str | None) -> None:
    """Shared credentials (row 115), and what others can read (row 117), are warned of once; a group may read."""
    directory = shared.parent
    shared.chmod(modes[0])
    (directory / "secret").chmod(modes[1])
    if said and modes[0] == 0o644:
        text = shared.read_text(encoding="utf-8")
        shared.write_text(f"defaults: {{proxy_url: 'http://u:planted@127.0.0.1:9'}}\n{text}", encoding="utf-8")
    arguments = LOOPBACK if command == "serve" else command.split()
    with started(*arguments, directory=directory) as program:
        if command == "serve":
            assert [200, 200] == [program.get("/metrics").status for _ in range(2)]
            assert 0 == program.end()
        else:
            program.wait()
    told = [line for line in warnings(program) if "collector" not in line]
    assert 1 == sum("tenants[0] has the same credentials" in line for line in told)
    assert (1 if said else 0) == sum(bool(said) and str(said) in line for line in told)
    assert (2 if said else 1) == len(told)
    assert "planted" not in "".join((*program.out, *program.err))


@pytest.mark.parametrize("by", ["file", "environment"])
def test_credentials_of_systemd(simulator: Simulator, tmp_path: Path, by: str) -> None:
    """A secret may lie in systemd's directory, named in a file or in a variable; a new directory needs no restart."""
    tenant = simulator.add_tenant("acme", api=2, users=3)
    environment = {"CREDENTIALS_DIRECTORY": str(tmp_path / "credentials")}
    secret = "client_secret_file: $CREDENTIALS_DIRECTORY/secret"
    if by == "file":
        write(tmp_path / "mimecast-exporter.yaml", f"tenants: [{tenant_text(tenant, secret)}]")
    else:
        environment |= {
            "MIMECAST_TENANT": "acme",
            "MIMECAST_BASE_URL": tenant.base_url,
            "MIMECAST_CLIENT_ID": tenant.credentials["client_id"],
            "MIMECAST_CLIENT_SECRET_FILE": "${CREDENTIALS_DIRECTORY}/secret",
        }
    for name, text in (("credentials", "planted"), ("new", tenant.credentials["client_secret"])):
        (tmp_path / name).mkdir()
        write(tmp_path / name / "secret", text, 0o400)
    with started("check", directory=tmp_path, environment=environment) as program:
        assert 1 == program.wait()
    assert any("unauthorized" in line for line in program.out)
    with started(*LOOPBACK, directory=tmp_path, environment=environment) as program:
        program.get("/-/ready")
        (tmp_path / "credentials").rename(tmp_path / "old")
        (tmp_path / "new").rename(tmp_path / "credentials")
        assert 3.0 == users(program)
        assert [] == warnings(program)


def test_a_proxy_with_a_password(simulator: Simulator, tmp_path: Path) -> None:
    """The address of a proxy may come from a file, which is used anew when it changes, and is shown nowhere."""
    tenant = simulator.add_tenant("acme", api=1, users=3)
    with forwarding("planted:pl@nted") as proxy:
        write(tmp_path / "proxy", proxy.url("planted:old"))
        write(tmp_path / "secret", tenant.credentials["secret_key"])
        more = "refresh_interval: 0s, proxy_url_file: proxy, collectors: [training]"
        text = f"tenants: [{tenant_text(tenant, 'secret_key_file: secret', more)}]"
        write(tmp_path / "mimecast-exporter.yaml", text)
        with started(*LOOPBACK, "--log.level=debug", directory=tmp_path) as program:
            page = program.get("/metrics").body.decode()
            assert 'mimecast_collector_failing{collector="training",reason="proxy",tenant="acme"} 1.0' in page
            write(tmp_path / "proxy", proxy.url("planted:pl%40nted"))
            assert 3.0 == users(program)
            write(tmp_path / "proxy", "planted")
            assert 3.0 == users(program)
            assert 0 == program.end()
    assert {407, 200} == set(proxy.statuses)
    shown = "\n".join((page, *program.out, *program.err))
    assert "proxy_url holds no address of a proxy: must be an address such as" in shown
    assert "planted" not in shown
