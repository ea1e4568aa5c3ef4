"""Pieces of pages: whole lines, kept so that hundreds of tenants fit into memory.

What Prometheus asks for is gzip, and a page compresses to a tenth or less. So a long piece is kept deflated; its plain
bytes stay beside that, once somebody has asked for them, as long as there is room for them in the process.
"""

import zlib
from collections import deque
from collections.abc import Iterator
from threading import Lock
from typing import Final

from exporter.exposition.checksum import joined

_SHORT: Final = 4096
_ROOM: Final = 16 * 1024**2


class _Room:
    """Bytes that may be kept plain, over all pieces."""

    def __init__(self, size: int) -> None:
        self._free = size
        self._lock = Lock()
        self._returned: deque[int] = deque()

    def take(self, size: int) -> bool:
        """Take some of the room, False if there is not enough."""
        with self._lock:
            while self._returned:
                self._free += self._returned.popleft()
            fits = size <= self._free
            self._free -= size * fits
            return fits

    def give_back(self, size: int) -> None:
        """Give some back; this waits for no lock, because pieces end wherever they are forgotten."""
        self._returned.append(size)


_PLAIN: Final = _Room(_ROOM)


class Piece:
    """Some whole lines of a page, and the same deflated so that pieces can be put behind each other.

    ``length`` is that of the lines in bytes. With ``lasts`` False, for a page alone, they stay plain and
    are deflated only if that is asked for. Safe for threads.
    """

    __slots__ = ("_checksum", "_deflated", "_plain", "_room", "_stays_plain", "length")

    def __init__(self, plain: bytes, *, lasts: bool = True) -> None:
        self.length = len(plain)
        self._room = 0
        self._stays_plain = self.is_short or not lasts
        self._checksum = 0 if self._stays_plain else zlib.crc32(plain)
        self._plain: bytes | None = plain if self._stays_plain else None
        self._deflated: bytes | None = None if self._stays_plain else _deflate(plain)

    def __del__(self) -> None:
        if self._room:
            _PLAIN.give_back(self._room)

    @property
    def is_short(self) -> bool:
        """Whether it is so short that it is always kept plain."""
        return self.length <= _SHORT

    @property
    def plain(self) -> bytes:
        """The lines."""
        plain = self._plain
        if plain is None:
            plain = zlib.decompressobj(-zlib.MAX_WBITS).decompress(self.deflated)
            # Two threads may both come here: then one part of the room is lost for as long as the piece lives.
            if not self._room and _PLAIN.take(self.length):
                self._room, self._plain = self.length, plain
        return plain

    @property
    def deflated(self) -> bytes:
        """The lines as complete blocks of a deflate stream that refer to nothing before them."""
        if self._deflated is None:
            self._deflated = _deflate(self._plain or b"")
        return self._deflated

    def checksum_behind(self, before: int) -> int:
        """Return the CRC-32 of what has the checksum ``before``, with this piece behind it."""
        if self._stays_plain:
            return zlib.crc32(self.plain, before)
        return joined(before, self._checksum, self.length)


def _deflate(plain: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compressor.compress(plain) + compressor.flush(zlib.Z_FULL_FLUSH)


class Plain:
    """The plain bytes of some pieces, one after the other, each made when it is its turn."""

    def __init__(self, pieces: tuple[Piece, ...]) -> None:
        self._pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        return (piece.plain for piece in self._pieces)
