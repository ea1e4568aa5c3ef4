"""Threads that die as Python threads do: by an exception that nothing catches, wherever they are."""

import ctypes
import threading


class KilledError(BaseException):
    """Is thrown into a thread from outside; nothing that handles errors expects it."""


def kill(thread: threading.Thread) -> None:
    """Have ``KilledError`` raised in a thread, as soon as it runs again."""
    ident = ctypes.c_ulong(thread.ident or 0)
    assert ctypes.pythonapi.PyThreadState_SetAsyncExc(ident, ctypes.py_object(KilledError)) == 1
