"""API 1.0: whether a request is signed as the vendor wants it, judged from nothing but its headers."""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from exporter.simulator.answer import INVALID_SIGNATURE, Answer, nested_failure
from exporter.simulator.request import Request

ALLOWED_SKEW = timedelta(minutes=15)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NEEDED = ("authorization", "x-mc-date", "x-mc-req-id", "x-mc-app-id")
_DATE = re.compile(r"\w{3}, (\d{1,2}) (\w{3}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) (?:UTC|GMT)", re.ASCII)


def sign(request: Request, credentials: Mapping[str, str]) -> str:
    """Return the signature that a request should carry: base64 of HMAC-SHA1 with the decoded secret key."""
    date, request_id = request.header("x-mc-date"), request.header("x-mc-req-id")
    text = ":".join((date, request_id, request.path, credentials["application_key"]))
    key = base64.b64decode(credentials["secret_key"])
    return base64.b64encode(hmac.new(key, text.encode(), hashlib.sha1).digest()).decode()


def refuse_signature(request: Request, credentials: Mapping[str, str] | None, now: datetime) -> Answer | None:
    """Return the vendor's refusal of a signed request, None if all is well; credentials None: unknown access key."""
    if any(not request.header(name) for name in _NEEDED):
        return nested_failure(400, "err_xdk_credentials_missing", "0001 Credentials missing from request")
    if request.realm != "MC" or not request.access_key:
        return nested_failure(401, "err_xdk_auth_type_not_supported", "0001 Authorization type not supported")
    if credentials is None:
        return INVALID_SIGNATURE
    if request.header("x-mc-app-id") != credentials["application_id"]:
        return nested_failure(200, "err_developer_key", "App ID is invalid")
    sent = request.credential.partition(":")[2]
    if not hmac.compare_digest(sent.encode(), sign(request, credentials).encode()):
        return INVALID_SIGNATURE
    moment = read_date(request.header("x-mc-date"))
    return INVALID_SIGNATURE if moment is None or abs(moment - now) > ALLOWED_SKEW else None


def read_date(text: str) -> datetime | None:
    """Read a signed date, in any of the forms that real clients send; None if it is no date."""
    match = _DATE.fullmatch(text)
    if match is None or match[2] not in MONTHS:
        return None
    try:
        day, year, hour, minute, second = (int(match[group]) for group in (1, 3, 4, 5, 6))
        return datetime(year, MONTHS.index(match[2]) + 1, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
