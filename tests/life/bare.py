"""The started program with the standard streams that a test gives it, or without them."""

import contextlib
import http.client
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from port import answer, free_port
from program import wait_until

KEPT: Final = ("PATH", "HOME", "LANG", "COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG")
# Closes the streams that are named before it becomes the program: Popen cannot leave one out.
_CLOSING: Final = (
    "import os, sys; [os.close(int(n)) for n in sys.argv[1].split(',')]; os.execv(sys.argv[2], sys.argv[2:])"
)


@dataclass
class Bare:
    """A process that serves on a port that it was given."""

    process: subprocess.Popen[bytes]
    port: int

    def get(self, path: str) -> bytes:
        """Return the body of an answer, which is a 200."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        with contextlib.closing(connection):
            connection.request("GET", path)
            response = connection.getresponse()
            assert 200 == response.status
            return response.read()

    def end(self, seconds: float = 3.0) -> int:
        """Send SIGTERM and return the exit status, within the time."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)


@contextlib.contextmanager
def serving(*arguments: str, directory: Path, streams: tuple[int | None, int | None] = (None, None)) -> Iterator[Bare]:
    """Start the program with standard output and error, None for one that is closed, and wait until it serves."""
    port = free_port()
    address = ("--port", str(port)) if "demo" in arguments else ("--web.listen-address", f"127.0.0.1:{port}")
    process = run(*arguments, *address, directory=directory, streams=streams)
    bare = Bare(process, port)
    try:
        wait_until(lambda: process.poll() is not None or bool(answer(port, "/-/healthy")), "serving")
        assert process.poll() is None
        yield bare
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def run(
    *arguments: str, directory: Path, streams: tuple[int | None, int | None] = (None, None)
) -> subprocess.Popen[bytes]:
    """Start the program with standard output and error, None for one that is closed."""
    command = [sys.executable, "-I", "-m", "exporter", *arguments]
    closed = [str(number) for number, stream in enumerate(streams, start=1) if stream is None]
    if closed:
        command = [sys.executable, "-I", "-S", "-c", _CLOSING, ",".join(["0", *closed]), *command]
    return subprocess.Popen(
        command,
        cwd=directory,
        env={name: os.environ[name] for name in KEPT if name in os.environ},
        stdin=subprocess.DEVNULL,
        stdout=streams[0],
        stderr=streams[1],
    )
