"""The signals that commands listen to."""

import signal
from queue import SimpleQueue
from types import FrameType


def signals(*wanted: signal.Signals) -> SimpleQueue[signal.Signals]:
    """Return a queue into which the wanted signals are put from now on, as they come."""
    queue: SimpleQueue[signal.Signals] = SimpleQueue()

    def put(number: int, _frame: FrameType | None) -> None:
        queue.put(signal.Signals(number))

    for one in wanted:
        signal.signal(one, put)
    return queue
