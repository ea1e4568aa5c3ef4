"""Reads the vendor's documents in the plainest way: json, the contract's rules for values, and nothing else."""

import json
import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

MISSING: Final = object()
"""Stands for a value that cannot be read."""

_BIDI: Final = frozenset(map(chr, (0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))))
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d(?::?\d\d)?)?", re.ASCII)
_LONGEST_TITLE: Final = 200


class Unsure(Exception):  # noqa: N818 - no error, but an answer
    """The contract leaves open what becomes of such a document."""


def elements_of(pages: Sequence[bytes]) -> list[object] | None:
    """Return all elements of ``data`` of an answer in pages, None if the answer must fail.

    The last page is given again and again. Raises :class:`Unsure`.
    """
    found: list[object] = []
    tokens: set[str] = set()
    for number in range(len(pages) + 1):
        document = _document(pages[min(number, len(pages) - 1)])
        if not _is_good(document):
            return None
        found += document["data"]
        token = _next(document["meta"].get("pagination"))
        if not token:
            return found
        if not isinstance(token, str) or token in tokens:
            return None
        tokens.add(token)
    return None


def _document(body: bytes) -> Any:
    try:
        return json.loads(body.decode().removeprefix("\ufeff"), parse_constant=lambda _: 1 / 0)
    except RecursionError:
        raise Unsure from None
    except ValueError as error:
        if "Exceeds the limit" in str(error):
            raise Unsure from None
    except ArithmeticError:
        pass
    return None


def _is_good(document: Any) -> bool:
    if not isinstance(document, dict) or document.get("fail") not in (None, []):
        return False
    meta = document.get("meta")
    status = meta.get("status") if isinstance(meta, dict) else None
    return not isinstance(status, bool) and status == 200 and isinstance(document.get("data"), list)


def _next(pagination: Any) -> Any:
    """Return the token of the next page, which may stand in an object; what is neither is returned as it is."""
    token = pagination.get("next") if isinstance(pagination, dict) else pagination
    if isinstance(token, dict):
        token = token.get("pageToken")
    return token if token is None or isinstance(token, str) else MISSING


def text_of(value: object) -> object:
    """Return a text; a half of a pair of surrogates that stands alone is replaced."""
    if not isinstance(value, str):
        return MISSING
    return "".join("\ufffd" if 0xD800 <= ord(each) <= 0xDFFF else each for each in value)


def integer(value: object) -> object:
    """Return an integer of 64 bits."""
    return value if type(value) is int and -(2**63) <= value < 2**63 else MISSING


def moment(value: object) -> object:
    """Return the seconds since 1970 of a text of ISO 8601; raises :class:`Unsure` for its less usual forms."""
    if not isinstance(value, str):
        return MISSING
    usual = _DATE.fullmatch(value)
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        if usual is None and any(each.isdigit() for each in value):
            raise Unsure from None
        return MISSING
    if usual is None:
        raise Unsure
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def is_control(character: str) -> bool:
    """Say whether a character is fit for no label."""
    return unicodedata.category(character) in {"Cc", "Zl", "Zp", "Cs"} or character in _BIDI


def title_of(text: object, nameless: str = "(untitled)") -> str:
    """Return a title as its label."""
    clean = "".join(each for each in _blanked(text if isinstance(text, str) else "") if not is_control(each)).strip()
    if len(clean) > _LONGEST_TITLE:
        clean = clean[: _LONGEST_TITLE - 1] + "…"
    return clean or nameless


def _blanked(text: str) -> str:
    """Return a text with one blank for all white space in a row."""
    return " ".join(text.split()) if text.strip() == text else f" {' '.join(text.split())} "
