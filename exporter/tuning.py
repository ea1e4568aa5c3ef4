"""The process, tuned for what it does: threads that wait, one of which computes, and scrapes that are not to wait.

glibc gives threads heaps of their own, up to eight for each processor, and each keeps the most that was ever needed in
it. Python runs one thread at a time, so more heaps gain nothing and a long life among odd answers takes half as much
memory again. Sources: mallopt(3), PR_SET_TIMERSLACK(2const).
"""

import gc
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Final

_M_ARENA_MAX: Final = -8
_PR_SET_TIMERSLACK: Final = 29
# A scrape beside a large poll waits for the interpreter as long as this, and Linux would let it wait as long again,
# and more, to wake several sleepers at once.
_TURN: Final = 0.00002
_SLACK_NANOSECONDS: Final = 1
# Polls make and forget millions of objects, of which next to none need the collector of garbage. By itself it comes
# only if as many are there at once as nothing should make, because it looks at all that live.
_GARBAGE: Final = (500_000, 5, 5)
_TIDY_EVERY: Final = 30.0


def tune() -> None:
    """Tune the process and the threads that are started from now on; what has been loaded is taken to stay."""
    _tune_libc()
    sys.setswitchinterval(_TURN)
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_GARBAGE)


class Tidying:
    """Has garbage collected now and then, by a clock (seconds), however much or little of it there is."""

    def __init__(self, clock: Callable[[], float], collect: Callable[[], object] = gc.collect) -> None:
        self._clock = clock
        self._collect = collect
        self._due_at = clock() + _TIDY_EVERY

    def look(self) -> None:
        """Have it collected if it is time."""
        if self._clock() >= self._due_at:
            self._collect()
            self._due_at = self._clock() + _TIDY_EVERY


def _tune_libc() -> None:
    """Share one heap, and be woken in time; without glibc and Linux it does nothing."""
    # A Python without libffi has no ctypes, and an old libffi needs memory that a locked-down service may not have.
    with suppress(ImportError, MemoryError, AttributeError):
        import ctypes  # noqa: PLC0415 - see above

        libc = ctypes.CDLL(None)
        libc.prctl(_PR_SET_TIMERSLACK, _SLACK_NANOSECONDS, 0, 0, 0)
        libc.mallopt(_M_ARENA_MAX, 1)
