"""Threads that read the first answers of a new kind at the same moment, many times over; a process of its own."""

import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from msgspec import defstruct

from exporter.collectors.question import Odd, Reading
from exporter.mimecast.stream import read_page

_ANSWER = b'{"meta":{"status":200},"data":[{"inner":[{"a0":1}]},{"inner":[]},{"inner":[]}],"fail":[]}'
_THREADS = 4


def new_kind() -> Reading[object]:
    """Return how records are read of a type that nobody has read yet, with many fields and another type inside."""
    inner = defstruct("Inner", [(f"a{number}", int | None, None) for number in range(40)])
    outer = defstruct("Outer", [("inner", list[inner])])  # type: ignore[valid-type]
    return Reading(lambda _: outer, lambda _: Odd(None, ("record",)))


def read(reading: Reading[object], together: Barrier) -> int:
    """Read an answer as soon as all others do, and return how many records it has."""
    together.wait()
    return sum(len(batch) for batch in read_page([_ANSWER[:70], _ANSWER[70:]], reading))


def main() -> None:
    """Read, and end with the number of wrong results."""
    sys.setswitchinterval(1e-6)
    wrong = 0
    with ThreadPoolExecutor(_THREADS) as threads:
        for _ in range(300):
            reading, together = new_kind(), Barrier(_THREADS)
            runs = [threads.submit(read, reading, together) for _ in range(_THREADS)]
            wrong += sum(run.result() != 3 for run in runs)
    sys.exit(wrong)


if __name__ == "__main__":
    main()
