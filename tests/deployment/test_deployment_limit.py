"""The program with little memory, processor time, threads and files: it works, or says what it lacks, and ends well.

Memory is limited by RLIMIT_DATA, with which the program is refused more than it may have; a container kills it then.
"""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic

import pytest
from house import series_of
from proc import Proc
from program import LOOPBACK, Program, started, wait_until

from deployment.jail import Jail
from deployment.throttle import throttled

Before = Callable[[Jail], list[str]]
TENANTS = ("acme", "globex")
SMALL = ("--data=67108864", "--stack=1048576", "--nofile=64", "--nproc=16")
# Whatever it lacks, it names the thing, or the error that the lack of memory is.
TELLING = re.compile(
    r"Too many open files|EMFILE|too many open files|no thread|cannot be made|could not be|MemoryError|SystemError"
)


def ups(page: str) -> list[float]:
    """Return of each tenant whether it is up; who is up has all its users."""
    found = series_of(page)
    for name in TENANTS:
        assert (
            found[f'mimecast_up{{tenant="{name}"}}'] == 0 or 5.0 == found[f'mimecast_training_users{{tenant="{name}"}}']
        )
    return [found[f'mimecast_up{{tenant="{name}"}}'] for name in TENANTS]


def test_a_small_container(before: Before, directory: Path) -> None:
    """In 64 MB, with 64 files and 16 threads, small accounts are up, and a dozen clients have all pages (row 139)."""
    jail = before(Jail(directory, limits=SMALL))
    with started(*LOOPBACK, directory=directory, before=jail, measured=False) as program:
        assert [1.0, 1.0] == ups(program.get("/metrics").body.decode())
        with ThreadPoolExecutor(12) as clients:
            for page in clients.map(program.get, ["/metrics"] * 24):
                assert [1.0, 1.0] == ups(page.body.decode())
        assert Proc(program.process.pid).peak < 64 << 20
        assert 0 == program.end()
    assert [] == [line for line in program.err if "level=info" not in line]


def test_a_tenth_of_a_processor(directory: Path) -> None:
    """With a tenth of one processor it starts, has its tenants up, and answers for its health at once (row 139)."""
    with started(*LOOPBACK, directory=directory, measured=False) as program:
        with throttled(program.process.pid, 0.1) as process:
            began, used = monotonic(), process.seconds
            assert [1.0, 1.0] == ups(program.get("/metrics").body.decode())
            asked = monotonic()
            assert 200 == program.get("/-/healthy").status
            assert monotonic() - asked < 2
            assert process.seconds - used < 0.2 * (monotonic() - began) + 0.1
        assert 0 == program.end()


def lived(program: Program) -> bool:
    """Use a program that lacks something, as far as it goes; say whether it had each tenant up, and it ends well."""
    wait_until(lambda: program.has_ended or any("msg=serving" in line for line in program.err), "a start, or none")
    pages: list[str] = []
    if not program.has_ended:
        pages = list(filter(None, (page_of(program) for _ in range(2))))
        assert 0 == program.end()
    elif program.wait() != 1:
        pytest.fail(f"ended with {program.process.returncode}: {program.err}")
    good = [ups(page) == [1.0, 1.0] for page in pages]
    assert good[-1:] == [True] or TELLING.search("\n".join(program.err)), program.err
    return good == [True, True]


def page_of(program: Program) -> str:
    """Return a page, nothing if none comes: a 500 or 503, a connection that is not taken or that is closed."""
    try:
        page = program.get("/metrics", timeout=1)
    except OSError:
        return ""
    assert page.status in {200, 500, 503}
    return page.body.decode() if page.status == 200 else ""


@pytest.mark.parametrize(("limit", "numbers"), [("nproc", (1, 2, 4, 5, 6, 16)), ("nofile", (5, 7, 8, 16))])
def test_too_little_is_told(before: Before, directory: Path, limit: str, numbers: tuple[int, ...]) -> None:
    """From too few threads or files to enough, it tells what it lacks, and shows no wrong number (row 139)."""
    found = []
    for number in numbers:
        jail = before(Jail(directory, limits=(f"--{limit}={number}",)))
        with started(*LOOPBACK, directory=directory, before=jail, measured=False) as program:
            found.append(lived(program))
            bugs = [line for line in program.err if "traceback" in line.lower()]
            assert [] == bugs
    assert (False, True) == (found[0], found[-1])


def test_too_little_memory_is_told(before: Before, directory: Path, pytestconfig: pytest.Config) -> None:
    """From too little memory to enough, it says so or is right, and it ends when it is told to (row 139)."""
    sizes = range(22, 50) if pytestconfig.getoption("--long") else (24, 32, 37, 48)
    found = []
    for size in sizes:
        jail = before(Jail(directory, limits=(f"--data={size << 20}", SMALL[1])))
        with started(*LOOPBACK, directory=directory, before=jail, measured=False) as program:
            found.append(lived(program))
    assert (False, True) == (found[0], found[-1])
