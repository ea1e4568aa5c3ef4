"""The errors of the exporter and the closed set of reasons for which a poll fails.

::

    ExporterError
    ├── ConfigurationError   the configuration cannot be used; holds every problem at once
    ├── OutputError          a result of a command cannot be written
    └── PollError            one poll failed; holds its reason

An error of a library is translated where the library is used, without its cause where that could quote a secret.
The text of an error never holds a secret, and nothing that the vendor sent uncleaned.
"""

import traceback
from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why a poll failed: the label ``reason`` of ``mimecast_collector_failing``."""

    CONNECT = "connect"
    TIMEOUT = "timeout"
    TLS = "tls"
    PROXY = "proxy"
    PROTOCOL = "protocol"
    REDIRECT = "redirect"
    TOO_LARGE = "too_large"
    ENCODING = "encoding"
    NOT_JSON = "not_json"
    SCHEMA = "schema"
    INCOMPLETE = "incomplete"
    API_ERROR = "api_error"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    BINDING_EXPIRED = "binding_expired"
    CLOCK_SKEW = "clock_skew"
    AUTH_RESPONSE = "auth_response"
    RATE_LIMITED = "rate_limited"
    HTTP_4XX = "http_4xx"
    HTTP_5XX = "http_5xx"
    HTTP_OTHER = "http_other"
    INTERNAL = "internal"


class ExporterError(Exception):
    """The root of the errors that this program raises on purpose."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in the configuration.

    ``place`` is a path such as ``tenants[1].credentials.secret_key`` or the name of a variable, empty for the whole;
    ``message`` says what is wrong and what to do, and never holds a value that could be a secret.
    """

    place: str
    message: str

    def __str__(self) -> str:
        """Return the problem as the one line that an operator reads."""
        return f"{self.place}: {self.message}" if self.place else self.message


class ConfigurationError(ExporterError):
    """The configuration cannot be used; ``problems`` holds all that is wrong with it, at least one."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = tuple(problems)


class OutputError(ExporterError):
    """A result of a command cannot be written."""


class PollError(ExporterError):
    """A poll failed for ``reason``; ``detail`` is one clean line for the log."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


def forget(error: BaseException) -> None:
    """Let go of what the calls held that an error came through, and of the errors behind it.

    A call that keeps its error is kept by it in turn, and with it whatever led there, half a document for example:
    nothing but the collector of garbage would find that, and it seldom looks. The error itself can still be told.
    """
    waiting = [error]
    while waiting:
        each = waiting.pop()
        traceback.clear_frames(each.__traceback__)
        waiting += [inner for inner in (each.__cause__, each.__context__) if inner]
        each.__traceback__ = each.__cause__ = each.__context__ = None
