"""Bytes to records, in constant memory at any number of users.

A whole-tenant answer may be hundreds of megabytes. So the list ``data`` is cut between elements as it arrives, and each
piece is decoded at once by msgspec into the collector's strict type. Where to cut is first guessed, by the first bytes
of an element as this answer writes them, and the parser proves the guess: an element cut through leaves something open
that the closing bracket does not close. If it refuses, an exact scan decides. A piece that does not fit the strict type
is read again with tolerance.
"""

import codecs
import re
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Final, Generic, TypeVar

import msgspec

from exporter.collectors.question import Odd, Reading
from exporter.errors import PollError, Reason
from exporter.mimecast.envelope import Envelope, accept, decode

R = TypeVar("R")

_LONGEST_ENVELOPE: Final = 1024**2
_LONGEST_ELEMENT: Final = 64 * 1024**2
_SCAN_AT: Final = 256 * 1024

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
# Possessive, because a long string that is not whole yet would be tried again from each of its escapes.
_STRING: Final = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_WHITE: Final = b" \t\r\n"
_WHITE_SPACE: Final = re.compile(rb"[ \t\r\n]+")
_TOKEN: Final = re.compile(_STRING + rb'|[{}\[\],:"]', re.DOTALL)
_ELEMENT_START: Final = re.compile(rb"[ \t\r\n]*(\{[ \t\r\n]*" + _STRING + rb")", re.DOTALL)
# Making a type's first decoder prepares the type, and if two threads do so at once the process crashes.
_ONE_DECODER_AT_A_TIME: Final = Lock()
_PLACE_OF_DATA: Final = b'"<the list that was streamed>"'


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """One page, read whole."""

    records: Sequence[R | Odd[R]]
    envelope: Envelope


class SupersededError(Exception, Generic[R]):
    """The answer had a second ``data``, and of equal keys the last counts: what was yielded before is void."""

    def __init__(self, page: Page[R]) -> None:
        super().__init__("a second data")
        self.page = page


def read_page(chunks: Iterable[bytes], reading: Reading[R]) -> Generator[Sequence[R | Odd[R]], None, Envelope]:
    """Yield the records of one answer in batches as its bytes arrive, and return its envelope.

    Nothing that was yielded counts before the envelope is returned: ``fail`` and ``meta`` may stand behind ``data``.
    Raises ``PollError`` (encoding, not_json, schema, too_large, or what the envelope reports), and
    :class:`SupersededError`.
    """
    text = _utf_8(chunks)
    head, rest = _find_data(text)
    elements = _Elements(reading, rest)
    for chunk in text:
        yield from elements.feed(chunk)
    yield from elements.finish()
    document = decode(head + _PLACE_OF_DATA + elements.tail)
    envelope = accept(document)
    if document["data"] != _PLACE_OF_DATA[1:-1].decode():
        raise SupersededError(Page(_read_tolerantly(document["data"], reading), envelope))
    return envelope


