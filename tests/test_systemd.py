"""The units for systemd: what they forbid by systemd's own judgement, and their commands, run as systemd runs them."""

import errno
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from blocks import BLOCKS, Way, text_of
from house import series_of
from program import LOOPBACK, Program, running
from service_manager import ServiceManager, service_manager
from shell import Shell
from unit_file import FOLDER, SERVICE, Unit, unit

CONFINED = str(Path(__file__).with_name("confined.py"))
SOCKET = FOLDER / "mimecast-exporter.socket"
EXPOSURE = re.compile(r"Overall exposure level for .*: ([0-9.]+) ")
CONFIGURATION = "mimecast-exporter.yaml"
DROP_INS = ("notify-reload.conf", "one-tenant.conf")
INSTALLED = "/opt/mimecast-exporter/bin/mimecast-exporter"
UP = 'mimecast_up{{tenant="{}"}}'


def test_files() -> None:
    """There are a service, its socket and configuration and two drop-ins, and no other file but the document."""
    known = (SERVICE.name, SOCKET.name, CONFIGURATION, *DROP_INS, "README.md")
    assert sorted(known) == sorted(file.name for file in FOLDER.iterdir())


def test_what_it_is_exposed_to(tool: Callable[[str], str]) -> None:
    """Systemd rates the exposure of the service at 1.5 of 10 at most (row 142)."""
    done = subprocess.run(
        [tool("systemd-analyze"), "security", "--offline=yes", str(SERVICE)],
        capture_output=True,
        text=True,
        check=False,
    )
    (exposure,) = EXPOSURE.findall(done.stdout)
    assert float(exposure) <= 1.5


