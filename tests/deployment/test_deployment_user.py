"""The program as a user whom nobody knows, on a disk that it cannot write to."""

import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from house import series_of
from program import LOOPBACK, Program, started

from deployment.jail import USER, Jail

Before = Callable[[Jail], list[str]]
UP = {'mimecast_up{tenant="acme"}': 1.0, 'mimecast_up{tenant="globex"}': 1.0}
# What is not there: an entry of the user, a home, any right, and a place where something could be written or run.
NOTHING = """
! getent passwd "$(id -u)" && [ "$(id -u)" = 54321 ] && [ -z "${HOME-}" ] && [ "$(umask)" = 0077 ]
grep -q "CapEff:.*0000000000000000" /proc/self/status
for place in / /tmp /var/tmp /dev/shm /data /etc /usr "$1"; do ! touch "$place/file" 2>/dev/null || exit 9; done
"""


def ups(page: str) -> dict[str, float]:
    return {name: value for name, value in series_of(page).items() if name.startswith("mimecast_up")}


def test_what_a_jail_is(before: Before, directory: Path) -> None:
    """In a jail the user has no entry, no home, no right, and no place to write to (rows 137 and 138)."""
    project = Path(__file__).parents[2]
    ended = subprocess.run([*before(Jail(directory)), "bash", "-euc", NOTHING, "bash", project], check=False)
    assert 0 == ended.returncode


def complaints(program: Program) -> list[str]:
    return [line for line in program.err if "level=info" not in line]


def test_it_serves(before: Before, directory: Path) -> None:
    """It serves as anybody, from a disk that it cannot write to, and has nothing to complain of (rows 137 and 138)."""
    with started(*LOOPBACK, directory=directory, before=before(Jail(directory)), measured=False) as program:
        assert UP == ups(program.get("/metrics").body.decode())
        assert 200 == program.get("/").status
        assert 0 == program.end()
    assert [] == complaints(program)


@pytest.mark.parametrize("command", ["once", "check", "check --offline", "--help", "--version"])
def test_each_command_ends_well(before: Before, directory: Path, command: str) -> None:
    """Each command that ends does so with 0, without a word of complaint (rows 137 and 138)."""
    with started(*command.split(), directory=directory, before=before(Jail(directory)), measured=False) as program:
        assert 0 == program.wait()
    assert program.out
    assert [] == complaints(program)


def test_a_page_in_a_file_can_be_read_by_others(before: Before, directory: Path) -> None:
    """The file of a page can be read by a collector of files whatever the umask, and there is no other (row 137)."""
    jail = before(Jail(directory, writable=True))
    with started("once", "--output=page.prom", directory=directory, before=jail, measured=False) as program:
        assert 0 == program.wait()
    page = directory / "page.prom"
    assert UP == ups(page.read_text())
    assert (USER, 0o644) == (page.stat().st_uid, stat.S_IMODE(page.stat().st_mode))
    assert ["mimecast-exporter.yaml", "page.prom"] == sorted(file.name for file in directory.iterdir())


def contents(directory: Path) -> dict[str, tuple[int, int, int]]:
    """Return of all that is in a directory, and of itself, the size and when it and its inode were changed."""
    files = [directory, *directory.rglob("*")]
    return {str(file): (file.stat().st_size, file.stat().st_mtime_ns, file.stat().st_ctime_ns) for file in files}


def test_it_writes_nothing(before: Before, directory: Path) -> None:
    """Where it may write, serving, polling, reading its configuration again and a check write nothing (row 138)."""
    jail = before(Jail(directory, writable=True))
    was = contents(directory)
    flags = (*LOOPBACK, "--web.enable-lifecycle")
    with started(*flags, directory=directory, before=jail, measured=False) as program:
        assert UP == ups(program.get("/metrics").body.decode())
        assert 200 == program.get("/-/reload", method="POST").status
        assert 0 == program.end()
    with started("check", directory=directory, before=jail, measured=False) as program:
        assert 0 == program.wait()
    assert was == contents(directory)
