"""The kinds of values that only a web configuration file has."""

import re
from dataclasses import dataclass
from typing import Final

from exporter.config.document import Tree
from exporter.config.kind import Text, accepted, read_items
from exporter.config.place import Place, Refusal, suggestion
from exporter.web_config.users import is_hash

_PART: Final = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)(ms|us|ns|h|m|s)")
_DURATION: Final = re.compile(rf"0|(?:{_PART.pattern})+")
_SECONDS: Final = {"h": 3600, "m": 60, "s": 1, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
_HEADER_VALUE: Final = re.compile(r"[!-~](?:[ -~]*[!-~])?")
_HEADERS: Final[dict[str, tuple[str, ...]]] = {
    "Content-Security-Policy": (),
    "X-Frame-Options": ("deny", "sameorigin"),
    "X-Content-Type-Options": ("nosniff",),
    "X-XSS-Protection": (),
    "Strict-Transport-Security": (),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words; ``refused`` says of others why they cannot be had."""

    words: tuple[str, ...]
    refused: dict[str, str]
    expected: str = "text"

    def read(self, value: Tree, place: Place) -> str:
        """Return the word."""
        word = Text(f"one of {', '.join(self.words)}").read(value, place)
        if word in self.refused:
            raise Refusal(self.refused[word])
        if word not in self.words:
            raise Refusal(f"must be one of {', '.join(self.words)}")
        return word


@dataclass(frozen=True, slots=True)
class Texts:
    """A list of texts, at least one."""

    expected: str = "a list of texts, at least one"

    def read(self, value: Tree, place: Place) -> tuple[str, ...]:
        """Return the texts."""
        if value == []:
            raise Refusal(f"must be {self.expected}")
        return tuple(text for _, text in read_items(value, place, self.expected, Text().read))


@dataclass(frozen=True, slots=True)
class GoDuration:
    """A time as Go writes it, or 0."""

    expected: str = "a duration such as 500ms, 1s or 1m30s, at most 24h, or 0"

    def read(self, value: Tree, place: Place) -> float:  # noqa: ARG002 - as all kinds
        """Return the seconds."""
        text = "0" if value == 0 and not isinstance(value, bool) else value
        if not isinstance(text, str) or not _DURATION.fullmatch(text):
            raise Refusal(f"must be {self.expected}")
        found = sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(text))
        if found > 24 * _SECONDS["h"]:
            raise Refusal(f"out of range, must be {self.expected}")
        return found


@dataclass(frozen=True, slots=True)
class Headers:
    """The headers that may be set, of which some have few values; a blank one is not set."""

    expected: str = "a map from headers to text"

    def read(self, value: Tree, place: Place) -> dict[str, str]:
        """Return the headers that are given."""
        if not isinstance(value, dict):
            raise Refusal(f"must be {self.expected}")
        found: dict[str, str] = {}
        for name, item in value.items():
            if name not in _HEADERS:
                place.key(name).refuse(f"this header cannot be set; {suggestion(name, _HEADERS)}")
            elif item not in ("", None):
                found.update((name, text) for text in accepted(_header_kind(name).read, item, place.key(name)))
        return found


def _header_kind(name: str) -> Choice | Text:
    words = _HEADERS[name]
    return Choice(words, {}) if words else Text("printable ASCII", _HEADER_VALUE)


@dataclass(frozen=True, slots=True)
class Users:
    """Names with bcrypt hashes of passwords."""

    expected: str = "a map from names to bcrypt hashes"

    def read(self, value: Tree, place: Place) -> dict[str, bytes]:
        """Return the hash of each name."""
        if not isinstance(value, dict):
            raise Refusal(f"must be {self.expected}")
        found: dict[str, bytes] = {}
        for name, item in value.items():
            if ":" in name:
                place.key(name).refuse("a user's name cannot have a colon")
            found.update((name, read) for read in accepted(_hash, item, place.key(name)))
        return found


def _hash(value: Tree, place: Place) -> bytes:  # noqa: ARG001 - as all readers
    if not isinstance(value, str) or not value.isascii() or not is_hash(value.encode()):
        raise Refusal("must be a bcrypt hash, such as htpasswd -nBC 10 prints")
    return value.encode()
