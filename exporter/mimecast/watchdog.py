"""Calls something back when its time is over: one thread for all requests, started when there is one to watch.

A thread for each request would cost more than all else that a call does.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from itertools import count
from typing import Final

# So often it looks whether there is still something to watch, and so long it stays if there is not.
_LINGER: Final = 1.0
_MOST_CANCELLED: Final = 256


@dataclass(slots=True, order=True)
class Watch:
    """One thing that is watched; ``bark`` is None once it is no longer."""

    at: float
    number: int
    bark: Callable[[], None] | None = field(compare=False)

    def cancel(self) -> None:
        """Let it be."""
        self.bark = None


class Watchdog:
    """Watches until some moments. Safe for threads."""

    def __init__(self) -> None:
        self._change = threading.Condition()
        self._watches: list[Watch] = []
        self._numbers = count()
        self._thread: threading.Thread | None = None

    def watch(self, seconds: float, bark: Callable[[], None]) -> Watch:
        """Call ``bark`` after some seconds, unless it is cancelled before; it must not wait for anything.

        Raises ``RuntimeError`` if the system lets no thread be started.
        """
        watch = Watch(time.monotonic() + max(seconds, 0.0), next(self._numbers), bark)
        with self._change:
            if self._thread is None or not self._thread.is_alive():
                self._thread = self._started()
            if len(self._watches) > _MOST_CANCELLED:
                self._watches = [each for each in self._watches if each.bark]
                heapify(self._watches)
            heappush(self._watches, watch)
            if self._watches[0] is watch:
                self._change.notify()
        return watch

    def _started(self) -> threading.Thread:
        thread = threading.Thread(target=self._run, name="watchdog", daemon=True)
        thread.start()
        return thread

    def _run(self) -> None:
        while (watch := self._due()) is not None:
            if bark := watch.bark:
                bark()

    def _due(self) -> Watch | None:
        """Wait for the next watch that is over; None if there has been nothing to watch for a while."""
        with self._change:
            while True:
                while self._watches and self._watches[0].bark is None:
                    heappop(self._watches)
                if not self._watches:
                    if not self._change.wait(_LINGER) and not self._watches:
                        self._thread = None
                        return None
                elif (left := self._watches[0].at - time.monotonic()) > 0:
                    self._change.wait(min(left, _LINGER))
                else:
                    return heappop(self._watches)
