"""How far a long work is: a line that is written over on a terminal, now and then a line elsewhere."""

import time
from typing import TextIO

_SHARE = 0.1


class Progress:
    """Tells of so many steps of a work."""

    def __init__(self, name: str, total: int, stream: TextIO) -> None:
        self._name = name
        self._total = total
        self._stream = stream
        self._started = time.monotonic()
        self._done = 0
        self._told = _SHARE

    def step(self, count: int) -> None:
        """Note that steps have been done, and tell of it when it is time."""
        self._done += count
        share = self._done / self._total
        is_last = self._done == self._total
        if self._stream.isatty() or is_last or share >= self._told:
            self._told = share + _SHARE
            end = "" if self._stream.isatty() and not is_last else "\n"
            print(self._line(share), end=end, file=self._stream, flush=True)

    def _line(self, share: float) -> str:
        seconds = time.monotonic() - self._started
        left = seconds / share - seconds
        start = "\r" if self._stream.isatty() else ""
        return f"{start}{self._name}: {self._done} of {self._total} scrapes, {share:.0%}, {left:.0f} s left   "
