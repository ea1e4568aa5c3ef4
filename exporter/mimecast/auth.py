"""Authorization as conversations without I/O: a flow yields requests, is sent responses, and returns the last one.

API 1.0 signs each request with HMAC-SHA1; API 2.0 sends a token that the client credentials give. Both are one
protocol, so the client has no branch on the kind. A retry is a new conversation: it has a new id, date and signature.
Sources: the vendor's pages on authorization (both APIs), RFC 6749 for the token's answer.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, Protocol, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from exporter.errors import PollError, Reason
from exporter.mimecast.envelope import decode, reason_of
from exporter.model import Secret

TOKEN_PATH: Final = "/oauth/token"  # noqa: S105 - the path, not a token

_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_JSON: Final = "application/json"

_LONGEST_TOKEN_ANSWER: Final = 64 * 1024
_TOKEN: Final = re.compile(r"[\x21-\x7e]{1,16384}")
_SECONDS: Final = re.compile(r"-?[0-9]{1,18}")
_LIFE: Final = 1800.0
_SHORTEST_LIFE: Final = 60.0
_LONGEST_LIFE: Final = 86400.0
_USED_PART_OF_LIFE: Final = 0.8
_TOKEN_CALL_PAUSE: Final = 30.0


@dataclass(frozen=True, slots=True)
class Request:
    """One POST to the vendor; ``path`` is sent as it stands, and signed as it is sent."""

    path: str
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


class Response(Protocol):
    """What an authorization needs to know of an answer."""

    status: int

    def read(self, most: int) -> bytes:
        """Return the decoded body; raise ``PollError`` (too_large) beyond ``most`` bytes."""
        ...


class TokenError(PollError):
    """No token was had; never tried again within a poll."""


Flow = Generator[Request, Response, Response]


class Auth(Protocol):
    """Authorizes the requests of one tenant; used by one poll at a time."""

    def begin_poll(self) -> None:
        """Forget what was done for the poll before."""

    def refused(self) -> None:
        """Take note that the vendor refused the poll's authorization."""

    def flow(self, request: Request) -> Flow:
        """Authorize one request: yields requests to send, is sent their responses, returns the one to ``request``."""
        ...


@dataclass(frozen=True, slots=True)
class SigningKeys:
    """What API 1.0 signs with; ``secret_key`` is base64."""

    application_id: Secret
    application_key: Secret
    access_key: Secret
    secret_key: Secret


@dataclass(frozen=True, slots=True)
class ClientKeys:
    """What API 2.0 gives a token for."""

    client_id: Secret
    client_secret: Secret


K_co = TypeVar("K_co", covariant=True)


class KeySource(Protocol[K_co]):
    """Where keys come from; they may be rotated at any time."""

    def current(self) -> K_co:
        """Return the keys as they are now."""
        ...

    def refused(self) -> None:
        """Take note that the vendor refused the keys, so that they are read anew before the next use."""
        ...


class Signed:
    """API 1.0. ``now`` gives aware moments, ``new_id`` GUIDs; ``keys`` is asked anew for each request."""

    def __init__(self, keys: KeySource[SigningKeys], now: Callable[[], datetime], new_id: Callable[[], UUID]) -> None:
        self._keys = keys
        self._now = now
        self._new_id = new_id

    def begin_poll(self) -> None:
        """Do nothing: a signature belongs to one request alone."""

    def refused(self) -> None:
        """Have the keys read anew."""
        self._keys.refused()

    def flow(self, request: Request) -> Flow:
        """Sign the request, with a new id and the date of sending."""
        headers = sign(request.path, self._keys.current(), signed_date(self._now()), str(self._new_id()))
        return (yield Request(request.path, request.body, {**_json_headers(), **headers}))


def sign(path: str, keys: SigningKeys, date: str, request_id: str) -> dict[str, str]:
    """Return the headers that sign a request; raise ``PollError`` (unauthorized) if the secret key is no base64."""
    try:
        key = base64.b64decode(keys.secret_key.reveal(), validate=True)
    except (binascii.Error, ValueError):
        raise PollError(Reason.UNAUTHORIZED, "the secret key is no base64") from None
    text = f"{date}:{request_id}:{path}:{keys.application_key.reveal()}"
    signature = base64.b64encode(hmac.new(key, text.encode(), hashlib.sha1).digest()).decode()
    return {
        "Authorization": f"MC {keys.access_key.reveal()}:{signature}",
        "x-mc-app-id": keys.application_id.reveal(),
        "x-mc-date": date,
        "x-mc-req-id": request_id,
    }


