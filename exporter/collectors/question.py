"""What a collector is made of: questions to the vendor, records, and the pure fold from records to samples.

A collector is a noun: nothing in it does I/O, waits, or knows a tenant. Its ``ask`` is a generator that yields
questions and is sent what their folds made of the records; it returns an :class:`Outcome`. Everything that signs,
waits, retries and pages stands once in :mod:`exporter.mimecast`.
"""

from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Generic, TypeAlias, TypeVar

from exporter.config.settings import Settings
from exporter.errors import PollError, Reason
from exporter.model import Metric, Sample, Snapshot

R = TypeVar("R")
T = TypeVar("T")

RECORD: Final = "record"
USER: Final = "user"
LEFT_OUT: Final = (RECORD, USER)
"""The fields by which is counted what is left out as a whole."""

_MOST_LEFT_OUT: Final = 0.2


@dataclass(frozen=True, slots=True)
class Odd(Generic[R]):
    """An element of ``data`` that was read with tolerance.

    ``record`` is what could be read of it, None if the whole was left out; ``unreadable`` names a field for each value
    that could not be read.
    """

    record: R | None
    unreadable: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reading(Generic[R]):
    """How the elements of ``data`` become records.

    ``strict`` gives the type into which batches are decoded at full speed; it is shown the first bytes of ``data``,
    because the vendor spells some fields in two ways. ``tolerant`` reads one element, as Python's json gives it, of a
    batch that the strict type refuses. Both read what both can read into equal records.
    """

    strict: Callable[[bytes], type[R]]
    tolerant: Callable[[object], R | Odd[R]]


@dataclass(frozen=True, slots=True)
class Question(Generic[R, T]):
    """One thing to ask: a path, the element of ``data`` that goes into the request, and the fold of the answer.

    ``fold`` is called with the records as they stream in, over all pages; it may be called again from the start, so it
    keeps nothing outside. ``paged`` says that the vendor's endpoint documents pages. ``may_be_gone`` says that what is
    asked for may have been deleted since another question told of it: then the answer is None, and no failure.
    """

    path: str
    reading: Reading[R]
    fold: Callable[[Iterable[R | Odd[R]]], T]
    item: Mapping[str, object] | None = None
    paged: bool = False
    may_be_gone: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a collector makes of all answers: its samples, the records read, and by field the values unreadable.

    ``asides`` are records that only told what to ask for; they are not told of, but what was left out of them is.
    """

    samples: Iterable[Sample]
    records: int
    unreadable: Mapping[str, int] = field(default_factory=dict)
    asides: int = 0


def check_left_out(records: int, unreadable: Mapping[str, int]) -> None:
    """Raise ``PollError`` (schema) if of records, and users that are no object, over 20 % were left out."""
    left_out = sum(unreadable.get(name, 0) for name in LEFT_OUT)
    if left_out > _MOST_LEFT_OUT * (records + left_out):
        raise PollError(Reason.SCHEMA, f"{left_out} of {records + left_out} records could not be read")


Asking: TypeAlias = Generator[Question[Any, Any], Any, Outcome]


@dataclass(frozen=True, slots=True)
class Collector:
    """A subject: its name, its metrics (declared once, for pages, documents, dashboards and tests), its questions.

    ``fields`` are those of the label ``field`` of ``mimecast_collector_unreadable``; each has a series, 0 included.
    ``ask`` gets the tenant's settings and the moment of the poll (aware, UTC). ``signed_only`` says that API 2.0 does
    not offer it.
    """

    name: str
    metrics: tuple[Metric, ...]
    fields: tuple[str, ...]
    ask: Callable[[Settings, datetime], Asking]
    signed_only: bool = False

    def snapshot(self, outcome: Outcome) -> Snapshot:
        """Return the outcome as a snapshot; raise ``PollError`` (schema) if over 20 % of the records were left out."""
        check_left_out(outcome.records + outcome.asides, outcome.unreadable)
        unreadable = {name: outcome.unreadable.get(name, 0) for name in self.fields}
        snapshot = Snapshot(tuple(outcome.samples), outcome.records, unreadable)
        snapshot.check_declared(self.metrics)
        return snapshot
