"""What has been found out about names and passwords, under keys that tell nobody which they were."""

import hashlib
import hmac
import secrets
from collections import OrderedDict
from collections.abc import Container, Iterable
from threading import Lock
from typing import Final

_REMEMBERED: Final = 1000


class Verdicts:
    """Remembers who was right and who was wrong, the latest thousand of each. Safe for threads.

    Wrong ones have a room of their own: however many come, the right ones are not forgotten for them.
    """

    def __init__(self, secret: bytes = b"", right: Iterable[tuple[bytes, bytes]] = ()) -> None:
        self._secret = secret or secrets.token_bytes(32)
        self._right: OrderedDict[bytes, bytes] = OrderedDict(right)
        self._wrong: OrderedDict[bytes, bytes] = OrderedDict()
        self._lock = Lock()

    def recall(self, name: bytes, password: bytes) -> bool | None:
        """Return the verdict, None if there is none."""
        key = self._key(name, password)
        with self._lock:
            return True if key in self._right else False if key in self._wrong else None

    def note(self, name: bytes, password: bytes, *, right: bool) -> None:
        """Remember a verdict."""
        room = self._right if right else self._wrong
        with self._lock:
            room[self._key(name, password)] = name
            while len(room) > _REMEMBERED:
                room.popitem(last=False)

    def right_of(self, names: Container[bytes]) -> "Verdicts":
        """Return what is known of some names' right passwords, apart from what is noted here later."""
        with self._lock:
            return Verdicts(self._secret, [(key, name) for key, name in self._right.items() if name in names])

    def _key(self, name: bytes, password: bytes) -> bytes:
        """Return what stands for both and cannot stand for two others."""
        return hmac.digest(self._secret, len(name).to_bytes(8, "big") + name + password, hashlib.sha256)
