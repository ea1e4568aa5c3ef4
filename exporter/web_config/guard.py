"""Who may ask, and how often: an application in front of another that knows nothing of it.

Who has no right password is told nothing but that, before anything else; only health and readiness are for anybody.
"""

import time
from collections.abc import Callable
from functools import partial
from threading import Lock
from typing import Final

from exporter.web.application import Application, Check
from exporter.web.request import Request
from exporter.web.response import Response, plain_text
from exporter.web_config.settings import RateLimit
from exporter.web_config.users import Users, credentials

OPEN_PATHS: Final = frozenset({"/-/healthy", "/-/ready"})
_UNAUTHORIZED: Final = plain_text(401, "unauthorized", ("WWW-Authenticate", "Basic"))
_NOT_CHECKED: Final = plain_text(
    401,
    "unauthorized: too many new passwords at once, this one has not been checked",
    ("WWW-Authenticate", "Basic"),
    ("Retry-After", "1"),
)
_TOO_MANY: Final = plain_text(429, "too many requests")


class Bucket:
    """A token bucket; ``clock`` tells seconds."""

    def __init__(self, limit: RateLimit, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._clock = clock
        self._tokens = float(limit.burst)
        self._filled_at = clock()
        self._lock = Lock()

    def take(self) -> bool:
        """Take a token, False if there is none."""
        with self._lock:
            now = self._clock()
            gained = (now - self._filled_at) / self._limit.interval
            self._tokens = min(float(self._limit.burst), self._tokens + gained)
            self._filled_at = now
            if self._tokens < 1:
                return False
            self._tokens -= 1
            return True


class Guard:
    """Lets requests through to ``application``; ``users`` and ``bucket`` may be replaced at any time."""

    def __init__(self, application: Application) -> None:
        self.users = Users({})
        self.bucket: Bucket | None = None
        self._application = application

    def immediate(self, request: Request) -> Response | Check | None:
        """Return an answer that costs nothing; a password that is not known yet has to be checked before."""
        if request.path in OPEN_PATHS:
            return self._application.immediate(request)
        users = self.users
        if not users:
            return self._limited(request)
        given = credentials(request.headers.get("authorization"))
        if given is None:
            return _UNAUTHORIZED
        verdict = users.remembered(*given)
        if verdict is None:
            return Check(partial(users.admit, *given), _NOT_CHECKED)
        return self._limited(request) if verdict else _UNAUTHORIZED

    def _limited(self, request: Request) -> Response | Check | None:
        # A page counts once: its worker asks the bucket.
        response = self._application.immediate(request)
        if response is not None and self.bucket is not None and not self.bucket.take():
            return _TOO_MANY
        return response

    def at_hand(self, request: Request) -> Response | None:
        """Return the page if its bytes are there, but not if pages are counted, which is done by their worker."""
        return self._application.at_hand(request) if self.bucket is None else None

    def answer(self, request: Request) -> Response:
        """Return the answer, the password checked before."""
        users = self.users
        if users:
            given = credentials(request.headers.get("authorization"))
            if given is None or not users.admit(*given):
                return _UNAUTHORIZED
        if self.bucket is not None and not self.bucket.take():
            return _TOO_MANY
        return self._application.answer(request)

    def finished(self, request: Request | None, status: int) -> None:
        """Have it counted."""
        self._application.finished(request, status)