def _utf_8(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the chunks without a byte order mark; raise ``PollError`` (encoding) for what is not UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    start = b""
    try:
        for chunk in chunks:
            if not chunk.isascii() or decoder.getstate()[0]:
                decoder.decode(chunk)
            if len(start) < len(_BYTE_ORDER_MARK) + 1:
                start += chunk
                if len(start) <= len(_BYTE_ORDER_MARK):
                    continue
                yield _without_mark(start)
            else:
                yield chunk
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise PollError(Reason.ENCODING, "the answer is not UTF-8") from None
    if len(start) <= len(_BYTE_ORDER_MARK):
        yield _without_mark(start)


def _without_mark(start: bytes) -> bytes:
    if b"\0" in start[:4]:
        raise PollError(Reason.ENCODING, "the answer is UTF-16 or UTF-32")
    return start.removeprefix(_BYTE_ORDER_MARK)


def _find_data(text: Iterator[bytes]) -> tuple[bytes, bytes]:
    """Return what stands before the list ``data``, and what has arrived of its inside; raise if there is none."""
    arrived = b""
    scan_at = 0
    for chunk in text:
        arrived += chunk
        if len(arrived) >= scan_at and (start := _data_start(arrived)):
            return arrived[: start - 1], arrived[start:]
        scan_at = max(scan_at, len(arrived) + len(arrived) // 2)
        if len(arrived) > _LONGEST_ENVELOPE:
            raise PollError(Reason.TOO_LARGE, "the answer has too much before its data")
    if start := _data_start(arrived):
        return arrived[: start - 1], arrived[start:]
    accept(decode(arrived))
    raise PollError(Reason.SCHEMA, "data is no list")


def _data_start(text: bytes) -> int | None:
    """Return where the inside of the outermost list ``data`` starts, None if it has not arrived."""
    depth = 0
    key = previous = b""
    for match in _TOKEN.finditer(text):
        token = match.group()
        if token == b'"':
            return None
        if depth == 1 and token == b":":
            key = previous
        elif token in b"{[":
            if token == b"[" and depth == 1 and previous == b":" and _is_data(key):
                return match.end()
            depth += 1
        elif token in b"}]":
            depth -= 1
        previous = token
    return None


def _is_data(key: bytes) -> bool:
    return key == b'"data"' or (b"\\" in key and decode(key) == "data")


class _Elements(Generic[R]):
    """The inside of ``data`` as it arrives: decodes what is complete, keeps the rest."""

    def __init__(self, reading: Reading[R], arrived: bytes) -> None:
        self._reading = reading
        self._type: type[R] | None = None
        self._decoder: msgspec.json.Decoder[list[R]]
        self._buffer = bytearray(arrived.lstrip(_WHITE))
        self._start = b""
        self._continues = False
        self._ended = False
        self._guess_at = 0
        self._scan_at = _SCAN_AT

    @property
    def tail(self) -> bytes:
        """What stands behind the list, once it has ended."""
        return bytes(self._buffer)

    def feed(self, chunk: bytes) -> Iterator[Sequence[R | Odd[R]]]:
        """Yield what is complete with ``chunk``."""
        searched = len(self._buffer)
        # White space between elements may be longer than any element, and is not kept.
        self._buffer += chunk if searched else chunk.lstrip(_WHITE)
        if self._ended:
            if len(self._buffer) > _LONGEST_ENVELOPE:
                raise PollError(Reason.TOO_LARGE, "the answer has too much behind its data")
            return
        if batch := self._guess(searched):
            yield batch
        elif len(self._buffer) >= self._scan_at:
            yield from self._scan()
        if len(self._buffer) > _LONGEST_ELEMENT and not self._ended:
            raise PollError(Reason.TOO_LARGE, "an element of data is too large")

    def finish(self) -> Iterator[Sequence[R | Odd[R]]]:
        """Yield the last elements; raise ``PollError`` (not_json) if the list has not ended."""
        if not self._ended:
            yield from self._scan()
        if not self._ended:
            raise PollError(Reason.NOT_JSON, "the answer ends within its data")

    def _guess(self, searched: int) -> Sequence[R | Odd[R]] | None:
        """Cut before the last thing that looks like the first element, if the parser proves it; else return None."""
        if len(self._buffer) < self._guess_at:
            return None
        if not self._start:
            match = _ELEMENT_START.match(self._buffer)
            if match is None:
                self._guess_at = 2 * len(self._buffer)
                return None
            self._start = match.group(1)
        found = self._buffer.rfind(self._start, max(searched - len(self._start), 1))
        elements, comma, between = self._buffer[: max(found, 0)].rpartition(b",")
        if not comma or between.strip(_WHITE) or not elements.strip(_WHITE):
            return None
        try:
            batch = self._read(elements)
        except PollError:
            # A thing inside an element looks like one; trying again with each chunk would read the element each time.
            self._guess_at = 2 * len(self._buffer)
            return None
        self._keep_from(found)
        return batch

    def _scan(self) -> Iterator[Sequence[R | Odd[R]]]:
        """Cut where the structure says so: after the last complete element, or at the end of the list."""
        cut, self._ended = _last_boundary(self._buffer)
        if cut is None:
            self._scan_at = 2 * len(self._buffer)
            return
        elements = self._buffer[:cut]
        if elements.strip(_WHITE):
            yield self._read(elements)
        elif self._continues or not self._ended:
            raise PollError(Reason.NOT_JSON, "an element of data is missing")
        self._keep_from(cut + 1)

    def _keep_from(self, start: int) -> None:
        white = _WHITE_SPACE.match(self._buffer, start)
        del self._buffer[: white.end() if white else start]
        self._continues = True
        self._guess_at = 0
        self._scan_at = _SCAN_AT

    def _read(self, elements: bytearray) -> Sequence[R | Odd[R]]:
        """Return the records of some elements; raise ``PollError`` (not_json) if they are not whole."""
        text = b"[" + elements + b"]"
        try:
            return self._read_strictly(text)
        except (msgspec.DecodeError, RecursionError):
            return _read_tolerantly(decode(text), self._reading)

    def _read_strictly(self, text: bytes) -> Sequence[R | Odd[R]]:
        if self._type is not None:
            try:
                return self._decoder.decode(text)
            except msgspec.ValidationError:
                if self._reading.strict(text) is self._type:
                    raise
        self._type = self._reading.strict(text)
        with _ONE_DECODER_AT_A_TIME:
            self._decoder = msgspec.json.Decoder(list[self._type])  # type: ignore[name-defined]
        return self._decoder.decode(text)


def _last_boundary(text: bytearray) -> tuple[int | None, bool]:
    """Return where the last complete element ends, None if none is, and whether that is the end of the list."""
    depth = 0
    boundary = None
    for match in _TOKEN.finditer(text):
        token = match.group()
        if token == b'"':
            break
        if token in b"{[":
            depth += 1
        elif depth == 0 and token == b"]":
            return match.start(), True
        elif token in b"}]":
            depth -= 1
        elif depth == 0 and token == b",":
            boundary = match.start()
    return boundary, False


def _read_tolerantly(elements: object, reading: Reading[R]) -> Sequence[R | Odd[R]]:
    if not isinstance(elements, list):
        raise PollError(Reason.SCHEMA, "data is no list")
    return [reading.tolerant(element) for element in elements]
