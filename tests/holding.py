"""What is held of records or bytes while they are read: by the exporter and a test, whatever other threads do."""

import tracemalloc
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


class Holding:
    """The most bytes that were held, of what the exporter or a test's ``file`` has made while things were read.

    The peak that tracemalloc has is that of all threads, and of whatever measures a test.
    """

    def __init__(self, file: str) -> None:
        self.most = 0
        places = ("*/exporter/*", f"*/{Path(file).name}")
        self._filters = [tracemalloc.Filter(inclusive=True, filename_pattern=place) for place in places]

    def reading(self, things: Iterable[T], every: int) -> Iterator[T]:
        """Yield the things, and look before each so-manieth, and behind the last."""
        tracemalloc.start()
        try:
            for number, thing in enumerate(things):
                if number % every == 0:
                    self._look()
                yield thing
            self._look()
        finally:
            tracemalloc.stop()

    def _look(self) -> None:
        traces = tracemalloc.take_snapshot().filter_traces(self._filters).traces
        self.most = max(self.most, sum(trace.size for trace in traces))
