"""The signals that end a command."""

import signal
import threading
from types import FrameType


def ended_by_signal() -> threading.Event:
    """Return an event that is set by SIGTERM and by SIGINT from now on."""
    ended = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        ended.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    return ended
