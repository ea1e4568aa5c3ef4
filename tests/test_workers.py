"""Tests of ``exporter.workers``."""

import logging
import threading
from collections.abc import Callable, Iterator
from functools import partial
from queue import SimpleQueue
from threading import Barrier, Event

import pytest

from exporter.workers import Workers

PATIENCE = 10.0


@pytest.fixture
def no_threads_left() -> Iterator[Callable[[], object]]:
    """Return what makes every start of a thread fail, as it does when the system has none left."""
    size = threading.stack_size()
    yield lambda: threading.stack_size(1 << 46)
    threading.stack_size(size)


def threads_of(name: str) -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == name]


def test_jobs_run_at_once_up_to_the_limit() -> None:
    """Three jobs that wait for each other all end when three may run at once."""
    workers, barrier, ended = Workers("trio", 3), Barrier(3), SimpleQueue[int]()

    def meet(number: int) -> None:
        barrier.wait(PATIENCE)
        ended.put(number)

    for number in range(3):
        workers.submit(partial(meet, number))
    assert {0, 1, 2} == {ended.get(timeout=PATIENCE) for _ in range(3)}


def test_no_more_than_the_limit_run_at_once() -> None:
    """A job over the limit waits, in its turn, for a thread that is free, and no thread is started for it."""
    workers, release, order = Workers("solo", 1), Event(), SimpleQueue[str]()

    def wait() -> None:
        release.wait(PATIENCE)
        order.put("first")

    workers.submit(wait)
    workers.submit(lambda: order.put("second"))
    workers.submit(lambda: order.put("third"))
    assert 3 == workers.busy
    assert 1 == len(threads_of("solo"))
    assert order.empty()
    release.set()
    assert ["first", "second", "third"] == [order.get(timeout=PATIENCE) for _ in range(3)]


def test_a_thread_is_used_again() -> None:
    """Jobs that come one after the other run on one thread."""
    workers, idents = Workers("again", 5), SimpleQueue[int]()
    seen = set()
    for _ in range(20):
        while workers.busy:
            pass
        workers.submit(lambda: idents.put(threading.get_ident()))
        seen.add(idents.get(timeout=PATIENCE))
    assert 1 == len(seen)


def test_idle_threads_end() -> None:
    """A thread without work ends after the time to linger, and a later job starts a new one."""
    workers, ended = Workers("brief", 2, linger=0.01), Event()
    workers.submit(ended.set)
    assert ended.wait(PATIENCE)
    for thread in threads_of("brief"):
        thread.join(PATIENCE)
    assert [] == threads_of("brief")
    again = Event()
    workers.submit(again.set)
    assert again.wait(PATIENCE)


def test_no_job_is_lost_while_threads_end() -> None:
    """Every job runs when threads end all the time."""
    workers, ended = Workers("hasty", 3, linger=0.0), SimpleQueue[int]()
    for number in range(2000):
        workers.submit(partial(ended.put, number))
    assert set(range(2000)) == {ended.get(timeout=PATIENCE) for _ in range(2000)}


def test_a_job_that_raises_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Whatever a job raises is logged once with its traceback, and its thread goes on to the next."""
    workers, ended = Workers("tough", 1), Event()

    def fail() -> None:
        raise SystemExit("on purpose")

    with caplog.at_level(logging.ERROR):
        workers.submit(fail)
        workers.submit(ended.set)
        assert ended.wait(PATIENCE)
    assert ["a job failed workers=tough"] == [record.getMessage() for record in caplog.records]
    assert caplog.records[0].exc_info


def test_without_any_thread_a_job_is_refused(no_threads_left: Callable[[], object]) -> None:
    """With no thread and none to be had, submitting raises and the job is forgotten."""
    workers = Workers("none", 2)
    no_threads_left()
    with pytest.raises(RuntimeError, match="can't start new thread"):
        workers.submit(lambda: None)
    assert 0 == workers.busy


def test_without_another_thread_a_job_waits(no_threads_left: Callable[[], object]) -> None:
    """A job for which no thread can be started is run by one that there is."""
    workers, release, ended = Workers("few", 2), Event(), Event()

    def wait() -> None:
        release.wait(PATIENCE)

    workers.submit(wait)
    no_threads_left()
    workers.submit(ended.set)
    assert 1 == len(threads_of("few"))
    release.set()
    assert ended.wait(PATIENCE)


def test_what_a_job_holds_is_let_go() -> None:
    """An idle thread keeps nothing of its last job alive."""
    gone = Event()

    class Held:
        def __del__(self) -> None:
            gone.set()

        def run(self) -> None:
            pass

    Workers("light", 1).submit(Held().run)
    assert gone.wait(PATIENCE)
