"""Who may ask: names, bcrypt hashes, and verdicts that are remembered; the only place that imports ``bcrypt``."""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections import Counter, OrderedDict
from collections.abc import Mapping
from threading import Lock
from typing import Final

import bcrypt

_HASH: Final = re.compile(rb"\$2[abxy]?\$(0[4-9]|[12][0-9]|3[01])\$([./A-Za-z0-9]{22})[./A-Za-z0-9]{31}")
_BASIC: Final = re.compile(r"basic +([A-Za-z0-9+/]+={0,2})", re.IGNORECASE)
_COUNTED_BYTES: Final = 72
_REMEMBERED: Final = 1000


def is_hash(text: bytes) -> bool:
    """Return whether a text is a bcrypt hash that a password can be checked against."""
    match = _HASH.fullmatch(text)
    if match is None:
        return False
    try:
        bcrypt.hashpw(b"", b"$2b$04$" + match[2])
    except ValueError:
        return False
    return True


def credentials(header: str | None) -> tuple[bytes, bytes] | None:
    """Return name and password of an ``Authorization``, None if it is missing or malformed."""
    match = _BASIC.fullmatch(header or "")
    try:
        name, colon, password = base64.b64decode(match[1] if match else "", validate=True).partition(b":")
    except (binascii.Error, ValueError):
        return None
    return (name, password[:_COUNTED_BYTES]) if colon else None


class Users:
    """Checks names and passwords: one at a time, each only once, an unknown name at the cost of a known one."""

    def __init__(self, hashes: Mapping[str, bytes]) -> None:
        self._hashes = {name.encode(): hashed for name, hashed in hashes.items()}
        costs = Counter(hashed.split(b"$")[2] for hashed in self._hashes.values())
        cost = max(costs, key=lambda each: (costs[each], each), default=b"10")
        self._decoy = b"$2b$" + cost + bcrypt.hashpw(secrets.token_bytes(16), bcrypt.gensalt(4))[6:]
        self._secret = secrets.token_bytes(32)
        self._right: OrderedDict[bytes, None] = OrderedDict()
        self._wrong: OrderedDict[bytes, None] = OrderedDict()
        self._lock = Lock()
        self._one_check = Lock()

    def __bool__(self) -> bool:
        """Return whether there is anybody; if not, nobody is asked."""
        return bool(self._hashes)

    def remembered(self, name: bytes, password: bytes) -> bool | None:
        """Return the verdict if it is known already; it costs nothing."""
        key = self._key(name, password)
        with self._lock:
            return True if key in self._right else False if key in self._wrong else None

    def admit(self, name: bytes, password: bytes) -> bool:
        """Return whether the password is the user's; it may take as long as many checks do."""
        known = self.remembered(name, password)  # who is known never waits for those who are not
        if known is not None:
            return known
        with self._one_check:
            known = self.remembered(name, password)
            return self._check(name, password) if known is None else known

    def _check(self, name: bytes, password: bytes) -> bool:
        hashed = self._hashes.get(name, self._decoy)
        try:
            verdict = bcrypt.checkpw(password, hashed) and name in self._hashes
        except ValueError:
            verdict = False
        # Wrong ones have a room of their own: however many come, the right ones are not forgotten for them.
        room = self._right if verdict else self._wrong
        with self._lock:
            room[self._key(name, password)] = None
            while len(room) > _REMEMBERED:
                room.popitem(last=False)
        return verdict

    def _key(self, name: bytes, password: bytes) -> bytes:
        """Return what stands for both and cannot stand for two others."""
        return hmac.digest(self._secret, len(name).to_bytes(8, "big") + name + password, hashlib.sha256)
