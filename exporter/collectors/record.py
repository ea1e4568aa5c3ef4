"""Typed records of the vendor's documents: declared once as strict types, from which the tolerant reading follows.

A record is a Struct whose fields are optional and of the types below, other records, or lists of them; a field is found
under its JSON name, ``field(name=...)``. What a record does not name, personal fields above all, is never kept.
"""

from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from typing import Annotated, Any, Final, TypeVar, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta, Struct

from exporter.collectors.question import RECORD, Odd, Question, Reading
from exporter.collectors.value import LARGEST_COUNT, Unreadable, read_count, read_moment, read_percent, read_text

R = TypeVar("R", bound=Struct)

Count = Annotated[int, Meta(ge=0, le=LARGEST_COUNT)]
"""How many; what is negative is not read."""

Percent = Annotated[float, Meta(ge=0, le=100)]

Moment = Annotated[datetime, Meta(tz=True)]

Counts = dict[str, Count | None]
"""How many, by a key of the vendor's."""

Texts = dict[str, str | None]
"""Texts, by a key of the vendor's."""

_READERS: Final[dict[Any, Callable[[object], Any]]] = {
    Count: read_count,
    Percent: read_percent,
    Moment: read_moment,
    str: read_text,
}


@dataclass(frozen=True, slots=True)
class _Field:
    """A field of a record: where its value is found, and what kind it is, without the None."""

    name: str
    json_name: str
    kind: Any


def reading(kind: type[R]) -> Reading[R]:
    """Return how elements of ``data`` become records of a kind."""
    return Reading(lambda _: kind, partial(_tolerant, kind))


def all_of(path: str, kind: type[R]) -> Generator[Question[Any, Any], Any, tuple[list[R], Counter[str]]]:
    """Ask for a short list; return its records, and how many values of each field could not be read."""

    def fold(records: Iterable[R | Odd[R]]) -> tuple[list[R], Counter[str]]:
        unreadable: Counter[str] = Counter()
        return list(readable(records, unreadable)), unreadable

    answer: tuple[list[R], Counter[str]] = yield Question(path, reading(kind), fold)
    return answer


def readable(records: Iterable[R | Odd[R]], unreadable: Counter[str]) -> Iterator[R]:
    """Yield what could be read of each record, and count in ``unreadable`` what could not."""
    for record in records:
        if not isinstance(record, Odd):
            yield record
            continue
        unreadable.update(record.unreadable)
        if record.record is not None:
            yield record.record


def fields_of(*kinds: type[Struct]) -> tuple[str, ...]:
    """Return the fields of which a value may be unreadable, those of inner records too, each once."""
    return tuple(dict.fromkeys([RECORD, *(name for kind in kinds for name in _names(kind))]))


def _names(kind: type[Struct]) -> Iterator[str]:
    for item in _fields(kind):
        yield item.json_name
        inner = _inner(item.kind)
        if inner is not None:
            yield from _names(inner)


@cache
def _fields(kind: type[Struct]) -> tuple[_Field, ...]:
    hints = get_type_hints(kind, include_extras=True)
    return tuple(
        _Field(info.name, info.encode_name, next(part for part in get_args(hints[info.name]) if part is not type(None)))
        for info in msgspec.structs.fields(kind)
    )


def _inner(kind: Any) -> type[Struct] | None:
    """Return the kind of the records inside a field, None if it holds none."""
    inner = get_args(kind)[0] if get_origin(kind) is list else kind
    return inner if isinstance(inner, type) and issubclass(inner, Struct) else None


def _tolerant(kind: type[R], element: object) -> R | Odd[R]:
    if not isinstance(element, dict):
        return Odd(None, (RECORD,))
    unreadable: list[str] = []
    record = _record(kind, element, unreadable)
    return Odd(record, tuple(unreadable)) if unreadable else record


def _record(kind: type[R], document: dict[str, Any], unreadable: list[str]) -> R:
    return kind(**{item.name: _value(item, document.get(item.json_name), unreadable) for item in _fields(kind)})


def _value(item: _Field, value: Any, unreadable: list[str]) -> Any:
    """Return a field's value, None for what is unknown or cannot be read, which is noted; only a text may be empty."""
    if value is None or (value == "" and item.kind is not str):
        return None
    inner = _inner(item.kind)
    if isinstance(value, dict) and inner is not None and inner is item.kind:
        return _record(inner, value, unreadable)
    if isinstance(value, list) and inner is not None and inner is not item.kind:
        return list(_records(inner, value, unreadable))
    if isinstance(value, dict) and get_origin(item.kind) is dict:
        count = get_args(get_args(item.kind)[1])[0]
        return {key: _value(_Field(key, item.json_name, count), one, unreadable) for key, one in value.items()}
    try:
        return _READERS.get(item.kind, _refuse)(value)
    except Unreadable:
        unreadable.append(item.json_name)
        return None


def _records(kind: type[R], documents: list[Any], unreadable: list[str]) -> Iterator[R]:
    for document in documents:
        if isinstance(document, dict):
            yield _record(kind, document, unreadable)
        else:
            unreadable.append(RECORD)


def _refuse(_: object) -> None:
    raise Unreadable
