"""Changes a document of the vendor at random as the tree that it is, so that it stays JSON."""

import json
from collections.abc import Iterator, Sequence
from copy import deepcopy
from itertools import islice
from random import Random
from typing import Any, Final

from mutation import mutated

_MOST_SLOTS: Final = 400
_VALUES: Final[tuple[Any, ...]] = (
    *(None, True, False, "", 0, 1, -1, 2, 3, 17, 200, 2.0, 33.3, 1e300, -0.0, 2**53, 2**63, -(2**63), 10**30, [], {}),
    *("2026-10-01T07:00:00+0000", "2026-11-25T11:59:59Z", "2027-01-01T00:00:00", "0001-01-01T00:00:00+14:00"),
    *("9999-12-31T23:59:59-1200", "2026-12-31T23:59:60Z", "yesterday", "2026-10-01 07:00:00.123456789+05"),
    *("Passwords", "passwords", " Passwords ", "Test", "(other titles)", "(other campaigns)", "(untitled)"),
    *("a\tb", "\u2028", "\u202e", "\0", "\ud800", "\U0001f511", "\ufeff", "x" * 257, "\\", '"} 1\n', "A", "f", "SENT"),
    *("CORRECT", "clicked", "unknown", "1", "4", "option-1", "ann@example.com", [None], {"a": 1}, [[]]),
)
_STYLES: Final[tuple[dict[str, Any], ...]] = (
    {"separators": (",", ":")},
    {},
    {"indent": 1},
    {"separators": (",", ":"), "ensure_ascii": False},
)

Slot = tuple[Any, Any]
"""A list or an object, and a place or a key in it."""


def changed_document(data: bytes, words: Sequence[bytes], chance: Random) -> bytes:
    """Return an input of the target of answers with one answer changed; what is no JSON is changed byte by byte."""
    answers = data[2:].split(b"\0")
    chosen = chance.randrange(len(answers))
    try:
        tree = json.loads(answers[chosen])
    except (ValueError, RecursionError):
        return mutated(data, words, chance)
    if not isinstance(tree, dict | list):
        return mutated(data, words, chance)
    names = [word[1:-2].decode() for word in words if word.endswith(b'":')]
    for _ in range(1 + int(chance.expovariate(0.7))):
        slots = list(islice(_slots(tree), _MOST_SLOTS))
        if slots:
            _change(chance.choice(slots), slots, names, chance)
    answers[chosen] = json.dumps(tree, **chance.choice(_STYLES)).encode(errors="replace")
    options = bytes((data[0], chance.randrange(256))) if chance.random() < 0.5 else data[:2]
    return options + b"\0".join(answers)


def _slots(tree: Any) -> Iterator[Slot]:
    """Yield each place of a tree below its root."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict | list):
            keys = list(node) if isinstance(node, dict) else range(len(node))
            for key in keys:
                yield node, key
                waiting.append(node[key])


def _change(slot: Slot, slots: Sequence[Slot], names: Sequence[str], chance: Random) -> None:
    node, key = slot
    other, there = chance.choice(slots)
    copied, new = deepcopy(other[there]), deepcopy(chance.choice(_VALUES))
    match chance.randrange(6):
        case 0:
            del node[key]
        case 1:
            node[key] = copied
        case 2 if isinstance(node, list):
            node.insert(key, copied)
        case 3 if isinstance(node, dict):
            node[chance.choice(names)] = node.pop(key)
        case 4 if isinstance(node, dict):
            node[chance.choice(names)] = new
        case _:
            node[key] = new
