"""Who computes: of all polls one at a time, while the others wait for their answers.

Python runs one thread at a time anyway. Threads that all want to run wake each other a thousand times a second, and
take each other's data out of the processor's caches: a poll among 32 costs half as much again as one alone. Those that
wait in a lane sleep, and whoever was first to begin is first to go on.
"""

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from heapq import heapify, heappop, heappush
from itertools import count
from threading import Lock
from typing import Final

# Hardly anybody computes as long without going aside. Whoever does is not waited for: the others go on beside it.
_PATIENCE: Final = 0.05
# Decoding so much at once keeps the interpreter from other threads for some hundredths of a millisecond.
_SLICE: Final = 16 * 1024
# So long a scrape from memory takes.
_WAY: Final = 0.0001
_CROWD: Final = 2
_TURN_IN_A_CROWD: Final = 0.005


class Lane:
    """A courtesy, and no lock: if nobody has come or gone for so many seconds, all go on. Safe for threads.

    ``gives_way`` says whether somebody is at work whom those in the lane let go first, for ``pause`` seconds at a time.
    """

    def __init__(self, patience: float = _PATIENCE, pause: Callable[[float], None] = time.sleep) -> None:
        self.gives_way: Callable[[], bool] = lambda: False
        self._patience = patience
        self._pause = pause
        self._lock = Lock()
        self._taken = False
        self._changes = 0
        self._waiting: list[tuple[int, Lock]] = []
        self._numbers = count()
        self._turn: float | None = None  # the interpreter's own, in seconds, while it is another one

    def place(self) -> "Place":
        """Return a place for one who computes, behind those that were given before."""
        return Place(self, next(self._numbers))

    def enter(self, number: int) -> None:
        """Wait until the lane is free for the place with this number."""
        with self._lock:
            if not self._taken:
                self._taken = True
                return
            gate = Lock()
            gate.acquire()
            heappush(self._waiting, (number, gate))
            self._pace()
            changes = self._changes
        while not gate.acquire(timeout=self._patience):
            if self._changes == changes:
                self._give_up(number)
                return
            changes = self._changes

    def give_way(self) -> None:
        """Let whoever is at work go first, but go on after a pause all the same."""
        if self.gives_way():
            self._pause(_WAY)

    def leave(self) -> None:
        """Let the next one."""
        with self._lock:
            self._changes += 1
            if self._waiting:
                heappop(self._waiting)[1].release()
                self._pace()
            else:
                self._taken = False

    def _give_up(self, number: int) -> None:
        with self._lock:
            self._waiting = [each for each in self._waiting if each[0] != number]
            heapify(self._waiting)
            self._pace()

    def _pace(self) -> None:
        """Let the interpreter change threads less often while several wait here: those aside wake each other too."""
        is_crowded = len(self._waiting) >= _CROWD
        if is_crowded and self._turn is None:
            self._turn = sys.getswitchinterval()
            sys.setswitchinterval(max(_TURN_IN_A_CROWD, self._turn))
        elif not is_crowded and self._turn is not None:
            sys.setswitchinterval(self._turn)
            self._turn = None


class Place:
    """The place of one thread in a lane; inside of it as a context, the thread computes."""

    def __init__(self, lane: Lane, number: int) -> None:
        self._lane = lane
        self._number = number

    def __enter__(self) -> None:
        self._lane.enter(self._number)

    def __exit__(self, *_: object) -> None:
        self._lane.leave()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Let others pass while something else than computing is done."""
        self._lane.leave()
        try:
            yield
        finally:
            self._lane.enter(self._number)

    def arriving(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield chunks in smaller ones; others are let pass until each arrives."""
        source = iter(chunks)
        while True:
            with self.aside():
                chunk = next(source, None)
            if chunk is None:
                return
            for start in range(0, len(chunk), _SLICE):
                self._lane.give_way()
                yield chunk[start : start + _SLICE]
