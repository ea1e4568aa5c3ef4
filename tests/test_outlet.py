"""Tests of ``exporter.outlet``: lines that nobody has to wait for."""

import fcntl
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from exporter.outlet import Outlet

PATIENCE = 10.0


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """A pipe that holds one page: whom it is read from, and whom it is written to."""
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
    yield reading, writing
    for end in (reading, writing):
        os.close(end)


@pytest.fixture
def no_threads_left() -> Iterator[Callable[[], object]]:
    """Return what makes every start of a thread fail, as it does when the system has none left."""
    size = threading.stack_size()
    yield lambda: threading.stack_size(1 << 46)
    threading.stack_size(size)


def read_until(reading: int, end: str) -> list[str]:
    """Return the lines that come out of a pipe, up to one with this end."""
    text = ""
    while not text.endswith(f"{end}\n"):
        text += os.read(reading, 4096).decode()
    return text.splitlines()


def test_lines_come_out_in_their_order(pipe: tuple[int, int]) -> None:
    """Lines are written whole and in the order in which they were put, however slowly they are read."""
    outlet = Outlet(pipe[1])
    lines = [f"line {number}" for number in range(3000)]
    for line in lines:
        outlet.put(line)
    assert lines == read_until(pipe[0], "line 2999")
    assert outlet.flush(PATIENCE)


def test_lines_of_many_threads_are_not_mixed(pipe: tuple[int, int]) -> None:
    """Each thread's lines are whole and in its order."""
    outlet = Outlet(pipe[1])

    def put(name: int) -> None:
        for number in range(300):
            outlet.put(f"{name} {number} {'x' * 50}")

    threads = [threading.Thread(target=put, args=(name,)) for name in range(8)]
    for thread in threads:
        thread.start()

    def end() -> None:
        for thread in threads:
            thread.join()
        outlet.put("end")

    closing = threading.Thread(target=end)
    closing.start()
    lines = read_until(pipe[0], "end")[:-1]
    closing.join()
    assert 8 * 300 == len(lines)
    for name in range(8):
        own = [line for line in lines if line.startswith(f"{name} ")]
        assert [f"{name} {number} {'x' * 50}" for number in range(300)] == own


def test_a_full_pipe_stops_nobody(pipe: tuple[int, int]) -> None:
    """While nobody reads, lines wait up to the limit; those beyond are lost, and told of in their place (row 134)."""
    outlet = Outlet(pipe[1], most_bytes=20_000)
    for number in range(10_000):
        outlet.put(f"line {number}")
    assert not outlet.flush(0.01)
    *before, loss = read_until(pipe[0], "lines were lost here")
    kept = len(before)
    assert [f"line {number}" for number in range(kept)] == before
    assert f"mimecast-exporter: {10_000 - kept} lines were lost here" == loss
    assert 1500 < kept < 4000
    assert outlet.flush(PATIENCE)
    outlet.put("next")
    assert ["next"] == read_until(pipe[0], "next")


def test_a_full_disk_is_survived(tmp_path: Path) -> None:
    """Lines that cannot be written are counted, and told of before the first one that can be (row 134)."""
    with Path("/dev/full").open("wb") as full, (tmp_path / "log").open("wb") as file:
        descriptor = os.dup(full.fileno())
        outlet = Outlet(descriptor)
        for number in range(3):
            outlet.put(f"line {number}")
        assert outlet.flush(PATIENCE)
        os.dup2(file.fileno(), descriptor)
        outlet.put("line 3")
        outlet.put("line 4")
        assert outlet.flush(PATIENCE)
        os.close(descriptor)
    assert ["mimecast-exporter: 3 lines were lost here", "line 3", "line 4"] == file_lines(tmp_path / "log")


def file_lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def test_a_line_that_was_cut_spoils_no_other(tmp_path: Path) -> None:
    """After a line of which only a part could be written, the next one begins on a line of its own."""
    reading, writing = os.pipe()
    outlet = Outlet(writing)
    outlet.put("x" * 1_000_000)
    assert os.read(reading, 10)
    os.close(reading)
    assert outlet.flush(PATIENCE)
    with (tmp_path / "log").open("wb") as file:
        os.dup2(file.fileno(), writing)
        outlet.put("next")
        assert outlet.flush(PATIENCE)
    os.close(writing)
    assert ["", "mimecast-exporter: 1 lines were lost here", "next"] == file_lines(tmp_path / "log")


def test_a_descriptor_that_does_not_wait(pipe: tuple[int, int]) -> None:
    """A pipe that another process has made one that does not wait gets every line all the same."""
    os.set_blocking(pipe[1], False)
    outlet = Outlet(pipe[1])
    lines = [f"line {number}" for number in range(2000)]
    for line in lines:
        outlet.put(line)
    assert lines == read_until(pipe[0], "line 1999")


def test_without_a_thread_lines_are_written_at_once(tmp_path: Path, no_threads_left: Callable[[], object]) -> None:
    """On a system that lets no thread be started, who has a line writes it."""
    no_threads_left()
    with (tmp_path / "log").open("wb") as file:
        outlet = Outlet(file.fileno())
        outlet.put("a line")
        assert ["a line"] == file_lines(tmp_path / "log")


def test_odd_text_is_escaped(tmp_path: Path) -> None:
    """What has no form in UTF-8 is written escaped."""
    with (tmp_path / "log").open("wb") as file:
        outlet = Outlet(file.fileno())
        outlet.put("lone \ud800, whole \u00e4")
        assert outlet.flush(PATIENCE)
    assert ["lone \\ud800, whole \u00e4"] == file_lines(tmp_path / "log")
