"""Readings that keep elements as they are, and what a document should come to: the tests of the stream share them."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any, Final

import pytest

from exporter.collectors.question import Reading
from exporter.errors import PollError, Reason
from exporter.mimecast import stream
from exporter.mimecast.envelope import Envelope, accept, decode
from exporter.mimecast.stream import SupersededError, read_page


class Nothing:
    """A type that no element fits, so that everything is read with tolerance."""


STRICT: Final[Reading[Any]] = Reading(strict=lambda _: Any, tolerant=lambda element: element)
TOLERANT: Final[Reading[Any]] = Reading(strict=lambda _: Nothing, tolerant=lambda element: element)
READINGS: Final = {"strict": STRICT, "tolerant": TOLERANT}


def pieces(text: bytes, cuts: Iterable[int]) -> list[bytes]:
    """Cut a text at any places."""
    places = [0, *sorted(cut % (len(text) + 1) for cut in cuts), len(text)]
    return [text[start:end] for start, end in pairwise(places)]


def read(chunks: Iterable[bytes], reading: Reading[Any] = STRICT) -> tuple[list[Any], Envelope]:
    """Return all that is read of an answer; a second ``data`` replaces what was yielded before."""
    reader = read_page(chunks, reading)
    records: list[Any] = []
    try:
        while True:
            batch = next(reader)
            assert batch
            records.extend(batch)
    except StopIteration as end:
        return records, end.value
    except SupersededError as superseded:
        return list(superseded.page.records), superseded.page.envelope


def outcome(chunks: Iterable[bytes], reading: Reading[Any] = STRICT) -> object:
    """Return what is read of an answer, or the reason for which nothing is."""
    try:
        return read(chunks, reading)
    except PollError as error:
        return error.reason


def due(text: bytes) -> object:
    """Return what should be read of an answer: json reads it whole."""
    try:
        text.decode()
    except UnicodeDecodeError:
        return Reason.ENCODING
    try:
        document = decode(text.removeprefix(b"\xef\xbb\xbf"))
        envelope = accept(document)
    except PollError as error:
        return error.reason
    data = document.get("data")
    return (data, envelope) if isinstance(data, list) else Reason.SCHEMA


@contextmanager
def scanning_at(size: int) -> Iterator[None]:
    """Let the exact scan start with so few bytes, so that small documents show what large ones do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stream, "_SCAN_AT", size)
        yield


def envelope(data: object, **more: object) -> bytes:
    """Return a good answer with some data."""
    return json.dumps({"meta": {"status": 200}, "data": data, "fail": [], **more}).encode()
