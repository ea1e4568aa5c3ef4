"""YAML text to a plain tree; the only place that imports ``yaml``.

The tree is built from the parser's events, so nothing that YAML can construct, refer to or merge ever exists: tags,
anchors, aliases, merge keys, a key twice and several documents are refused. What YAML 1.1 and 1.2 read differently
(``NO``, ``0123``, ``1e3``, ``12:30:45``, dates) becomes :class:`Ambiguous` instead of a guess. Messages give line and
column, never a snippet, which could show a secret.
"""

import re
from collections.abc import Iterator
from typing import Any

import yaml

from exporter.config.place import Place
from exporter.errors import ConfigurationError

try:
    from yaml import CSafeLoader as _Parser
except ImportError:  # PyYAML without libyaml: the same events, ten times slower
    from yaml import SafeLoader as _Parser  # type: ignore[assignment]

MAX_SIZE = 1024**2
_MAX_DEPTH = 20

_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_NULL = re.compile(r"~|null|Null|NULL|")
_BOOLEAN = re.compile(r"true|True|TRUE|false|False|FALSE")
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})\.[0-9]{1,18}")
_AMBIGUOUS = re.compile(
    r"(?i:y|n|yes|no|on|off)"
    r"|[-+]?[0-9][0-9_]*"  # octal, underscores, endless
    r"|[-+]?0[box][0-9a-fA-F_]+"
    r"|[-+]?(?:[0-9][0-9_]*\.?|\.[0-9])[0-9_]*(?:[eE][-+]?[0-9]+)?"
    r"|[-+]?\.(?i:inf|nan)"
    r"|[-+]?[0-9][0-9_]*(?::[0-9]{1,2})+(?:\.[0-9_]*)?"
    r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:(?:[Tt]|[ \t]+)[0-9].*)?"
)


class Ambiguous:
    """A scalar without quotes that YAML 1.1 and 1.2 read differently, or as a date or time."""


class Refused:
    """A value that has been refused already, so that nobody complains of it again."""


AMBIGUOUS = Ambiguous()
REFUSED = Refused()

Tree = str | int | float | bool | Ambiguous | Refused | list["Tree"] | dict[str, "Tree"] | None


def read_document(text: str, root: Place) -> Tree:
    """Return the tree of ``text``, what has no place in it noted; raise ``ConfigurationError`` if it cannot be read."""
    text = text.removeprefix("\ufeff")
    if len(text) > MAX_SIZE:
        raise _hopeless(root, "larger than 1 MiB; no configuration is, name the right file")
    if unprintable := _UNPRINTABLE.search(text):
        line = text.count("\n", 0, unprintable.start()) + 1
        raise _hopeless(root, f"a character that YAML does not allow in line {line}; remove it")
    try:
        return _Builder(yaml.parse(text, Loader=_Parser), root).document()
    except yaml.MarkedYAMLError as error:
        where = _where(error.problem_mark or error.context_mark)
        if "nesting" in (error.problem or ""):  # libyaml reads ahead, so it may come upon the depth first
            raise _hopeless(root, _too_deep(where)) from None
    except (yaml.YAMLError, ValueError, OverflowError):
        where = ""
    raise _hopeless(root, f"no valid YAML{where}; look for a wrong indentation or a missing quote there or just before")


def _where(mark: Any) -> str:  # libyaml has a mark of its own
    return f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""


def _too_deep(where: str) -> str:
    return f"nested deeper than {_MAX_DEPTH} levels{where}; no configuration is, look for brackets that are not closed"


def _hopeless(root: Place, message: str) -> ConfigurationError:
    root.refuse(message)
    return ConfigurationError(root.problems)


class _Builder:
    """Builds the tree of one document from the parser's events."""

    def __init__(self, events: Iterator[yaml.Event], root: Place) -> None:
        self._events = events
        self._root = root
        self._told: set[str] = set()

    def document(self) -> Tree:
        next(self._events)  # the stream begins
        if not isinstance(next(self._events), yaml.DocumentStartEvent):
            return None
        tree = self._node(next(self._events), self._root, 0)
        next(self._events)  # the document ends
        if isinstance(following := next(self._events), yaml.DocumentStartEvent):
            self._root.refuse(f"a second document begins in line {_line(following)}; make one document of them")
        return tree

    def _node(self, event: yaml.Event, place: Place, depth: int) -> Tree:
        if depth > _MAX_DEPTH:
            raise _hopeless(self._root, _too_deep(_where(event.start_mark)))
        refused = self._refuses(event, place)
        tree: Tree
        match event:
            case yaml.MappingStartEvent():
                tree = self._map(place, depth)
            case yaml.SequenceStartEvent():
                tree = self._list(place, depth)
            case yaml.ScalarEvent():
                tree = _resolve(event.value) if event.implicit[0] else event.value
            case _:
                tree = None
        return REFUSED if refused else tree

    def _refuses(self, event: yaml.Event, place: Place) -> bool:
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            # Told once: a bomb is made of many.
            self._refuse_once(
                "anchors and aliases (& and *) are not allowed, write the value itself, in quotes if it begins so",
                event,
                place,
            )
            return True
        if getattr(event, "tag", None) is not None:
            self._refuse_once("tags (!) are not allowed, put text that begins so in quotes", event, place)
            return True
        return False

    def _refuse_once(self, message: str, event: yaml.Event, place: Place) -> None:
        if message not in self._told:
            self._told.add(message)
            place.refuse(f"{message}; the first is in line {_line(event)}")

    def _list(self, place: Place, depth: int) -> list[Tree]:
        items: list[Tree] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._node(event, place.item(len(items)), depth + 1))
        return items

    def _map(self, place: Place, depth: int) -> dict[str, Tree]:
        tree: dict[str, Tree] = {}
        lines: dict[str, int] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._key(event, place, depth)
            there = place.key(key)
            value = self._node(next(self._events), there, depth + 1)
            if key in lines:
                there.refuse(f"given twice, in lines {lines[key]} and {_line(event)}; keep one of them")
            elif key == "<<":
                place.refuse(f"merge keys (<<) are not allowed, as in line {_line(event)}; write out what is merged")
            else:
                tree[key] = value
            lines.setdefault(key, _line(event))
        return tree

    def _key(self, event: yaml.Event, place: Place, depth: int) -> str:
        """Return the text of a key as it is written: every known key is plain text, so nothing is resolved."""
        if isinstance(event, yaml.ScalarEvent):
            self._refuses(event, place)
            return str(event.value)
        place.refuse(f"a key that is a list or a map in line {_line(event)}; a key is text")
        self._node(event, place, depth + 1)
        return f"<line {_line(event)}>"


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 0


def _resolve(text: str) -> Tree:
    """Return what a scalar without quotes means, if both versions of YAML agree on it."""
    if _NULL.fullmatch(text):
        return None
    if _BOOLEAN.fullmatch(text):
        return text.lower() == "true"
    if _INTEGER.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        return float(text)
    return AMBIGUOUS if _AMBIGUOUS.fullmatch(text) else text
