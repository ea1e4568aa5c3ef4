"""Standard output and error that are closed, full, read by nobody, or moved away while the program serves."""

import fcntl
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from bare import run, serving
from end import end_in_time
from house import series_of
from port import configured
from program import LOOPBACK, started

from exporter.simulator import Simulator

UP = 'mimecast_up{tenant="acme"}'
NOISY = ("--log.level=debug",)
# Every scrape polls, and each poll is a line at the level debug.
EAGER = "{collectors: [training], refresh_interval: 0s}"


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """A simulated Mimecast that judges strictly, in real time."""
    with Simulator(strict=True) as simulator:
        yield simulator


@pytest.fixture
def acme(simulator: Simulator) -> Simulator:
    """A simulated Mimecast with one tenant."""
    simulator.add_tenant("acme", users=3)
    return simulator


@pytest.fixture
def unread() -> Iterator[int]:
    """A pipe of one page that nobody reads."""
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
    yield writing
    os.close(reading)
    os.close(writing)


def test_without_any_stream_it_serves(acme: Simulator, tmp_path: Path) -> None:
    """With all three standard streams closed it serves and ends well, and no line of the log is in a page (row 134)."""
    with serving(*configured(acme, tmp_path, EAGER), *NOISY, directory=tmp_path) as bare:
        pages = [bare.get("/metrics").decode() for _ in range(20)]
        assert {1.0} == {series_of(page)[UP] for page in pages}
        assert 0 == bare.end()


@pytest.mark.parametrize("command", [(), ("demo", "--users=3")], ids=["serve", "demo"])
@pytest.mark.parametrize("number", [0, 1], ids=["output", "error"])
def test_a_full_disk_stops_nothing(acme: Simulator, tmp_path: Path, number: int, command: tuple[str, ...]) -> None:
    """With standard output or error on a full disk it serves, and ends with status 0 (row 134)."""
    flags = command or configured(acme, tmp_path, EAGER)
    with Path("/dev/full").open("wb") as full, Path("/dev/null").open("wb") as null:
        streams = (full.fileno(), null.fileno()) if number == 0 else (null.fileno(), full.fileno())
        with serving(*flags, *NOISY, directory=tmp_path, streams=streams) as bare:
            assert {1.0} == {series_of(bare.get("/metrics").decode())[UP] for _ in range(20)}
            assert 0 == bare.end()


@pytest.mark.parametrize("form", ["logfmt", "json"])
def test_a_pipe_that_nobody_reads_blocks_nothing(acme: Simulator, tmp_path: Path, unread: int, form: str) -> None:
    """With standard error full, scrapes are answered, reloads done and signals heeded: no log call waits (row 134)."""
    flags = (*configured(acme, tmp_path, EAGER), *NOISY, f"--log.format={form}", "--web.enable-lifecycle")
    with (
        serving(*flags, directory=tmp_path, streams=(unread, unread)) as bare,
        ThreadPoolExecutor(8) as scrapers,
    ):
        pages = [scrapers.submit(bare.get, "/metrics") for _ in range(200)]
        assert {1.0} == {series_of(page.result().decode())[UP] for page in pages}
        with pytest.raises(BlockingIOError):
            write_at_once(unread)
        assert b"ok\n" == bare.get("/-/ready")
        assert 0 == bare.end()


def write_at_once(descriptor: int) -> None:
    """Write a page, unless the pipe is too full for it."""
    os.set_blocking(descriptor, False)
    try:
        os.write(descriptor, bytes(4096))
    finally:
        os.set_blocking(descriptor, True)


def test_a_reader_that_goes_away_stops_nothing(acme: Simulator, tmp_path: Path) -> None:
    """When the reader of its log ends, it serves on and ends with status 0 (row 134)."""
    reading, writing = os.pipe()
    with serving(*configured(acme, tmp_path, EAGER), *NOISY, directory=tmp_path, streams=(writing, writing)) as bare:
        os.close(writing)
        os.close(reading)
        assert {1.0} == {series_of(bare.get("/metrics").decode())[UP] for _ in range(20)}
        assert 0 == bare.end()


def test_a_log_file_may_be_rotated(acme: Simulator, tmp_path: Path) -> None:
    """A log file that is renamed goes on under its new name, and one that is cut short begins again (row 134)."""
    log, old = tmp_path / "log", tmp_path / "log.1"
    with ExitStack() as stack:
        file = stack.enter_context(log.open("ab"))
        flags = (*configured(acme, tmp_path, EAGER), *NOISY)
        bare = stack.enter_context(serving(*flags, directory=tmp_path, streams=(file.fileno(), file.fileno())))
        bare.get("/metrics")
        log.rename(old)
        os.truncate(old, 0)
        bare.get("/metrics")
        assert 0 == bare.end()
    lines = old.read_text(encoding="utf-8").splitlines()
    assert not log.exists()
    assert any("msg=stopping" in line for line in lines)
    assert all(line.startswith("ts=") for line in lines)


def test_no_line_is_lost(acme: Simulator, tmp_path: Path) -> None:
    """Every line comes out, in its order, to the one that says that it stops (row 134)."""
    flags = (*configured(acme, tmp_path, EAGER), *LOOPBACK, *NOISY)
    with started(*flags, directory=tmp_path) as program, ThreadPoolExecutor(4) as scrapers:
        assert {200} == {page.status for page in scrapers.map(program.get, ["/metrics"] * 100)}
        polls = series_of(program.get("/metrics/self").body.decode())[
            'mimecast_exporter_polls_total{collector="training",tenant="acme"}'
        ]
        assert 0 == end_in_time(program)
    stamps = [line.split()[0] for line in program.err]
    assert polls == sum("request path=" in line for line in program.err)
    assert "msg=stopping" in program.err[-1]
    assert sorted(stamps) == stamps


@pytest.mark.parametrize("arguments", [("--config.file=nowhere.yaml",), ("--no-such-flag",), ()], ids=" ".join)
@pytest.mark.parametrize("kind", ["closed", "full disk", "full pipe"])
def test_errors_keep_their_status(tmp_path: Path, unread: int, kind: str, arguments: tuple[str, ...]) -> None:
    """An error that cannot be written ends the program with the status that it has else, and in time (row 134)."""
    with Path("/dev/full").open("wb") as full:
        if kind == "full pipe":
            os.write(unread, bytes(4096))
        stream = {"closed": None, "full disk": full.fileno(), "full pipe": unread}[kind]
        assert 2 == run(*arguments, directory=tmp_path, streams=(full.fileno(), stream)).wait(20)


@pytest.mark.parametrize("command", ["--version", "--help", "check --offline", "simulate"])
def test_a_result_that_cannot_be_written_is_an_error(acme: Simulator, tmp_path: Path, command: str) -> None:
    """A command whose result cannot be written ends with 1 and one line that says so, without a traceback (row 134)."""
    flags = configured(acme, tmp_path) if "check" in command else ()
    with Path("/dev/full").open("wb") as full, (tmp_path / "said").open("wb") as said:
        process = run(*command.split(), *flags, directory=tmp_path, streams=(full.fileno(), said.fileno()))
        assert 1 == process.wait(20)
    assert "mimecast-exporter: cannot write: No space left on device\n" == (tmp_path / "said").read_text()
