"""What is computed once for all who ask at the same time."""

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue

import pytest
from program import wait_until

from exporter.together import Together

PATIENCE = 20.0


class Slow:
    """Computes a number, one higher each time, as soon as it is let."""

    def __init__(self) -> None:
        self.begun: SimpleQueue[int] = SimpleQueue()
        self.go_on = threading.Semaphore(0)
        self.times = 0

    def __call__(self) -> int:
        self.times += 1
        self.begun.put(self.times)
        assert self.go_on.acquire(timeout=PATIENCE)
        return self.times


def waiting() -> int:
    """Return how many threads have asked, and have no value yet."""
    return sum(
        frame.f_code is Together.get.__code__ and "asked" in frame.f_locals
        for frame in sys._current_frames().values()  # noqa: SLF001 - there is no other way to see it
    )


def test_who_comes_meanwhile_shares_the_next() -> None:
    """Whoever asks while a value is computed has the next one, and all who do so the same."""
    slow = Slow()
    together = Together(slow)
    with ThreadPoolExecutor(11) as pool:
        first = pool.submit(together.get)
        assert 1 == slow.begun.get(timeout=PATIENCE)
        others = [pool.submit(together.get) for _ in range(10)]
        wait_until(lambda: waiting() == len(others), "all the others wait")
        slow.go_on.release(2)
        assert [1, *[2] * 10] == [each.result(PATIENCE) for each in (first, *others)]
    assert 2 == slow.times


def test_who_comes_later_has_a_new_one() -> None:
    """A value that was there before is never handed out."""
    slow = Slow()
    together = Together(slow)
    slow.go_on.release(3)
    assert [1, 2, 3] == [together.get() for _ in range(3)]


def test_a_failure_is_of_the_one_whose_turn_it_was() -> None:
    """An error comes out, and the next one computes again."""
    results = iter([None, 5])

    def fail_once() -> int:
        found = next(results)
        if found is None:
            raise LookupError
        return found

    together = Together(fail_once)
    with pytest.raises(LookupError):
        together.get()
    assert 5 == together.get()
