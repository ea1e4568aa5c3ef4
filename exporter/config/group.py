"""Maps with known keys: a key is declared once, as data, and read, defaulted, documented and tested from that."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from exporter.config.document import Tree
from exporter.config.kind import Kind, accepted
from exporter.config.place import Place, Refusal, suggestion


@dataclass(frozen=True, slots=True)
class Key:
    """A key: how its value is written, its default as it would be written, and what an operator should know.

    A default of None means that null may be written, and stands for nothing.
    """

    name: str
    kind: Kind
    default: Tree
    about: str


@dataclass(frozen=True, slots=True)
class Group:
    """A map with known keys, itself a kind of value; ``elsewhere`` says of wrong keys where their place is."""

    keys: tuple[Key, ...]
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    expected: str = "a map of keys"

    def read(self, value: Tree, place: Place) -> dict[str, Any]:
        """Return the values of the keys that are given; ``defaults`` has the others."""
        if value is None:  # all its keys are commented out
            return {}
        if not isinstance(value, dict):
            raise Refusal(f"must be {self.expected}: {', '.join(key.name for key in self.keys)}")
        known = {key.name: key for key in self.keys}
        result: dict[str, Any] = {}
        for name, item in value.items():
            if name not in known:
                place.key(name).refuse(self._unknown(name))
            elif item is None and known[name].default is None:
                result[name] = None
            else:
                result.update((name, read) for read in accepted(known[name].kind.read, item, place.key(name)))
        return result

    def defaults(self) -> dict[str, Any]:
        """Return the value of each key when nothing is given."""
        return {
            key.name: {**key.kind.defaults(), **key.kind.read(key.default, Place())}
            if isinstance(key.kind, Group)
            else None
            if key.default is None
            else key.kind.read(key.default, Place())
            for key in self.keys
        }

    def _unknown(self, name: str) -> str:
        if name in self.elsewhere:
            return f"unknown key here; {self.elsewhere[name]}"
        return f"unknown key; {suggestion(name, [key.name for key in self.keys])}"


def merged(lower: Mapping[str, Any], upper: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``lower`` overlaid with ``upper``, maps within key by key."""
    both = {
        name: merged(lower[name], value) if isinstance(value, dict) and isinstance(lower.get(name), dict) else value
        for name, value in upper.items()
    }
    return {**lower, **both}
