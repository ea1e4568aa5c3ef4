"""Answers: what is sent back, as a value, and the vendor's forms of success and failure."""

import json
from dataclasses import dataclass

OK_META = b'{"status":200}'
NO_FAIL = b"[]"


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer; `headers` replace the usual ones of the same name, and those in `without` are left out.

    `coded` says that the body is sent as it is, compressed already or on purpose not.
    """

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    without: frozenset[str] = frozenset()
    coded: bool = False


def envelope(data: bytes, meta: bytes = OK_META, fail: bytes = NO_FAIL) -> bytes:
    """Return the envelope of the vendor around JSON texts, in the order of its own sample."""
    return b'{"fail":%b,"meta":%b,"data":%b}' % (fail, meta, data)


def data_of(body: bytes) -> bytes:
    """Return the `data` of a text that `envelope` has made without failures; an empty list of others.

    `meta` has no key of that name, so that the first one is the right one.
    """
    head, _, rest = body.partition(b',"data":')
    return rest[:-1] if head.startswith(b'{"fail":[],"meta":') else b"[]"


def nested_failure(status: int, code: str, message: str) -> Answer:
    """Return a failure as API 1.0 tells it: `fail[].errors[]`."""
    fail = [{"errors": [{"code": code, "message": message, "retryable": False}]}]
    return _failure(status, fail)


def flat_failure(status: int, code: str, message: str) -> Answer:
    """Return a failure as the gateway of API 2.0 tells it: `fail[].code`."""
    return _failure(status, [{"code": code, "message": message}])


def oauth_failure(status: int, error: str, description: str) -> Answer:
    """Return a failure of the token endpoint."""
    return Answer(status, json.dumps({"error": error, "error_description": description}).encode())


def _failure(status: int, fail: object) -> Answer:
    return Answer(status, json.dumps({"meta": {"status": status}, "data": [], "fail": fail}).encode())


INVALID_SIGNATURE = nested_failure(401, "err_xdk_invalid_signature", "0004 Invalid Signature")
BINDING_EXPIRED = nested_failure(418, "err_xdk_binding_expired", "Binding Expired")
TOKEN_EXPIRED = flat_failure(401, "token_expired", "Access token has expired")
UNAUTHORIZED = flat_failure(401, "unauthorized", "Access token is not valid")
APP_FORBIDDEN = flat_failure(
    403, "app_forbidden", "Resource or method requested does not exist in any product assigned to the application"
)
