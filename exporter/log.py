"""Log lines: one event a line, as logfmt or JSON, from the standard library's logging.

An event is a short text; what belongs to it comes as ``extra=fields(tenant=..., reason=...)``.
"""

import json
import logging
import re
import sys
from abc import ABC, abstractmethod
from datetime import UTC, datetime
from typing import Any, Final, TextIO

LEVELS: Final = ("debug", "info", "warning", "error")
FORMATS: Final = ("logfmt", "json")

_BARE: Final = re.compile(r"[A-Za-z0-9_./:@+-]+")


def fields(**values: object) -> dict[str, Any]:
    """Return the ``extra`` of a log call; values that are None are left out."""
    return {"fields": {name: value for name, value in values.items() if value is not None}}


class _Lines(logging.Formatter, ABC):
    """Makes a record one line; what a formatter writes of it is decided by :meth:`line`."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        values = {
            "ts": moment.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "msg": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            values["traceback"] = self.formatException(record.exc_info)
        return self.line(values)

    @abstractmethod
    def line(self, values: dict[str, object]) -> str:
        """Return the values as one line."""


class Logfmt(_Lines):
    """``key=value`` pairs, a value in quotes where it needs them."""

    def line(self, values: dict[str, object]) -> str:
        """Return the pairs with everything that could break the line escaped."""
        return " ".join(f"{name}={_quoted(str(value))}" for name, value in values.items())


class Json(_Lines):
    """One JSON object a line."""

    def line(self, values: dict[str, object]) -> str:
        """Return the object; only ASCII, so that nothing can break the line."""
        return json.dumps(values, default=str)


def _quoted(text: str) -> str:
    return text if _BARE.fullmatch(text) else json.dumps(text)


class _Handler(logging.StreamHandler[TextIO]):
    """Writes to standard error as it is at the time, and lets the program live when that is closed or full."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name is logging's
        """Give the line up: there is nowhere to say that it could not be written."""


def set_up(level: str, form: str) -> None:
    """Send all log lines of the process to standard error."""
    handler = _Handler(sys.stderr)
    handler.setFormatter(Json() if form == "json" else Logfmt())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("exporter").setLevel(level.upper())
    # urllib3 quotes addresses and headers of answers; what matters of its troubles is logged by us.
    logging.getLogger("urllib3").setLevel(logging.CRITICAL)
