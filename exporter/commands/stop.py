"""The signals that commands listen to."""

import signal
import threading
from queue import SimpleQueue
from types import FrameType


def ended_by_signal() -> threading.Event:
    """Return an event that is set by SIGTERM and by SIGINT from now on."""
    ended = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        ended.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    return ended


def signals(*wanted: signal.Signals) -> SimpleQueue[signal.Signals]:
    """Return a queue into which the wanted signals are put from now on, as they come."""
    queue: SimpleQueue[signal.Signals] = SimpleQueue()

    def put(number: int, _frame: FrameType | None) -> None:
        queue.put(signal.Signals(number))

    for one in wanted:
        signal.signal(one, put)
    return queue
