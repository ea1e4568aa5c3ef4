"""From the bytes of a request's head to a :class:`Request`, strictly by RFC 9112.

What two readers could understand in two ways is refused, never repaired. Nothing here reads a socket or knows a route.
A message of an error never quotes what the client sent.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import parse_qsl

MAX_HEAD = 32 * 1024
MAX_TARGET = 8 * 1024
MAX_HEADERS = 100
_MAX_QUERY_FIELDS = 200
_LONGEST_VERSION = len(" HTTP/1.1")

_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
# A fragment is never sent; brackets are no part of a URI, but `?name[]=x` is sent by other exporters' scrapers.
_REQUEST_LINE = re.compile(rb"(" + _TOKEN + rb") ([\x21\x22\x24-\x7e]+) HTTP/1\.([0-9])")
# Names end at the colon at once: white space before it has been used for smuggling. Values may hold obs-text.
_FIELD = re.compile(rb"(" + _TOKEN + rb"):([\t\x20-\x7e\x80-\xff]*)")
_BARE_LF = re.compile(rb"(?<!\r)\n")
_START = re.compile(rb"(?:\r\n)?[!#$%&'*+.^_`|~0-9A-Za-z-]|\r\n?\Z")
_ABSOLUTE = re.compile(r"https?://[^/?]+(.*)", re.IGNORECASE)
_DIGITS = re.compile(r"[0-9]+")
_ONCE = frozenset({"host", "content-length"})


class BadRequest(Exception):  # noqa: N818  the field's word for it
    """The bytes are no request that is answered; ``status`` and ``message`` are what the client is told."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass(frozen=True, slots=True)
class Request:
    """The head of a request.

    ``path`` and ``query`` are as sent, nothing decoded; names in ``headers`` are lower-case, values of a header that
    came more than once are joined by ``", "``. ``has_body`` means that a body was announced: it is never read, so
    the connection ends with the answer, and ``keep_alive`` is False.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str] = field(repr=False)
    keep_alive: bool
    http_1_0: bool = False
    has_body: bool = False

    def query_values(self) -> dict[str, list[str]]:
        """Return the decoded values of each name in the query, in order; raises :class:`BadRequest`."""
        values: dict[str, list[str]] = {}
        for name, value in _query_fields(self.query):
            values.setdefault(name, []).append(value)
        return values


@lru_cache(maxsize=64)  # a scraper asks the same each time
def _query_fields(query: str) -> tuple[tuple[str, str], ...]:
    try:
        return tuple(parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=_MAX_QUERY_FIELDS))
    except ValueError:
        raise BadRequest(400, "the query cannot be read") from None


def head_length(data: bytes | bytearray, checked: int = 0) -> int:
    """Return how many bytes at the start of ``data`` are a whole head, 0 if its end has not come yet.

    For the first ``checked`` bytes it returned 0 before: they are not looked at again, however slowly the others come.
    Raises :class:`BadRequest` as soon as what has come can no longer become a good head.
    """
    end = data.find(b"\r\n\r\n", max(_first_line(data), checked - 3))
    if (end if end >= 0 else len(data)) > MAX_HEAD:
        raise _too_large(data)
    if end >= 0:
        return end + 4
    _check_beginning(data, checked)
    return 0


def parse_head(head: bytes) -> Request:
    """Return the request of a whole head, up to and including its empty line; raises :class:`BadRequest`."""
    request_line, *fields = head[_first_line(head) :].removesuffix(b"\r\n\r\n").split(b"\r\n")
    method, target, http_1_0 = _parse_request_line(request_line)
    headers = _parse_fields(fields)
    if "host" not in headers and not http_1_0:
        raise BadRequest(400, "the Host header is missing")
    has_body = _announces_body(headers)
    path, _, query = _origin_form(method, target).partition("?")
    return Request(
        method, path, query, headers, not has_body and _wants_keep_alive(headers, http_1_0=http_1_0), http_1_0, has_body
    )


def _first_line(data: bytes | bytearray) -> int:
    """Return where the request line starts: RFC 9112 (2.2) asks to overlook an empty line before it."""
    return 2 if data.startswith(b"\r\n") else 0


def _too_large(data: bytes | bytearray) -> BadRequest:
    if data.find(b"\r\n", _first_line(data), MAX_TARGET) < 0:
        return BadRequest(414, "the request target is too long")
    return BadRequest(431, "the head of the request is too large")


def _check_beginning(data: bytes | bytearray, checked: int) -> None:
    if data and not _START.match(data):
        raise BadRequest(400, "this is no HTTP request")
    if _BARE_LF.search(data, checked):
        raise BadRequest(400, "a line ends in a bare line feed")
    start = _first_line(data)
    end = data.find(b"\r\n", start)
    if end >= 0:
        if end + 2 > checked:
            _parse_request_line(bytes(data[start:end]))
    elif len(data) > MAX_HEAD // 2:
        raise _too_large(data)


def _parse_request_line(line: bytes) -> tuple[str, str, bool]:
    match = _REQUEST_LINE.fullmatch(line)
    if match is None:
        raise BadRequest(400, "the request line cannot be read")
    method, target, minor = match.groups()
    if len(target) > MAX_TARGET:
        raise BadRequest(414, "the request target is too long")
    return method.decode("ascii"), target.decode("ascii"), minor == b"0"


def _parse_fields(lines: list[bytes]) -> dict[str, str]:
    if len(lines) > MAX_HEADERS:
        raise BadRequest(431, "there are too many headers")
    headers: dict[str, str] = {}
    for line in lines:
        match = _FIELD.fullmatch(line)
        if match is None:
            raise BadRequest(400, "a header cannot be read")
        name, value = match[1].decode("ascii").lower(), match[2].strip(b" \t").decode("latin-1")
        if name not in headers:
            headers[name] = value
        elif name in _ONCE:
            raise BadRequest(400, "a header that may come once came twice")
        else:
            headers[name] += f", {value}"
    return headers


def _announces_body(headers: Mapping[str, str]) -> bool:
    length = headers.get("content-length")
    if length is None:
        return "transfer-encoding" in headers
    if "transfer-encoding" in headers or not _DIGITS.fullmatch(length):
        raise BadRequest(400, "the length of the body is unclear")
    return bool(length.strip("0"))


def _wants_keep_alive(headers: Mapping[str, str], *, http_1_0: bool) -> bool:
    connection = headers.get("connection")
    if connection is None:
        return not http_1_0
    options = {option.strip().lower() for option in connection.split(",")}
    return "close" not in options and (not http_1_0 or "keep-alive" in options)


def _origin_form(method: str, target: str) -> str:
    """Return path and query of a target; RFC 9112 (3.2.2) has servers accept the form that proxies are sent."""
    if target.startswith("/") or method == "CONNECT" or (method == "OPTIONS" and target == "*"):
        return target
    match = _ABSOLUTE.fullmatch(target)
    if match is None:
        raise BadRequest(400, "the request target is no path")
    return match[1] if match[1].startswith("/") else "/" + match[1]
