"""Manners: what an exporter should not do, though the vendor may let it pass. One rule a line, each with its name."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from exporter.simulator.path import KINDS, LARGEST_SIZE
from exporter.simulator.request import TOKEN_PATH, Request, page_token, read_body
from exporter.simulator.signature import read_date

_GUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE)
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_DATE = re.compile(r"\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} UTC", re.ASCII)
_SPACE = re.compile(rb"[ \t\r\n]")
_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"
_FIRST_PAGE = b'{"data":[]}'
_SIGNING_HEADERS = {"x-mc-date", "x-mc-req-id", "x-mc-app-id"}

ASKED_TO_WAIT = "sent_during_wait"
TWO_IN_FLIGHT = "two_in_flight"


@dataclass(slots=True)
class Memory:
    """What a tenant has sent before and must not send again."""

    request_ids: set[str] = field(default_factory=set)
    signatures: set[str] = field(default_factory=set)


def breaches(request: Request, memory: Memory) -> tuple[str, ...]:
    """Return the names of the rules that a request breaks, and remember what it has used up."""
    rules = [
        *_ANY,
        *(_TOKEN if request.path == TOKEN_PATH else _DATA),
        *(_SIGNED if request.realm == "MC" else _BEARER),
    ]
    found = tuple(name for name, broken in rules if broken(request))
    return found + tuple(_reused(request, memory))


def _reused(request: Request, memory: Memory) -> Iterator[str]:
    used = (
        ("reused_request_id", memory.request_ids, request.header("x-mc-req-id").lower()),
        ("reused_signature", memory.signatures, request.credential if request.realm == "MC" else ""),
    )
    for name, known, value in used:
        if value and value in known:
            yield name
        known.add(value)


def _is_odd_date(request: Request) -> bool:
    text = request.header("x-mc-date")
    moment = read_date(text)
    return _DATE.fullmatch(text) is None or moment is None or text[:3] != _DAYS[moment.weekday()]


def _is_no_json(request: Request) -> bool:
    try:
        json.loads(request.body)
    except ValueError:
        return True
    return False


def _is_odd_body(request: Request) -> bool:
    document = read_body(request.body) or {}
    match KINDS.get(request.path):
        case "whole" if page_token(document):
            return document.get("data") != []
        case "whole":
            return _SPACE.sub(b"", request.body) != _FIRST_PAGE
        case "paged":
            return document.get("data") != [] or _is_odd_paging(document)
        case "paged_by_id":
            return not _has_one_id(document.get("data")) or _is_odd_paging(document)
        case _:
            return False


def _is_odd_paging(document: Mapping[str, Any]) -> bool:
    meta = document.get("meta")
    pagination = meta.get("pagination") if isinstance(meta, dict) else None
    if set(document) != {"meta", "data"} or set(meta or ()) != {"pagination"} or not isinstance(pagination, dict):
        return True
    size = pagination.get("pageSize")
    wanted = {"pageSize", "pageToken"} if page_token(document) else {"pageSize"}
    return set(pagination) != wanted or not isinstance(size, int) or size != LARGEST_SIZE


def _has_one_id(data: object) -> bool:
    match data:
        case [{"id": str(text), **others}]:
            return bool(text) and not others
        case _:
            return False


Rule = tuple[str, Callable[[Request], bool]]

_ANY: tuple[Rule, ...] = (
    ("accept", lambda request: request.header("accept") != _JSON),
    ("user_agent", lambda request: not request.header("user-agent").startswith("mimecast-exporter/")),
)
_DATA: tuple[Rule, ...] = (
    ("content_type", lambda request: request.header("content-type") != _JSON),
    ("body_no_json", _is_no_json),
    ("body", _is_odd_body),
)
_TOKEN: tuple[Rule, ...] = (("content_type", lambda request: request.header("content-type") != _FORM),)
_SIGNED: tuple[Rule, ...] = (
    ("request_id", lambda request: _GUID4.fullmatch(request.header("x-mc-req-id")) is None),
    ("date", _is_odd_date),
    ("extra_header", lambda request: _vendor_headers(request) > _SIGNING_HEADERS),
)
_BEARER: tuple[Rule, ...] = (("extra_header", lambda request: bool(_vendor_headers(request))),)


def _vendor_headers(request: Request) -> set[str]:
    return {name for name in request.headers if name.startswith("x-mc-")}
