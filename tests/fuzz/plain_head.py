"""Reads the first head of a stream in the plainest way, by RFC 9112 and our limits: only what is good is read."""

import string
from typing import Final

MOST_BYTES: Final = 32 * 1024
_MOST_TARGET: Final = 8 * 1024
_MOST_FIELDS: Final = 100
_NAME: Final = frozenset(f"{string.ascii_letters}{string.digits}!#$%&'*+-.^_`|~".encode())
_TARGET: Final = frozenset(range(0x21, 0x7F)) - frozenset(b"#")
_VALUE: Final = frozenset({ord("\t"), *range(0x20, 0x7F), *range(0x80, 0x100)})

Head = tuple[str, str, str, dict[str, str]]
"""Method, path, query, and headers by their names in lower case."""


def first_head(stream: bytes) -> Head | None:
    """Return the first head, None if there is no whole or no good one."""
    head, end, _ = stream.partition(b"\r\n\r\n")
    if not end or len(head) > MOST_BYTES:
        return None
    first, *lines = head.removeprefix(b"\r\n").split(b"\r\n")
    parts = first.split(b" ")
    if len(parts) != 3 or not _is_of(parts[0], _NAME) or not _is_of(parts[1], _TARGET) or len(parts[1]) > _MOST_TARGET:
        return None
    method, target, version = (part.decode("latin-1") for part in parts)
    path = _path(method, target)
    fields = _fields(lines)
    if not version.startswith("HTTP/1.") or version[7:] not in [*string.digits] or path is None or fields is None:
        return None
    if not _is_clear(fields) or ("host" not in fields and version != "HTTP/1.0"):
        return None
    before, _, query = path.partition("?")
    return method, before, query, fields


def _is_of(text: bytes, characters: frozenset[int]) -> bool:
    return bool(text) and characters.issuperset(text)


def _path(method: str, target: str) -> str | None:
    if target.startswith("/") or method == "CONNECT" or (method, target) == ("OPTIONS", "*"):
        return target
    scheme, found, rest = target.partition("://")
    host = rest.partition("/")[0].partition("?")[0]
    if not found or scheme.lower() not in {"http", "https"} or not host:
        return None
    path = rest[len(host) :]
    return path if path.startswith("/") else f"/{path}"


def _fields(lines: list[bytes]) -> dict[str, str] | None:
    fields: dict[str, str] = {}
    if len(lines) > _MOST_FIELDS:
        return None
    for line in lines:
        name, colon, value = line.partition(b":")
        if not colon or not _is_of(name, _NAME) or not _VALUE.issuperset(value):
            return None
        key, text = name.decode().lower(), value.decode("latin-1").strip(" \t")
        if key in fields and key in {"host", "content-length"}:
            return None
        fields[key] = f"{fields[key]}, {text}" if key in fields else text
    return fields


def _is_clear(fields: dict[str, str]) -> bool:
    """Say whether the length of the body is announced in one way or not at all."""
    length = fields.get("content-length")
    return length is None or (length.isascii() and length.isdigit() and "transfer-encoding" not in fields)
