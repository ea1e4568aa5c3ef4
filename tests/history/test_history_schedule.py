from datetime import UTC, datetime, timedelta
from itertools import chain, pairwise

import pytest

from history.clock import RunningClock
from history.schedule import HOUR, MINUTE, WINDOW, Rhythm, parts, windows

END = datetime(2026, 11, 25, 12, 34, 56, tzinfo=UTC)


@pytest.mark.parametrize(
    ("rhythm", "count", "first_steps", "last_steps"),
    [
        (Rhythm(), 90 * 24 - 3 + 3 * 60 + 1, HOUR, MINUTE),
        (Rhythm(length=10 * MINUTE, dense=10 * MINUTE), 11, MINUTE, MINUTE),
        (Rhythm(length=5 * HOUR, dense=10 * HOUR, dense_step=HOUR), 6, HOUR, HOUR),
        (Rhythm(length=2 * HOUR, step=50 * MINUTE, dense=HOUR), 2 + 60 + 1, 50 * MINUTE, MINUTE),
    ],
)
def test_moments(rhythm: Rhythm, count: int, first_steps: timedelta, last_steps: timedelta) -> None:
    """A history begins its length before its end, which has a scrape, and has them closer together before it."""
    moments = rhythm.moments(END)
    assert (END - rhythm.length, END) == (moments[0], moments[-1])
    assert count == len(moments)
    assert all(before < after for before, after in pairwise(moments))
    assert (first_steps, last_steps) == (moments[1] - moments[0], moments[-1] - moments[-2])


@pytest.mark.parametrize("count", [1, 2, 4, 1000])
def test_parts_are_whole_windows_of_about_the_same_size(count: int) -> None:
    """All moments are in some part, in order, and none is larger than its share by more than two windows."""
    moments = Rhythm().moments(END)
    found = parts(moments, count)
    assert moments == tuple(chain.from_iterable(chain.from_iterable(found)))
    assert min(count, len(windows(moments))) == len(found)
    largest = max(map(len, windows(moments)))
    assert all(sum(map(len, part)) <= len(moments) / count + 2 * largest for part in found)


def test_windows_are_ranges_of_blocks() -> None:
    """No window reaches over a multiple of its length, where Prometheus begins a block."""
    for window in windows(Rhythm().moments(END)):
        assert 1 == len({int(moment.timestamp()) // int(WINDOW.total_seconds()) for moment in window})


def test_a_clock_of_both_programs() -> None:
    """Its two times go together, whoever lets time pass, and a moment that has gone by is not gone back to."""
    clock = RunningClock(END, 0.0)
    clock.wait(30.0)
    clock.reach(END + HOUR)
    clock.reach(END + MINUTE)
    assert (END + HOUR, 3600.0) == (clock.now(), clock.monotonic())


def test_a_clock_runs() -> None:
    """A clock with a pace goes on by itself."""
    clock = RunningClock(END, 1e6)
    assert END < clock.now()
    assert 0.0 < clock.monotonic()