@pytest.mark.parametrize("drop_in", [None, *DROP_INS])
def test_systemd_understands_them(tool: Callable[[str], str], tmp_path: Path, drop_in: str | None) -> None:
    """Systemd reads the units, alone and with each drop-in, and complains only of what it is too old for."""
    systemctl, analyze = tool("systemctl"), tool("systemd-analyze")
    complaints = 1 if drop_in == "notify-reload.conf" and version_of(systemctl) < 253 else 0
    for file in (SERVICE, SOCKET):
        text = file.read_text(encoding="utf-8").replace(INSTALLED, sys.executable)
        (tmp_path / file.name).write_text(text, encoding="utf-8")
    if drop_in is not None:
        folder = tmp_path / f"{SERVICE.name}.d"
        folder.mkdir()
        text = (FOLDER / drop_in).read_text(encoding="utf-8").replace(INSTALLED, sys.executable)
        (folder / drop_in).write_text(text, encoding="utf-8")
    done = subprocess.run(
        [analyze, "verify", "--recursive-errors=no", f"./{SERVICE.name}", f"./{SOCKET.name}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert complaints == done.returncode
    assert complaints == len(done.stderr.splitlines()) == done.stderr.count("Failed to parse service type")


def version_of(systemctl: str) -> int:
    done = subprocess.run([systemctl, "--version"], capture_output=True, text=True, check=True)
    return int(done.stdout.split()[1])


def test_a_reload_waits_where_systemd_can() -> None:
    """The drop-in for newer versions takes the place of the signal that the service itself has sent."""
    older = unit(SERVICE.name)
    assert ("notify", ["/bin/sh", "-c", "kill -HUP $MAINPID"]) == (older.one("Type"), older.command("ExecReload"))
    newer = unit(SERVICE.name, "notify-reload.conf")
    assert ("notify-reload", []) == (newer.all("Type")[-1], newer.all("ExecReload"))


@contextmanager
def service(found: Unit, directory: Path, tool: Callable[[str], str]) -> Iterator[tuple[Program, ServiceManager]]:
    """Run a service's command under its own limits, with its credentials, its manager, and paths of a directory."""
    (name, source), credentials = found.one("LoadCredential").split(":"), directory / "credentials"
    credentials.mkdir(mode=0o700)
    for secret in (directory / Path(source).name).iterdir():
        (credentials / f"{name}_{secret.name}").write_bytes(secret.read_bytes())
        (credentials / f"{name}_{secret.name}").chmod(0o400)
    command, *arguments = found.command()
    assert INSTALLED == command
    installed = str(Path(sys.executable).with_name(Path(command).name))
    arguments = [word.replace("/etc/mimecast-exporter", str(directory)) for word in arguments]
    watchdog = int(found.one("WatchdogSec").removesuffix("s")) * 1_000_000
    with service_manager(directory) as manager:
        environment = {
            **found.environment({"%d": str(credentials)}),
            "CREDENTIALS_DIRECTORY": str(credentials),
            "NOTIFY_SOCKET": manager.address,
            "WATCHDOG_USEC": str(watchdog),
            "PATH": "/usr/bin:/bin",
        }
        confined = [sys.executable, CONFINED, tool("systemd-analyze"), installed, *arguments, *LOOPBACK]
        with running(confined, Path("/"), environment) as program:
            yield program, manager


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    """A host on which nothing is installed, with the source and the keys in the working directory."""
    shell = Shell(tmp_path)
    shutil.copytree(FOLDER, tmp_path / "deploy/systemd")
    with shell.simulator:
        yield shell


def install(shell: Shell, tool: Callable[[str], str]) -> Path:
    """Run the commands of the document as far as they can be without a network and systemd, and return ``/etc``."""
    (block,) = [block for block in BLOCKS if Way.INSTALL in block.ways]
    first, *others, last = block.text.splitlines()
    # CI runs the same in another place.
    assert f"\n{first.replace('/opt/mimecast-exporter', '.venv')}" in text_of("README.md")
    place = shell.directory / "etc"
    (place / "systemd/system").mkdir(parents=True)
    done = shell.run("\n".join(others).replace("/etc/", "etc/"))
    assert (0, "") == (done.returncode, done.stderr)
    assert last == "systemctl enable --now mimecast-exporter"
    (shell.directory / "opt/mimecast-exporter").mkdir(parents=True)
    enable = [tool("systemctl"), f"--root={shell.directory}", "enable", SERVICE.stem]
    assert 0 == subprocess.run(enable, capture_output=True, check=False).returncode
    assert (place / f"systemd/system/multi-user.target.wants/{SERVICE.name}").is_symlink()
    return place / "mimecast-exporter"


def test_the_service_serves(tool: Callable[[str], str], shell: Shell) -> None:
    """Installed as told, its command is ready under its limits, has its tenant up, reloads, and stops (row 142)."""
    installed = install(shell, tool)
    assert {0o600} == {file.stat().st_mode & 0o777 for file in (installed / "secrets").iterdir()}
    # By a name, so that a resolver is needed as it is for Mimecast.
    where = shell.simulator.base_url.replace("127.0.0.1", "localhost")
    configuration = (installed / CONFIGURATION).read_text(encoding="utf-8")
    (installed / CONFIGURATION).write_text(configuration.replace("region: global", f"base_url: {where}"))
    with service(unit(SERVICE.name), installed, tool) as (program, systemd):
        assert f"Serving on 127.0.0.1:{program.port}, tenants: 1" == systemd.told()["STATUS"]
        assert {"WATCHDOG": "1"} == systemd.told()
        page = series_of(program.get("/metrics").body.decode())
        assert 1.0 == page[UP.format("acme")]
        assert any(name.startswith("process_resident_memory_bytes") for name in page)
        program.process.send_signal(signal.SIGHUP)
        assert "RELOADING" in systemd.told()
        assert "READY" in systemd.told()
        program.process.send_signal(signal.SIGTERM)
        assert "STOPPING" in systemd.told()
        assert 0 == program.wait(float(unit(SERVICE.name).one("TimeoutStopSec").removesuffix("s")))
    assert [] == [line for line in program.err if "level=info" not in line]
    assert () == shell.simulator.violations


def test_one_tenant_needs_no_file(tool: Callable[[str], str], shell: Shell) -> None:
    """With the drop-in for one account the environment and its credentials are enough (row 142)."""
    installed = install(shell, tool)
    (installed / CONFIGURATION).unlink()
    found = unit(SERVICE.name, "one-tenant.conf")
    region = found.values["Service"]["Environment"]
    found.values["Service"]["Environment"] = [
        value.replace("MIMECAST_REGION=global", f"MIMECAST_BASE_URL={shell.simulator.base_url}") for value in region
    ]
    assert region != found.values["Service"]["Environment"]
    with service(found, installed, tool) as (program, systemd):
        assert "READY" in systemd.told()
        assert 1.0 == series_of(program.get("/metrics").body.decode())[UP.format("acme")]
        assert 0 == program.end()
    assert [] == [line for line in program.err if "level=info" not in line]


FORBIDDEN = {
    "import ctypes, mmap; mmap.mmap(-1, 4096, prot=mmap.PROT_WRITE | mmap.PROT_EXEC)": errno.EACCES,
    "import os; os.chown('/tmp', 1, 1)": errno.EPERM,
    "import os; os.setuid(1)": errno.EPERM,
    "import os; os.setpriority(os.PRIO_PROCESS, 0, 5)": errno.EPERM,
    "import socket; socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)": errno.EAFNOSUPPORT,
    "import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)": errno.EAFNOSUPPORT,
}


@pytest.mark.parametrize("forbidden", FORBIDDEN)
def test_the_limits_hold(tool: Callable[[str], str], forbidden: str) -> None:
    """What the unit forbids is refused where the service was tried, so that its trial means something."""
    analyze = tool("systemd-analyze")
    command = [sys.executable, CONFINED, analyze, sys.executable, "-I", "-c", forbidden]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert f"[Errno {FORBIDDEN[forbidden]}]" in done.stderr


def test_the_socket_belongs_to_the_service() -> None:
    """The socket has the service's name and its usual port, and hands itself over rather than each connection."""
    found = unit(SOCKET.name)
    assert SERVICE.stem == SOCKET.stem
    assert "10463" == found.one("ListenStream", "Socket")
    assert [] == found.all("Accept", "Socket")
