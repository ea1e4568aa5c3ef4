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

    def get(self, key: K, state: object, make: Callable[[], V]) -> V:
        """Return the value of a key, made anew if it was made of another ``state``.

        Two threads that want the same at once may both make it.
        """
        with self._lock:
            known = self._values.pop(key, None)
            if known is not None and known[0] == state:
                self._values[key] = known  # the latest is the last
                return known[1]
        value = make()
        with self._lock:
            self._values[key] = (state, value)
            if len(self._values) > self._most:
                del self._values[next(iter(self._values))]
        return value
