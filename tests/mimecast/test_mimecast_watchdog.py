"""The watchdog: one thread calls back when a time is over, and is gone when there is nothing to watch."""

import threading
from queue import SimpleQueue

import pytest

from exporter.mimecast import watchdog
from exporter.mimecast.watchdog import Watchdog

PATIENCE = 20.0


def test_it_barks_in_the_order_of_the_times() -> None:
    """What is over first is told first, whatever was watched first, all of it by one thread."""
    dog, heard = Watchdog(), SimpleQueue[tuple[int, int]]()
    for number in (3, 1, 2):
        dog.watch(number / 20, lambda number=number: heard.put((number, threading.get_ident())))  # type: ignore[misc]
    told = [heard.get(timeout=PATIENCE) for _ in range(3)]
    assert [1, 2, 3] == [number for number, _ in told]
    assert 1 == len({thread for _, thread in told})


def test_it_is_silent_about_what_was_cancelled() -> None:
    """Of many that are watched and cancelled none is told of, and a later one is."""
    dog, heard = Watchdog(), SimpleQueue[int]()
    for number in range(1000):
        dog.watch(0.05, lambda number=number: heard.put(number)).cancel()  # type: ignore[misc]
    dog.watch(0.1, lambda: heard.put(-1))
    assert -1 == heard.get(timeout=PATIENCE)
    assert heard.empty()


def test_its_thread_is_gone_when_there_is_nothing_to_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    """A while after the last watch the thread ends, and another one is there for the next."""
    monkeypatch.setattr(watchdog, "_LINGER", 0.05)
    dog, threads = Watchdog(), SimpleQueue[threading.Thread]()
    for _ in range(2):
        dog.watch(0.0, lambda: threads.put(threading.current_thread()))
        thread = threads.get(timeout=PATIENCE)
        thread.join(PATIENCE)
        assert not thread.is_alive()


def test_a_thread_that_dies_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """If what it calls kills its thread, the next watch has another one, and what was watched is told all the same."""
    died, heard = SimpleQueue[threading.ExceptHookArgs](), SimpleQueue[int]()
    monkeypatch.setattr(threading, "excepthook", died.put)
    dog = Watchdog()

    def fail() -> None:
        raise KeyError

    dog.watch(0.2, lambda: heard.put(1))
    dog.watch(0.0, fail)
    assert KeyError is died.get(timeout=PATIENCE).exc_type
    died_with = dog._thread  # noqa: SLF001 - to know that it has ended
    assert died_with
    died_with.join(PATIENCE)
    dog.watch(0.4, lambda: heard.put(2))
    assert [1, 2] == [heard.get(timeout=PATIENCE) for _ in range(2)]
