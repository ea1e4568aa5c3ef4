"""The envelope around every answer: ``meta``, ``fail``, ``data``; a 200 proves nothing before it is read.

Sources: the vendor's pages and recorded traffic. ``fail`` comes nested (``fail[].errors[].code``) or flat
(``fail[].code``); ``meta.pagination.next`` is a string, or an object with ``pageToken``.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from exporter.errors import PollError, Reason

_CODES: Final = {
    "err_xdk_binding_expired": Reason.BINDING_EXPIRED,
    "err_xdk_invalid_signature": Reason.UNAUTHORIZED,
    "err_developer_key": Reason.UNAUTHORIZED,
    "unauthorized": Reason.UNAUTHORIZED,
    "token_expired": Reason.UNAUTHORIZED,
    "token_verification_failed": Reason.UNAUTHORIZED,
    "Unauthorized Request": Reason.UNAUTHORIZED,
    "app_forbidden": Reason.FORBIDDEN,
    "err_xdk_operation_forbidden_for_address": Reason.FORBIDDEN,
}
_STATUSES: Final = {
    401: Reason.UNAUTHORIZED,
    403: Reason.FORBIDDEN,
    407: Reason.PROXY,
    418: Reason.BINDING_EXPIRED,
    429: Reason.RATE_LIMITED,
}
# A deleted campaign is a 400 with an empty body, as an operator has noted; the others are what HTTP has for it.
_GONE_STATUSES: Final = {400, 404, 410}
_CLASSES: Final = {3: Reason.REDIRECT, 4: Reason.HTTP_4XX, 5: Reason.HTTP_5XX}
# Words and small numbers: no key, token or password looks so, should one be echoed for a code.
_WORD: Final = r"(?:(?:(?:[A-Z][a-z]{2,15}){1,4}|[a-z]{1,16}|[A-Z]{1,16})[0-9]{0,2}|[0-9]{1,4})"
_PRESENTABLE_CODE: Final = re.compile(rf"(?=.{{1,64}}\Z){_WORD}(?:[_.\- ]{_WORD})*")


class RefusedError(PollError):
    """The vendor answered, but with a failure: its HTTP ``status`` and the ``codes`` that it gave, uncleaned."""

    def __init__(self, reason: Reason, detail: str, *, status: int, codes: tuple[str, ...] = ()) -> None:
        super().__init__(reason, detail)
        self.status = status
        self.codes = codes

    @property
    def tells_gone(self) -> bool:
        """Whether what was asked for may have been deleted."""
        return self.reason is Reason.HTTP_4XX and self.status in _GONE_STATUSES


@dataclass(frozen=True, slots=True)
class Envelope:
    """What an accepted answer says beside its data; ``next_token`` asks for the next page, None after the last."""

    next_token: str | None


def decode(text: bytes) -> Any:
    """Return a JSON document as Python's json reads it, the last of equal keys; raise ``PollError`` (not_json).

    NaN and Infinity are no JSON; a document that nests endlessly or holds an endless number is refused too.
    """
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError, OverflowError):
        raise PollError(Reason.NOT_JSON, "the answer is no JSON document") from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def accept(document: object) -> Envelope:
    """Return the envelope of a 200, or raise ``PollError`` for what it reports (codes first) or is wrong in it."""
    if not isinstance(document, dict):
        raise PollError(Reason.SCHEMA, "the answer is no object")
    failures = document.get("fail")
    if failures:
        codes = tuple(_failure_codes(failures))
        raise RefusedError(reason_of(200, codes), _describe("a failure", codes), status=200, codes=codes)
    if failures is not None and failures != []:
        raise PollError(Reason.SCHEMA, "fail is no list")
    meta = document.get("meta")
    status = meta.get("status") if isinstance(meta, dict) else None
    if not isinstance(meta, dict) or isinstance(status, bool) or not isinstance(status, int | float):
        raise PollError(Reason.SCHEMA, "meta.status is no number")
    if status != 200:
        raise RefusedError(Reason.API_ERROR, "the answer reports another status in meta.status", status=200)
    return Envelope(_next_token(meta.get("pagination")))


def _failure_codes(failures: object) -> Iterator[str]:
    if not isinstance(failures, list) or not all(isinstance(failure, dict) for failure in failures):
        raise PollError(Reason.SCHEMA, "fail is no list of objects")
    for failure in failures:
        errors = failure.get("errors")
        for error in (*(errors if isinstance(errors, list) else ()), failure):
            code = error.get("code") if isinstance(error, dict) else None
            if isinstance(code, str):
                yield code


def _next_token(pagination: object) -> str | None:
    if pagination is None:
        return None
    token = pagination.get("next") if isinstance(pagination, dict) else pagination
    if isinstance(token, dict):
        token = token.get("pageToken")
    if token is not None and not isinstance(token, str):
        raise PollError(Reason.SCHEMA, "meta.pagination.next is no page token")
    return token or None


def refusal(status: int, body: bytes) -> RefusedError:
    """Return the error that an answer with a status other than 200 stands for; its body may be anything."""
    try:
        document = decode(body)
        codes = tuple(_failure_codes(document.get("fail"))) if isinstance(document, dict) else ()
    except PollError:
        codes = ()
    return RefusedError(reason_of(status, codes), _describe(f"HTTP status {status}", codes), status=status, codes=codes)


def reason_of(status: int, codes: tuple[str, ...] = ()) -> Reason:
    """Return why an answer with this HTTP status and these codes is a failure.

    A 429 is always ``rate_limited``; else known codes decide, then the status; a 200 with unknown codes is an
    ``api_error``.
    """
    known = [_CODES[code] for code in codes if code in _CODES]
    if known and status != 429:
        return known[0]
    if status == 200:
        return Reason.API_ERROR
    return _STATUSES.get(status) or _CLASSES.get(status // 100, Reason.HTTP_OTHER)


def _describe(what: str, codes: tuple[str, ...]) -> str:
    """Return one clean line; the vendor's messages may echo a request, so only its codes are quoted."""
    presentable = [code for code in codes if _PRESENTABLE_CODE.fullmatch(code)]
    return f"Mimecast answered with {what}" + (f" ({presentable[0]})" if presentable else "")
