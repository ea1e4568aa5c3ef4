"""How late this machine itself is: a thread that asks to be woken, and notes by how much it was later."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

_PACE = 0.005


class Witness:
    """The delays seen so far, in seconds."""

    def __init__(self) -> None:
        self.delays: list[float] = []
        self._over = threading.Event()

    def watch(self) -> None:
        """Note delays until it is over."""
        while True:
            began = time.monotonic()
            if self._over.wait(_PACE):
                return
            self.delays.append(time.monotonic() - began - _PACE)

    def stop(self) -> None:
        """Let it be over."""
        self._over.set()


@contextmanager
def witness() -> Iterator[Witness]:
    """Watch as long as something is measured."""
    watching = Witness()
    thread = threading.Thread(target=watching.watch)
    thread.start()
    try:
        yield watching
    finally:
        watching.stop()
        thread.join()


def p99(values: Sequence[float]) -> float:
    """Return the value that 99 % of the values do not exceed."""
    return sorted(values)[max(0, len(values) * 99 // 100 - 1)]
