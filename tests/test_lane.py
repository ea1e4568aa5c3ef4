"""The lane: of those who compute one at a time, and nobody waits for ever."""

import sys
import threading
from collections.abc import Callable
from queue import SimpleQueue
from threading import Event, Thread

import pytest
from program import wait_until

from exporter.lane import Lane, Place

PATIENCE = 20.0


def waiting(lane: Lane, number: int) -> Callable[[], bool]:
    return lambda: len(lane._waiting) == number  # noqa: SLF001 - nothing else shows who waits


def enter(place: Place, order: SimpleQueue[int], number: int) -> Thread:
    def run() -> None:
        with place:
            order.put(number)

    thread = Thread(target=run, daemon=True)
    thread.start()
    return thread


def test_one_at_a_time_computes() -> None:
    """However many enter at once, there is never a second one in the lane."""
    lane, inside, most = Lane(PATIENCE), [], []

    def run() -> None:
        place = lane.place()
        with place:
            for _ in range(200):
                inside.append(1)
                most.append(len(inside))
                inside.pop()
                with place.aside():
                    pass

    threads = [Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert [1] * 1600 == most


def test_who_was_first_to_begin_is_first_to_go_on() -> None:
    """Those who wait are let in by the order of their places, not by that of their coming."""
    lane, order = Lane(PATIENCE), SimpleQueue[int]()
    places = [lane.place() for _ in range(3)]
    threads = []
    with lane.place():
        for count, number in enumerate((2, 0, 1), 1):
            threads.append(enter(places[number], order, number))
            wait_until(waiting(lane, count), "one more waits")
    for thread in threads:
        thread.join(PATIENCE)
    assert [0, 1, 2] == [order.get_nowait() for _ in range(3)]


def test_who_is_aside_lets_others_pass() -> None:
    """While one does something else than computing, another one computes."""
    lane, order = Lane(PATIENCE), SimpleQueue[int]()
    place = lane.place()
    with place:
        with place.aside():
            enter(lane.place(), order, 1).join(PATIENCE)
        assert 1 == order.get_nowait()


def test_nobody_waits_for_one_who_never_goes_on() -> None:
    """Whoever has waited long enough goes on beside one who is stuck, and lets the others follow."""
    lane, order, stuck = Lane(0.05), SimpleQueue[int](), Event()

    def hang() -> None:
        with lane.place():
            stuck.set()
            threading.Event().wait(PATIENCE)

    Thread(target=hang, daemon=True).start()
    assert stuck.wait(PATIENCE)
    threads = [enter(lane.place(), order, number) for number in range(3)]
    for thread in threads:
        thread.join(PATIENCE)
    assert {0, 1, 2} == {order.get_nowait() for _ in range(3)}


def test_what_fails_aside_leaves_the_lane_in_order() -> None:
    """An error while aside comes out, and the lane is free after it."""
    lane, order = Lane(PATIENCE), SimpleQueue[int]()
    place = lane.place()

    def fail() -> None:
        with place, place.aside():
            raise KeyError

    try:
        fail()
    except KeyError:
        enter(lane.place(), order, 1).join(PATIENCE)
    assert 1 == order.get_nowait()


def test_chunks_arrive_whole() -> None:
    """What arrives is yielded in order, in pieces of at most 16 KiB, while others may pass."""
    place = Lane(PATIENCE).place()
    chunks = [b"a" * 40_000, b"", b"b" * 10]
    with place:
        pieces = [*place.arriving(chunks)]
    assert b"".join(chunks) == b"".join(pieces)
    assert [16_384, 16_384, 7_232, 10] == [len(piece) for piece in pieces]


def test_what_arrives_gives_way_to_scrapes() -> None:
    """Before each piece, whoever decodes rests a moment if scrapes are being answered, and never if none is."""
    pauses: list[float] = []
    lane = Lane(PATIENCE, pauses.append)
    at_work = iter([True, False, True])
    place = lane.place()
    with place:
        assert 3 == len([*place.arriving([b"a" * 40_000])])
        assert [] == pauses
        lane.gives_way = at_work.__next__
        assert 3 == len([*place.arriving([b"a" * 40_000])])
    assert [0.0001] * 2 == pauses


def test_the_interpreter_changes_threads_less_often_while_several_wait() -> None:
    """With two who wait the interpreter's turns are longer, and as they were when they have had theirs."""
    lane, order, before = Lane(PATIENCE), SimpleQueue[int](), sys.getswitchinterval()
    sys.setswitchinterval(0.0005)
    try:
        with lane.place():
            threads = []
            for number in range(2):
                threads.append(enter(lane.place(), order, number))
                wait_until(waiting(lane, number + 1), "one more waits")
                assert [0.0005, 0.005][number] == pytest.approx(sys.getswitchinterval())
        for thread in threads:
            thread.join(PATIENCE)
        assert 0.0005 == pytest.approx(sys.getswitchinterval())
    finally:
        sys.setswitchinterval(before)
