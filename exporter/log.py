"""Log lines: one event a line, as logfmt or JSON, from the standard library's logging.

An event is a short text; what belongs to it comes as ``extra=fields(tenant=..., reason=...)``. A log call never waits
for whoever reads the lines.
"""

import json
import logging
import re
import sys
import threading
import traceback
from abc import ABC, abstractmethod
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from exporter.outlet import STANDARD_ERROR, Outlet

log = logging.getLogger(__name__)

LEVELS: Final = ("debug", "info", "warning", "error")
FORMATS: Final = ("logfmt", "json")

# So much of an error's way is told, its end: an endless recursion would make a line of a thousand places.
_MOST_PLACES: Final = 20
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
        if record.exc_info and record.exc_info[1]:
            values |= bug(record.exc_info[1])
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


class _Handler(logging.Handler):
    """Puts lines into an outlet, and lets the program live with whatever becomes of them there."""

    def __init__(self, outlet: Outlet, form: _Lines) -> None:
        super().__init__()
        self.setFormatter(form)
        self._outlet = outlet
        outlet.describe_loss = self._describe_loss

    def emit(self, record: logging.LogRecord) -> None:
        """Put the record's line."""
        try:
            self._outlet.put(self.format(record))
        except Exception:  # noqa: BLE001 - a record that cannot be formatted; logging's own way would print it
            self.handleError(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name is logging's
        """Give the line up: there is nowhere to say that it could not be written."""

    def _describe_loss(self, count: int) -> str:
        lost = logging.makeLogRecord({"levelno": logging.WARNING, "levelname": "WARNING", "msg": "log lines lost"})
        vars(lost).update(fields(lines=count))
        return self.format(lost)


def set_up(level: str, form: str) -> None:
    """Send all log lines of the process to standard error; what ends it or a thread unforeseen is such a line too."""
    root = logging.getLogger()
    root.handlers[:] = [_Handler(STANDARD_ERROR, Json() if form == "json" else Logfmt())]
    root.setLevel(logging.WARNING)
    logging.getLogger("exporter").setLevel(level.upper())
    # urllib3 quotes addresses and headers of answers; what matters of its troubles is logged by us.
    logging.getLogger("urllib3").setLevel(logging.CRITICAL)
    threading.excepthook = _thread_died
    sys.excepthook = _program_died


def _thread_died(died: threading.ExceptHookArgs) -> None:
    name = died.thread.name if died.thread else None
    error = died.exc_value if died.exc_value is not None else died.exc_type()
    log.error("a thread has died", extra=fields(thread=name, **bug(error)))


def _program_died(_: type[BaseException], error: BaseException, __: TracebackType | None) -> None:
    log.error("the program has died", extra=fields(**bug(error)))


def bug(error: BaseException) -> dict[str, str]:
    """Return what is told of an error that nobody foresaw: its type and its way, as its text may quote anything."""
    places = traceback.extract_tb(error.__traceback__)[-_MOST_PLACES:]
    way = " ".join(f"{Path(at.filename).name}:{at.lineno}" for at in places)
    return {"error": type(error).__name__, "traceback": way}
