"""Whose turn it is to call bcrypt: one thread's at a time, and nobody's while the process ends."""

import atexit
import time
from threading import Event, Lock
from typing import Final

# The longest that the end waits for a call: more than a usual one takes, and little enough for a stop in time.
_LAST_CALL: Final = 0.7
# In which a thread that has just had its turn comes to rest; one that runs when the interpreter goes may crash it.
_REST: Final = 0.02


class Turn:
    """A lock around calls of a library whose threads must not be at work when the interpreter goes.

    A daemon thread that comes back from Rust while Python finalizes aborts the process
    (https://github.com/python/cpython/issues/87135). So the end waits for the call that runs, and whoever comes later
    waits for ever; only daemon threads can come later.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._over = False
        self._never = Event()
        atexit.register(self._end)

    def __enter__(self) -> None:
        """Wait for the turn."""
        self._lock.acquire()
        if self._over:
            self._lock.release()
            self._never.wait()

    def __exit__(self, *_: object) -> None:
        """Let the next one."""
        self._lock.release()
        if self._over:
            self._never.wait()

    def _end(self) -> None:
        self._over = True
        if self._lock.acquire(timeout=_LAST_CALL):
            time.sleep(_REST)