def signed_date(moment: datetime) -> str:
    """Return a moment as the vendor wants it, ``Tue, 24 Nov 2015 12:50:11 UTC``, in any locale and time zone."""
    utc = moment.astimezone(UTC)
    return f"{_DAYS[utc.weekday()]}, {utc.day:02} {_MONTHS[utc.month - 1]} {utc.year:04} {utc:%H:%M:%S} UTC"


@dataclass(frozen=True, slots=True)
class _Token:
    text: Secret
    keys: ClientKeys
    usable_until: float


class OAuth2:
    """API 2.0: client credentials for a token, kept until 80 % of its life, renewed once on a 401.

    ``monotonic`` gives seconds that only go forward. After a token call that failed, and after a renewal, at most one
    token call is made in 30 s: a token storm would lock the application out.
    """

    def __init__(self, keys: KeySource[ClientKeys], monotonic: Callable[[], float]) -> None:
        self._keys = keys
        self._monotonic = monotonic
        self._token: _Token | None = None
        self._new_in_poll = False
        self._no_call_before = float("-inf")
        self._last_error = PollError(Reason.UNAUTHORIZED, "no token")

    def begin_poll(self) -> None:
        """Let a token of an earlier poll be renewed again if it is refused."""
        self._new_in_poll = False

    def refused(self) -> None:
        """Have the keys read anew."""
        self._keys.refused()

    def flow(self, request: Request) -> Flow:
        """Yield the token request if no usable token is at hand, then the request; renew once on a 401."""
        token = yield from self._usable_token()
        response = yield self._with_token(request, token)
        if response.status != 401 or self._new_in_poll or self._must_pause():
            return response
        self._token = None
        token = yield from self._usable_token()
        self._no_call_before = self._monotonic() + _TOKEN_CALL_PAUSE
        return (yield self._with_token(request, token))

    def _usable_token(self) -> Generator[Request, Response, _Token]:
        keys = self._keys.current()
        token = self._token
        if token and token.keys == keys and self._monotonic() < token.usable_until:
            return token
        if self._must_pause():
            raise TokenError(self._last_error.reason, self._last_error.detail)
        try:
            text, life = read_token((yield _token_request(keys)))
        except PollError as error:
            self._token = None
            self._last_error = error
            self._no_call_before = self._monotonic() + _TOKEN_CALL_PAUSE
            raise TokenError(error.reason, error.detail) from None
        self._token = _Token(text, keys, self._monotonic() + life * _USED_PART_OF_LIFE)
        self._new_in_poll = True
        return self._token

    def _must_pause(self) -> bool:
        return self._monotonic() < self._no_call_before

    def _with_token(self, request: Request, token: _Token) -> Request:
        return Request(
            request.path, request.body, {**_json_headers(), "Authorization": f"Bearer {token.text.reveal()}"}
        )


def _token_request(keys: ClientKeys) -> Request:
    fields = {
        "client_id": keys.client_id.reveal(),
        "client_secret": keys.client_secret.reveal(),
        "grant_type": "client_credentials",
    }
    headers = {"Accept": _JSON, "Content-Type": "application/x-www-form-urlencoded"}
    return Request(TOKEN_PATH, urlencode(fields).encode(), headers)


def read_token(response: Response) -> tuple[Secret, float]:
    """Return the token of an answer and its life in seconds, clamped to a minute and a day.

    Raises ``PollError``: unauthorized for a 400 or 401, the reason of another status, auth_response for an odd token.
    The body of a refusal is never looked at: it may echo the secret.
    """
    if response.status != 200:
        reason = Reason.UNAUTHORIZED if response.status in {400, 401} else reason_of(response.status)
        raise PollError(reason, f"the token endpoint answered with HTTP status {response.status}")
    odd = PollError(Reason.AUTH_RESPONSE, "the token endpoint answered with no usable token")
    try:
        document = decode(response.read(_LONGEST_TOKEN_ANSWER))
    except PollError as error:
        raise (odd if error.reason in {Reason.NOT_JSON, Reason.TOO_LARGE} else error) from None
    if not isinstance(document, dict):
        raise odd
    token, kind = document.get("access_token"), document.get("token_type", "Bearer")
    if not isinstance(token, str) or not _TOKEN.fullmatch(token):
        raise odd
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise odd
    return Secret(token), _life(document.get("expires_in"))


def _life(seconds: object) -> float:
    if isinstance(seconds, str) and _SECONDS.fullmatch(seconds):
        seconds = int(seconds)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return _LIFE
    return float(min(max(seconds, _SHORTEST_LIFE), _LONGEST_LIFE))


def _json_headers() -> dict[str, str]:
    return {"Accept": _JSON, "Content-Type": _JSON}
