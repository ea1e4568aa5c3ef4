"""One computation for all who ask for it at the same time."""

from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Together(Generic[T]):
    """Shares what was computed among those who asked before its computation began. Safe for threads.

    Nobody gets a value that is older than their asking: who comes while it is computed has the next one, with all
    others who come meanwhile.
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._making = Lock()
        self._begun = 0
        self._known: tuple[int, T] | None = None

    def get(self) -> T:
        """Return a value whose computation began after this was called; raises what that raises."""
        asked = self._begun
        with self._making:
            known = self._known
            if known is not None and known[0] > asked:
                return known[1]
            self._begun += 1
            value = self._make()
            self._known = (self._begun, value)
            return value
