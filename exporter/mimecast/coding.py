"""Content codings: gzip, decoded piece by piece, with the decoded size counted.

urllib3 decodes too, but takes a stream that is cut within its last block for a whole one.
"""

import zlib
from collections.abc import Iterator, Sequence
from typing import Final

from exporter.errors import PollError, Reason

_GZIP: Final = 16 + zlib.MAX_WBITS
_PIECE: Final = 64 * 1024
_MOST_CODINGS: Final = 4


def decoded(body: Iterator[bytes], codings: Sequence[str], most: int) -> Iterator[bytes]:
    """Yield a body without its codings, in the order of ``Content-Encoding``, in pieces of at most 64 KiB.

    Raises ``PollError``: too_large beyond ``most`` bytes, before or after decoding; encoding for a coding that is
    unknown, corrupt or cut.
    """
    body = _counted(body, most)
    applied = [coding for coding in codings if coding != "identity"]
    if len(applied) > _MOST_CODINGS or not {"gzip", "x-gzip"}.issuperset(applied):
        raise PollError(Reason.ENCODING, "the answer has a content coding that was not asked for")
    for _ in applied:
        body = _counted(_inflated(body), most)
    yield from body


def _counted(body: Iterator[bytes], most: int) -> Iterator[bytes]:
    size = 0
    for piece in body:
        size += len(piece)
        if size > most:
            raise PollError(Reason.TOO_LARGE, f"the answer is larger than {most} bytes")
        yield piece


def _inflated(body: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the content of one or more gzip members."""
    member = None
    for piece in body:
        rest, content = piece, b""
        while rest or len(content) == _PIECE:
            if member is None or (member.eof and rest):
                member = zlib.decompressobj(_GZIP)
            try:
                content = member.decompress(rest, _PIECE)
            except zlib.error:
                raise PollError(Reason.ENCODING, "the answer is no gzip stream") from None
            rest = member.unconsumed_tail or member.unused_data
            if content:
                yield content
    if member is not None and not member.eof:
        raise PollError(Reason.ENCODING, "the gzip stream of the answer is cut")
