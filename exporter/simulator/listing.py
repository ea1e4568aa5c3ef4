"""What an endpoint finds: rows, how one is written, and where the answer nests them."""

import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from exporter.simulator.answer import Answer, nested_failure

R = TypeVar("R")

# Recorded by an operator: an id that is none gets a 400 without a body.
NO_SUCH_ID = Answer(400)
# Invented: nobody has published what happens to an unknown value.
NO_SUCH_FILTER = nested_failure(400, "err_validation_invalid_value", "filterBy has an unknown value")


@dataclass(frozen=True, slots=True)
class Listing:
    """Rows of any kind, `write` to make JSON of one, and the field of `data[0]` that has them; empty: `data` itself."""

    rows: Sequence[Any]
    write: Callable[[Any], bytes]
    field: str = ""

    def data(self, start: int, end: int) -> bytes:
        """Return `data` with some of the rows, as JSON."""
        rows = b"[" + b",".join(map(self.write, self.rows[start:end])) + b"]"
        return b'[{"%b":%b}]' % (self.field.encode(), rows) if self.field else rows


def listing(rows: Sequence[R], make: Callable[[R], object], field: str = "") -> Listing:
    """Return rows of which each is made into what JSON can hold."""
    return Listing(rows, lambda row: compact(make(row)), field)


def single(row: object) -> Listing:
    """Return the one object that a summary is."""
    return listing([row], lambda same: same)


def compact(value: object) -> bytes:
    """Return a value as JSON without white space."""
    return json.dumps(value, separators=(",", ":")).encode()


class Shelf:
    """The latest listings, so that the pages of one are found only once."""

    def __init__(self, size: int = 12) -> None:
        self._size = size
        self._lock = threading.RLock()
        self._kept: OrderedDict[tuple[str, int], Listing | Answer] = OrderedDict()

    def get(self, subject: str, now: int, find: Callable[[], Listing | Answer]) -> Listing | Answer:
        """Return the listing of a subject at a moment, found now if it is not there."""
        key = (subject, now)
        with self._lock:
            if key not in self._kept:
                self._kept[key] = find()
            self._kept.move_to_end(key)
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
            return self._kept[key]

    def clear(self) -> None:
        """Forget all listings."""
        with self._lock:
            self._kept.clear()
