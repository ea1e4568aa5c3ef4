"""Families to pages: a family must not be split, so those of several tenants are joined below one header.

Sources: RFC 1951 and 1952 for gzip; a page is one member, for readers that know of no second one.
"""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache, reduce
from itertools import groupby
from operator import attrgetter
from typing import Final

from exporter.exposition.form import END_OF_OPENMETRICS, Format
from exporter.exposition.piece import Piece, Plain

_GZIP_HEADER: Final = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_LAST_DEFLATE_BLOCK: Final = b"\x03\x00"


@dataclass(frozen=True, slots=True)
class Family:
    """The series of one metric of one tenant; ``header`` are its HELP and TYPE lines, by which families are joined."""

    header: bytes
    series: Piece


@dataclass(frozen=True, slots=True)
class Page:
    """One page, ready to send: ``parts`` behind each other are its body, of ``length`` bytes.

    The parts are not joined: however many pages are on their way, there is one copy of what they show, or in a plain
    page of more than is kept plain, one copy of the part that each of them is at.
    """

    form: Format
    parts: Iterable[bytes]
    length: int
    gzip: bool


class Joined:
    """Families put together, in the order in which their headers first occur; equal headers are one.

    Its pages are made when they are first asked for. Safe for threads.
    """

    def __init__(self, families: Iterable[Family], form: Format) -> None:
        self._form = form
        self._pieces = _joined(families)
        self._front: Joined | None = None

    def with_text(self, text: bytes) -> "Joined":
        """Return this with other families behind it, whole and with headers that it does not have."""
        longer = Joined((), self._form)
        longer._pieces = (*self._pieces, Piece(text, lasts=False))
        longer._front = self
        return longer

    def page(self, *, gzip: bool) -> Page:
        """Return the whole as a page."""
        return self._packed if gzip else self._plain

    @cached_property
    def _checksum(self) -> int:
        front = self._front
        # What is in front may be kept, and know its own.
        before, behind = (front._checksum, self._pieces[-1:]) if front else (0, self._pieces)  # noqa: SLF001
        return reduce(_checksum_behind, behind, before)

    @cached_property
    def _plain(self) -> Page:
        pieces = self._pieces + self._end
        return Page(self._form, Plain(pieces), sum(piece.length for piece in pieces), gzip=False)

    @cached_property
    def _packed(self) -> Page:
        pieces = self._pieces + self._end
        checksum = reduce(_checksum_behind, self._end, self._checksum)
        length = sum(piece.length for piece in pieces)
        trailer = struct.pack("<II", checksum, length & 0xFFFFFFFF)
        parts = (_GZIP_HEADER, *(piece.deflated for piece in pieces), _LAST_DEFLATE_BLOCK, trailer)
        return Page(self._form, parts, sum(map(len, parts)), gzip=True)

    @property
    def _end(self) -> tuple[Piece, ...]:
        return (_fixed_piece(END_OF_OPENMETRICS),) if self._form is Format.OPENMETRICS else ()


def _joined(families: Iterable[Family]) -> tuple[Piece, ...]:
    by_header: dict[bytes, list[Piece]] = {}
    for family in families:
        by_header.setdefault(family.header, []).append(family.series)
    pieces = (piece for header, series in by_header.items() for piece in (_fixed_piece(header), *series))
    return tuple(_merged(pieces))


def _merged(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Yield the long pieces as they are, and the short ones between them as one: each part of a page costs a send."""
    for is_short, group in groupby(pieces, key=attrgetter("is_short")):
        if is_short:
            yield Piece(b"".join(piece.plain for piece in group))
        else:
            yield from group


def _checksum_behind(before: int, piece: Piece) -> int:
    return piece.checksum_behind(before)


@lru_cache(maxsize=1024)
def _fixed_piece(text: bytes) -> Piece:
    return Piece(text)
