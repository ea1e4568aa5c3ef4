"""Planted secrets, and the search for them: whole or in pieces, plain or in whatever form a program could give them."""

import html
import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha512
from urllib.parse import quote, quote_plus

_PIECE = 16
_STEP = 8


def secret(name: str) -> str:
    """Return a secret of 86 characters, the same for a name each time, with no blank in it."""
    return urlsafe_b64encode(sha512(name.encode()).digest()).decode().rstrip("=")


@dataclass
class Planted:
    """Secrets by their names; of a long one 23 characters in a row are enough to be found."""

    texts: dict[str, bytes] = field(default_factory=dict)

    def add(self, name: str, text: str | bytes) -> str:
        """Plant a secret and return it."""
        self.texts[name] = text.encode() if isinstance(text, str) else text
        assert len(text) >= _PIECE, f"{name} is so short that it might be found by chance"
        return self.texts[name].decode("latin-1")

    def found_in(self, shown: str) -> list[str]:
        """Return the names of the secrets that are shown."""
        # Looked up by each place of what is shown: there are far more pieces than a search for each could be made of.
        pieces = {piece: name for name, text in self.texts.items() for form in forms(text) for piece in _pieces(form)}
        windows = (shown[start : start + _PIECE] for start in range(len(shown)))
        return sorted({pieces[window] for window in windows if window in pieces})


def forms(text: bytes) -> set[str]:
    """Return how a secret could be written."""
    plain = text.decode(errors="backslashreplace")
    encoded = {encode(text, before) for encode in (_base64_within, _base64_for_urls_within) for before in range(3)}
    written = {quote(text, safe=""), quote_plus(text), json.dumps(plain)[1:-1], html.escape(plain), repr(text)[2:-1]}
    return {plain, text.hex(), text.hex().upper(), *written, *encoded}


def _base64_within(text: bytes, before: int) -> str:
    """Return what base64 makes of a text behind so many other bytes, as far as these and later ones do not matter."""
    length = before + len(text)
    return b64encode(bytes(before) + text).decode()[(0, 2, 3)[before] : length // 3 * 4]


def _base64_for_urls_within(text: bytes, before: int) -> str:
    return _base64_within(text, before).translate({ord("+"): "-", ord("/"): "_"})


def _pieces(text: str) -> Iterator[str]:
    yield from (text[start : start + _PIECE] for start in range(0, max(len(text) - _PIECE, 0), _STEP))
    yield text[-_PIECE:]
