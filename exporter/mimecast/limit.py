"""What the vendor's headers say of its limits, its clock and a request. Pure.

Sources: recorded traffic (``X-RateLimit-Limit``, ``-Remaining``, ``-Reset`` on every answer, Reset in milliseconds);
one page that spells them ``X-Rate-Limit-…``; RFC 9110 for ``Retry-After`` and ``Date``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from exporter.errors import Reason

_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,9})?")
# As long as a GUID: what was sent with the request, and might be echoed here, is longer or no such digits.
_REQUEST_ID: Final = re.compile(r"[0-9A-Fa-f-]{1,36}")
_SPELLINGS: Final = ("X-RateLimit-", "X-Rate-Limit-")
_SHORTEST_WAIT: Final = 1.0
_LONGEST_WAIT: Final = 3600.0
_DEFAULT_WAIT: Final = 60.0


@dataclass(frozen=True, slots=True)
class Wait:
    """A wait that the vendor asked for, by our monotonic clock, and the reason of polls until then."""

    until: float
    reason: Reason


def rate_limit(headers: Mapping[str, str], name: str) -> float | None:
    """Return the number of the header ``Limit``, ``Remaining`` or ``Reset`` in either spelling, or None."""
    for spelling in _SPELLINGS:
        number = _number(headers.get(spelling + name))
        if number is not None:
            return number
    return None


def wait_asked_for(status: int, headers: Mapping[str, str]) -> float | None:
    """Return for how many seconds nothing may be sent after this answer, None if it asks for no wait.

    A 429 always does; a 503 if it has ``Retry-After``, or a rate limit of which nothing remains. The longer of two
    waits is kept, between a second and an hour; a 429 without a readable one means a minute.
    """
    if status not in {429, 503}:
        return None
    reset = rate_limit(headers, "Reset")
    if status == 503 and (rate_limit(headers, "Remaining") or 0) > 0:
        reset = None
    waits = [wait for wait in (_retry_after(headers), reset / 1000 if reset is not None else None) if wait is not None]
    if not waits:
        return _DEFAULT_WAIT if status == 429 else None
    return min(max(*waits, _SHORTEST_WAIT), _LONGEST_WAIT)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of ``Retry-After``; a date counts from the vendor's own clock."""
    value = headers.get("Retry-After")
    seconds = _number(value)
    if seconds is not None:
        return seconds
    until, date = read_date(value), read_date(headers.get("Date"))
    return (until - date).total_seconds() if until and date else None


def read_date(value: str | None) -> datetime | None:
    """Return the moment of an HTTP date, None if there is none."""
    try:
        moment = parsedate_to_datetime(value or "")
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def read_request_id(headers: Mapping[str, str]) -> str | None:
    """Return the vendor's name for a request, by which its support finds it, None if there is none to be shown."""
    name = headers.get("x-request-id", "")
    return name if _REQUEST_ID.fullmatch(name) else None


def _number(value: str | None) -> float | None:
    number = (value or "").strip()
    return float(number) if _NUMBER.fullmatch(number) else None
