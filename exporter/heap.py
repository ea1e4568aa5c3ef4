"""The heap of the process: one for all threads.

glibc gives threads heaps of their own, up to eight for each processor, and each keeps the most that was ever needed in
it. Python runs one thread at a time, so more heaps gain nothing and a long life among odd answers takes half as much
memory again. Source: mallopt(3).
"""

from contextlib import suppress
from typing import Final

_M_ARENA_MAX: Final = -8


def share_heap() -> None:
    """Have threads that are started from now on use the first one's heap; without glibc it does nothing."""
    # A Python without libffi has no ctypes, and an old libffi needs memory that a locked-down service may not have.
    with suppress(ImportError, MemoryError, AttributeError):
        import ctypes  # noqa: PLC0415 - see above

        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)
