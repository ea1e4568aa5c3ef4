"""Bytes of a client to the requests that our port reads out of them; whole and in pieces it must come to the same."""

from collections.abc import Sequence
from contextlib import suppress
from itertools import pairwise
from typing import TYPE_CHECKING, Final, cast

from plain_head import MOST_BYTES, Head, first_head

from exporter.web.connection import Connection
from exporter.web.negotiation import SHORTEST_BUDGET, accepts_gzip, choose_format, scrape_budget
from exporter.web.request import BadRequest, Request
from exporter.web_config.users import credentials

if TYPE_CHECKING:
    from socket import socket

WORDS: Final = (
    *(b"\r\n\r\n", b"\r\n", b"\n", b"\r", b" ", b"\t", b"\0", b"\xff", b": ", b"GET ", b"HEAD ", b"OPTIONS * "),
    *(b"/metrics", b"/probe?target=acme", b"http://here/", b" HTTP/1.1\r\n", b" HTTP/1.0\r\n", b"Host: here\r\n"),
    *(
        b"Content-Length: 0\r\n",
        b"Content-Length: 5\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"Expect: 100-continue\r\n",
    ),
    *(b"Connection: close\r\n", b"Connection: keep-alive\r\n", b"%zz", b"%ff", b"&collector=a", b";q=0", b"gzip"),
    *(b"A: " + b"b" * 9000 + b"\r\n", b"a:\r\n" * 101, b"/" * 8193, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
)
_STATUSES: Final = frozenset({400, 414, 431})
# What is received at once, so that a head that is too long is noticed no later than with so many bytes more.
_RECORD: Final = 16 * 1024
_REPEATED: Final = 80
_MOST_SINGLE_BYTES: Final = 120

Read = tuple[tuple[Request, ...], int]
"""The requests that were read, and the status of the refusal, 0 if there was none."""


class _Wire:
    """What a connection needs of a socket: the pieces that come, one at a time, and then nothing more."""

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self._pieces = iter(pieces)

    def getpeername(self) -> tuple[str, int]:
        return "127.0.0.1", 1

    def settimeout(self, seconds: float) -> None:
        """Never wait."""

    def setsockopt(self, *option: int) -> None:
        """Take any option."""

    def recv(self, most: int) -> bytes:
        piece = next(self._pieces, b"")
        assert len(piece) <= most
        return piece


def target(data: bytes) -> None:
    """Read what follows the first byte, whole and cut at places that this byte chooses; a high one repeats it."""
    stream = data[1:] * (_REPEATED if data[:1] > b"\xfc" else 1)
    requests, status = _read(_pieces(stream, ()))
    in_pieces, other_status = _read(_pieces(stream, _cuts(data[:1], len(stream))))
    assert requests == in_pieces
    assert first_head(stream) == (_head(requests[0]) if requests else None)
    # Of several things that are wrong, the one that is told is the first that has come.
    assert {status, other_status} == {0} or {status, other_status} <= _STATUSES
    for request in requests:
        _understand(request)


def _head(request: Request) -> Head:
    return request.method, request.path, request.query, dict(request.headers)


def _cuts(choice: bytes, length: int) -> Sequence[int]:
    """Return where to cut: each byte alone, or at places that look random."""
    number = int.from_bytes(choice, "big")
    if number % 4 == 0 and length < _MOST_SINGLE_BYTES:
        return range(length)
    return sorted({(number + 1) * 2654435761 * (each + 1) % (length + 1) for each in range(number % 16 + 1)})


def _pieces(stream: bytes, cuts: Sequence[int]) -> list[bytes]:
    places = sorted({0, *cuts, *range(0, len(stream), _RECORD), len(stream)})
    return [stream[start:end] for start, end in pairwise(places)]


def _read(pieces: Sequence[bytes]) -> Read:
    """Return what is read as the loop reads: each request as soon as it is whole, until one is the last."""
    connection = Connection(cast("socket", _Wire(pieces)), None)
    found: list[Request] = []
    waiting = 0
    try:
        for piece in pieces:
            assert connection.receive()
            waiting += len(piece)
            while request := connection.next_request():
                waiting = 0
                found.append(request)
                if not request.keep_alive:
                    return tuple(found), 0
            assert waiting <= MOST_BYTES + _RECORD, "a head without end is kept"
    except BadRequest as refused:
        return tuple(found), refused.status
    return tuple(found), 0


def _understand(request: Request) -> None:
    """Read what stands in the headers and the query, which is always something, or refused."""
    headers = request.headers
    choose_format(headers.get("accept"))
    accepts_gzip(headers.get("accept-encoding"))
    budget = scrape_budget(headers.get("x-prometheus-scrape-timeout-seconds"), 0.5, 30.0)
    assert SHORTEST_BUDGET <= budget <= 30.0
    credentials(headers.get("authorization"))
    assert request.path.isascii()
    assert request.path.isprintable()
    with suppress(BadRequest):
        request.query_values()
