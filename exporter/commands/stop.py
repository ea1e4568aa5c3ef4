"""The signals that commands listen to."""

import signal
from queue import SimpleQueue
from types import FrameType
from typing import Final

_LISTENED_TO: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def hold_back() -> None:
    """Keep the signals until it is known what they are to do: :func:`signals` or :func:`let_through`."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _LISTENED_TO)


def let_through() -> None:
    """Let the signals end the process without a word."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _LISTENED_TO)


def signals(*wanted: signal.Signals) -> SimpleQueue[signal.Signals]:
    """Return a queue into which the wanted signals are put from now on, as they come."""
    queue: SimpleQueue[signal.Signals] = SimpleQueue()

    def put(number: int, _frame: FrameType | None) -> None:
        queue.put(signal.Signals(number))

    for one in wanted:
        signal.signal(one, put)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _LISTENED_TO)
    return queue
