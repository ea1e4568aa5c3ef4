"""Who may ask: names and bcrypt hashes; the only place that imports ``bcrypt``."""

import base64
import binascii
import re
import secrets
from collections import Counter
from collections.abc import Mapping
from typing import Final

import bcrypt

from exporter.web_config.turn import Turn
from exporter.web_config.verdict import Verdicts

_HASH: Final = re.compile(rb"\$2[abxy]?\$(0[4-9]|[12][0-9]|3[01])\$([./A-Za-z0-9]{22})[./A-Za-z0-9]{31}")
_BASIC: Final = re.compile(r"basic +([A-Za-z0-9+/]+={0,2})", re.IGNORECASE)
_COUNTED_BYTES: Final = 72
_TURN: Final = Turn()


def is_hash(text: bytes) -> bool:
    """Return whether a text is a bcrypt hash that a password can be checked against."""
    match = _HASH.fullmatch(text)
    if match is None:
        return False
    try:
        with _TURN:
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

    def __init__(self, hashes: Mapping[str, bytes], verdicts: Verdicts | None = None) -> None:
        self._hashes = {name.encode(): hashed for name, hashed in hashes.items()}
        costs = Counter(hashed.split(b"$")[2] for hashed in self._hashes.values())
        cost = max(costs, key=lambda each: (costs[each], each), default=b"10")
        with _TURN:
            self._decoy = b"$2b$" + cost + bcrypt.hashpw(secrets.token_bytes(16), bcrypt.gensalt(4))[6:]
        self._verdicts = verdicts or Verdicts()

    def __bool__(self) -> bool:
        """Return whether there is anybody; if not, nobody is asked."""
        return bool(self._hashes)

    def renewed(self, hashes: Mapping[str, bytes]) -> "Users":
        """Return other users, of whom those with the same hash as before need not prove again who they are."""
        known = self._hashes
        same = {name.encode() for name, hashed in hashes.items() if known.get(name.encode()) == hashed}
        return Users(hashes, self._verdicts.right_of(same))

    def remembered(self, name: bytes, password: bytes) -> bool | None:
        """Return the verdict if it is known already; it costs nothing."""
        return self._verdicts.recall(name, password)

    def admit(self, name: bytes, password: bytes) -> bool:
        """Return whether the password is the user's; it may take as long as many checks do."""
        known = self.remembered(name, password)  # who is known never waits for those who are not
        if known is not None:
            return known
        with _TURN:
            known = self.remembered(name, password)
            return self._check(name, password) if known is None else known

    def _check(self, name: bytes, password: bytes) -> bool:
        hashed = self._hashes.get(name, self._decoy)
        try:
            verdict = bcrypt.checkpw(password, hashed) and name in self._hashes
        except ValueError:
            verdict = False
        self._verdicts.note(name, password, right=verdict)
        return verdict
