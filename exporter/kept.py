"""What was made of something, kept for as long as that has not changed."""

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Kept(Generic[K, V]):
    """The values of at most ``most`` keys, those used last. Safe for threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = Lock()
        self._values: dict[K, tuple[object, V]] = {}

    def known(self, key: K, state: object) -> V | None:
        """Return the value of a key, None if there is none or it was made of another ``state``."""
        with self._lock:
            known = self._values.pop(key, None)
            if known is None or known[0] != state:
                return None
            self._values[key] = known  # the latest is the last
            return known[1]

    def get(self, key: K, state: object, make: Callable[[], V]) -> V:
        """Return the value of a key, made anew if it was made of another ``state``.

        Two threads that want the same at once may both make it.
        """
        known = self.known(key, state)
        if known is not None:
            return known
        value = make()
        self.keep(key, state, value)
        return value

    def keep(self, key: K, state: object, value: V) -> None:
        """Keep the value that was made of a ``state``."""
        with self._lock:
            self._values[key] = (state, value)
            if len(self._values) > self._most:
                del self._values[next(iter(self._values))]
