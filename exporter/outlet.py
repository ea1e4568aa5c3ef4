"""Lines on their way to a descriptor, written in their order by a thread of its own, so that nobody waits for a reader.

A pipe that nobody reads, or a disk that hangs, stops that thread alone. Lines that find too much before them, and lines
that cannot be written, are lost and counted; the first that can be written again is one that tells how many.
"""

import atexit
import os
import select
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from threading import Condition, Thread
from typing import Final

_MOST_BYTES: Final = 1 << 20
_AT_THE_END: Final = 0.5

DescribeLoss = Callable[[int], str]
"""Makes a line of a number of lost ones."""


class Outlet:
    """Writes lines to ``descriptor``; safe for threads."""

    def __init__(self, descriptor: int, most_bytes: int = _MOST_BYTES) -> None:
        self.describe_loss: DescribeLoss = lambda count: f"mimecast-exporter: {count} lines were lost here"
        self._descriptor = descriptor
        self._most_bytes = most_bytes
        self._thread: Thread | None = None
        self._torn = False
        self._change = Condition()  # over all that follows
        self._waiting: deque[bytes] = deque()  # the first one is being written
        self._bytes = 0
        self._refused = 0  # lost behind those that wait
        self._failed = 0  # lost before them

    def put(self, line: str) -> None:
        """Have a line written soon, or count it as lost."""
        data = _encoded(line)
        with self._change:
            if not self._has_thread():
                self._write(data)
            elif self._refused or self._bytes + len(data) > self._most_bytes:
                self._refused += 1
            else:
                self._waiting.append(data)
                self._bytes += len(data)
                self._change.notify_all()

    def flush(self, seconds: float) -> bool:
        """Wait until everything is written, for ``seconds`` at most; False if it is not."""
        with self._change:
            return self._change.wait_for(lambda: not (self._waiting or self._refused), seconds)

    def _has_thread(self) -> bool:
        """Say whether there is a thread that writes; where none can be started, who has a line writes it himself."""
        if self._thread is None or not self._thread.is_alive():
            thread = Thread(target=self._work, name="outlet", daemon=True)
            with suppress(RuntimeError):
                thread.start()
                self._thread = thread
        return self._thread is not None and self._thread.is_alive()

    def _work(self) -> None:
        while True:
            with self._change:
                self._change.wait_for(lambda: bool(self._waiting or self._refused))
                line = self._waiting[0] if self._waiting else b""
                if not line:
                    self._failed, self._refused = self._failed + self._refused, 0
                failed = self._failed
            if failed and self._write(_encoded(self.describe_loss(failed))):
                failed = 0
            if line and (failed or not self._write(line)):
                failed += 1
            with self._change:
                self._failed = failed
                if line:
                    self._bytes -= len(self._waiting.popleft())
                self._change.notify_all()

    def _write(self, line: bytes) -> bool:
        """Write a line, on a line of its own even if the one before was cut; False if it cannot be written."""
        rest = memoryview(b"\n" + line if self._torn else line)
        try:
            while rest:
                rest = rest[self._write_some(rest) :]
                self._torn = bool(rest)
        except OSError:
            return False
        return True

    def _write_some(self, data: memoryview) -> int:
        try:
            return os.write(self._descriptor, data)
        except BlockingIOError:
            # Whoever shares the descriptor with us has made it one that does not wait by itself.
            ready = select.poll()
            ready.register(self._descriptor, select.POLLOUT)
            ready.poll()
            return 0


def _encoded(line: str) -> bytes:
    return line.encode(errors="backslashreplace") + b"\n"


STANDARD_ERROR: Final = Outlet(2)
# What is said last, such as why the process ends, has a moment to come out; a pipe that is full must not stop the end.
atexit.register(STANDARD_ERROR.flush, _AT_THE_END)
