"""What is sent back, as a value, and its head as bytes.

A body is parts that are sent as they are: many answers share the bytes of one page.
Nothing that a client sent is ever part of an answer.
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus

Headers = tuple[tuple[str, str], ...]

_OWN_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self' 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
}
_PHRASES = {status.value: status.phrase for status in HTTPStatus}


@dataclass(frozen=True, slots=True)
class Response:
    """An answer; raises ``ValueError`` for a header that would break out of its line.

    ``length`` is that of the body in bytes; without it, the parts are counted. ``Content-Length``, ``Date``,
    ``Connection`` and the headers of every answer are added when it is sent.
    """

    status: int
    headers: Headers = ()
    body: Iterable[bytes] = ()
    length: int | None = None

    def __post_init__(self) -> None:
        check_headers(self.headers)

    def head(self, own: bytes, connection: str | None = None) -> bytes:
        """Return the head as bytes: with ``own``, made by :func:`own_headers`, and ``connection`` as that header."""
        headers = [f"HTTP/1.1 {self.status} {_PHRASES[self.status]}"]
        headers += [f"{name}: {value}" for name, value in self.headers]
        length = sum(map(len, self.body)) if self.length is None else self.length
        headers += [f"Content-Length: {length}", f"Date: {_date(int(time.time()))}"]
        if connection:
            headers.append(f"Connection: {connection}")
        return "\r\n".join(headers).encode("ascii") + own


@lru_cache(maxsize=64)
def check_headers(headers: Headers) -> None:
    """Raise ``ValueError`` if a header is not printable ASCII."""
    for name, value in headers:
        if not (value.isascii() and value.isprintable() and name.replace("-", "").isalnum() and name.isascii()):
            raise ValueError("a header of an answer is not printable ASCII")


def own_headers(configured: Mapping[str, str]) -> bytes:
    """Return the headers of every answer, ``configured`` in front of ours, as the end of a head."""
    headers = {**_OWN_HEADERS, **configured}
    check_headers(tuple(headers.items()))
    return "".join(f"\r\n{name}: {value}" for name, value in headers.items()).encode("ascii") + b"\r\n\r\n"


def plain_text(status: int, text: str, *headers: tuple[str, str]) -> Response:
    """Return a short answer in plain text."""
    return Response(status, (("Content-Type", "text/plain; charset=utf-8"), *headers), (f"{text}\n".encode(),))


@lru_cache(maxsize=1)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)
