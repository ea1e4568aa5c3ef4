"""A process that gets a share of one processor and no more, as in a container whose processors are limited."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Final

from proc import Proc

# As often as the kernel looks at the quota of a group.
_PERIOD: Final = 0.1
_STEP: Final = 0.01


@contextmanager
def throttled(pid: int, share: float) -> Iterator[Proc]:
    """Stop a process whenever it has used its share of the time since the block began, until the block ends."""
    process, over = Proc(pid), threading.Event()
    thread = threading.Thread(target=_throttle, args=(process, share, over))
    thread.start()
    try:
        yield process
    finally:
        over.set()
        thread.join()
        os.kill(pid, signal.SIGCONT)


def _throttle(process: Proc, share: float, over: threading.Event) -> None:
    began, used = monotonic(), process.seconds
    while not over.wait(_STEP):
        is_over = process.seconds - used > share * (monotonic() - began + _PERIOD)
        os.kill(process.pid, signal.SIGSTOP if is_over else signal.SIGCONT)
