"""The started program, as its users have it: a process with arguments, an environment, a directory, and outputs."""

import contextlib
import http.client
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

# In either form of a log line, with the port of the last address.
_SERVING = re.compile(r"""msg(?:=|": ")serving.* "?addresses(?:=|": )"?[^" ]*:(\d+)""")
LOOPBACK = ("--web.listen-address", "127.0.0.1:0")
_KEPT = ("PATH", "HOME", "LANG")
# What makes a started Python measure its coverage, if this one's is measured.
_MEASURING = ("COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG")


def wait_until(condition: Callable[[], bool], what: str, seconds: float = 30.0) -> None:
    """Wait for something that another process does; fail after some time."""
    pause = threading.Event()
    for _ in range(int(seconds / 0.02)):
        if condition():
            return
        pause.wait(0.02)
    raise AssertionError(f"after {seconds} s still not: {what}")


@dataclass
class Page:
    """An answer of the program."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Program:
    """One process; its outputs are collected as they come."""

    process: subprocess.Popen[bytes]
    out: list[str] = field(default_factory=list)
    err: list[str] = field(default_factory=list)
    _readers: list[threading.Thread] = field(default_factory=list)

    def __post_init__(self) -> None:
        for stream, lines in ((self.process.stdout, self.out), (self.process.stderr, self.err)):
            assert stream is not None
            self._readers.append(threading.Thread(target=_collect, args=(stream, lines)))
            self._readers[-1].start()

    @property
    def port(self) -> int:
        """The port that it says it listens on."""
        wait_until(lambda: any(map(_SERVING.search, self.err)) or self.has_ended, "serving")
        (port,) = [int(told[1]) for told in map(_SERVING.search, self.err) if told]
        return port

    @property
    def has_ended(self) -> bool:
        """Whether the process has ended."""
        return self.process.poll() is not None

    def get(self, path: str, *, method: str = "GET", timeout: float = 30, **headers: str) -> Page:
        """Send a request and return its answer; underscores in names of headers are hyphens."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        with contextlib.closing(connection):
            connection.request(method, path, headers={name.replace("_", "-"): text for name, text in headers.items()})
            answer = connection.getresponse()
            return Page(answer.status, {name.lower(): text for name, text in answer.getheaders()}, answer.read())

    def end(self, how: signal.Signals = signal.SIGTERM, seconds: float = 20) -> int:
        """Send a signal and return the exit status, with all output read."""
        if not self.has_ended:
            self.process.send_signal(how)
        return self.wait(seconds)

    def wait(self, seconds: float = 30) -> int:
        """Return the exit status, with all output read."""
        status = self.process.wait(seconds)
        for reader in self._readers:
            reader.join()
        return status


def _collect(stream: IO[bytes], lines: list[str]) -> None:
    with stream:
        lines.extend(line.decode().rstrip("\n") for line in stream)


def without_rights(tool: Callable[[str], str], first: str) -> list[str]:
    """Return how to start a program after a command, with no right to pass over permissions, as root has it."""
    start = '"$@"' if os.geteuid() else f'{tool("setpriv")} --bounding-set=-all --inh-caps=-all "$@"'
    return ["bash", "-euc", f"{first}; exec {start}", "bash"]


@contextlib.contextmanager
def started(
    *arguments: str,
    directory: Path,
    environment: Mapping[str, str] | None = None,
    before: Sequence[str] = (),
    measured: bool = True,
) -> Iterator[Program]:
    """Start the program in a directory, with nothing of this process's environment that could matter to it.

    ``before`` is a command that ends in starting the one that follows it. Coverage makes a busy program several times
    slower: one whose times are looked at is not ``measured``.
    """
    names = (*_KEPT, *_MEASURING) if measured else _KEPT
    kept = {name: os.environ[name] for name in names if name in os.environ}
    command = [*before, sys.executable, "-I", "-m", "exporter", *arguments]
    with running(command, directory, {**kept, **(environment or {})}) as program:
        yield program


@contextlib.contextmanager
def running(
    command: Sequence[str], directory: Path, environment: Mapping[str, str], descriptors: Collection[int] = ()
) -> Iterator[Program]:
    """Run a command that is or becomes the program, with these variables and descriptors alone, to the block's end."""
    process = subprocess.Popen(
        command,
        cwd=directory,
        env=environment,
        pass_fds=descriptors,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    program = Program(process)
    try:
        yield program
    finally:
        if not program.has_ended:
            program.process.kill()
        program.wait()
