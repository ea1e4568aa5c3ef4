"""The kinds of values that keys have: each says what it expects, and reads a tree into a plain value or refuses it.

A message says what is expected and never what was found. ``expected`` is also what ``config.example.yaml`` says.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from exporter.config.document import REFUSED, Tree
from exporter.config.place import Place, Refusal, suggestion

T = TypeVar("T")

LONGEST_TEXT = 4096
_UNFIT_FOR_TEXT = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")


class Kind(Protocol):
    """How a value is written and read; ``read`` raises :class:`Refusal` or notes problems at places below its own."""

    @property
    def expected(self) -> str:
        """What an operator has to write, as the end of "must be ..."."""

    def read(self, value: Tree, place: Place) -> Any:
        """Return the value that ``value`` stands for."""


@dataclass(frozen=True, slots=True)
class Raw:
    """Whatever it is, to be read later by who knows more."""

    expected: str

    def read(self, value: Tree, place: Place) -> Tree:  # noqa: ARG002 - as all kinds
        """Return the tree as it is."""
        return value


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text; quotes are asked for where YAML could take it for something else."""

    expected: str = "text"
    pattern: re.Pattern[str] | None = None

    def read(self, value: Tree, place: Place) -> str:  # noqa: ARG002 - as all kinds
        """Return the text."""
        if value is None or isinstance(value, (list, dict)):
            raise Refusal(f"must be {self.expected}")
        if not isinstance(value, str):
            raise Refusal(f"must be {self.expected}; put it in quotes, or YAML may take it for something else")
        if self.pattern and not self.pattern.fullmatch(value):
            raise Refusal(f"must be {self.expected}")
        if not value.strip() or len(value) > LONGEST_TEXT or _UNFIT_FOR_TEXT.search(value):
            raise Refusal(f"must be {self.expected}, on one line of 1 to {LONGEST_TEXT} characters")
        return value


@dataclass(frozen=True, slots=True)
class Switch:
    """true or false."""

    expected: str = "true or false"

    def read(self, value: Tree, place: Place) -> bool:  # noqa: ARG002 - as all kinds
        """Return the boolean; ``yes`` and ``on`` are not guessed at."""
        if isinstance(value, bool):
            return value
        raise Refusal(f"must be {self.expected}")


@dataclass(frozen=True, slots=True)
class Patterns:
    """A list of regular expressions, each compiled."""

    expected: str = "a list of regular expressions"

    def read(self, value: Tree, place: Place) -> tuple[re.Pattern[str], ...]:
        """Return the patterns in the order in which they stand."""
        text = Text("a regular expression")

        def compile_item(item: Tree, there: Place) -> re.Pattern[str]:
            try:
                return re.compile(text.read(item, there))
            except (re.error, OverflowError, RecursionError):
                raise Refusal("must be a regular expression of Python's kind; this one does not compile") from None

        return tuple(read for _, read in read_items(value, place, self.expected, compile_item))


@dataclass(frozen=True, slots=True)
class Names:
    """A list of different names out of a closed set, at least one."""

    known: tuple[str, ...]
    what: str = "collector"

    @property
    def expected(self) -> str:
        """What an operator has to write, as the end of "must be ..."."""
        return f"a list of {self.what}s, at least one"

    def read(self, value: Tree, place: Place) -> tuple[str, ...]:
        """Return the names in the order in which they stand."""
        names: list[str] = []
        for there, name in read_items(value, place, self.expected, self._name):
            if name in names:
                there.refuse(f"the same {self.what} twice; remove it here")
            names.append(name)
        if value == []:
            raise Refusal(f"must be {self.expected}")
        return tuple(names)

    def _name(self, value: Tree, place: Place) -> str:
        name = Text(f"the name of a {self.what}").read(value, place)
        if name not in self.known:
            raise Refusal(f"unknown {self.what}; {suggestion(name, self.known)}")
        return name


@dataclass(frozen=True, slots=True)
class MapOf:
    """A map from names out of a closed set to values of one kind."""

    known: tuple[str, ...]
    what: str
    kind: Kind

    @property
    def expected(self) -> str:
        """What an operator has to write, as the end of "must be ..."."""
        return f"a map from {self.what}s to {self.kind.expected}"

    def read(self, value: Tree, place: Place) -> dict[str, Any]:
        """Return the map of what could be read."""
        if not isinstance(value, dict):
            raise Refusal(f"must be {self.expected}")
        result = {}
        for name, item in value.items():
            if name not in self.known:
                place.key(name).refuse(f"unknown {self.what}; {suggestion(name, self.known)}")
            for read in accepted(self.kind.read, item, place.key(name)):
                result[name] = read
        return result


def read_items(value: Tree, place: Place, expected: str, read: Callable[[Tree, Place], T]) -> Iterator[tuple[Place, T]]:
    """Yield the place and value of each element of a list that ``read`` accepts, the refused ones noted."""
    if not isinstance(value, list):
        raise Refusal(f"must be {expected}")
    for index, item in enumerate(value):
        for result in accepted(read, item, place.item(index)):
            yield place.item(index), result


def accepted(read: Callable[[Tree, Place], T], value: Tree, place: Place) -> Iterator[T]:
    """Yield what ``read`` makes of ``value``, or nothing: then its refusal has been noted at ``place``."""
    if value is REFUSED:
        return
    try:
        result = read(value, place)
    except Refusal as refusal:
        place.refuse(str(refusal))
    else:
        yield result
