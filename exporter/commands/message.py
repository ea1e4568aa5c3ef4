"""What commands say: results on standard output, errors and progress on standard error, a line each."""

import os
import sys
from contextlib import suppress
from typing import Final

from exporter.errors import OutputError
from exporter.outlet import STANDARD_ERROR

_USUAL_COLUMNS: Final = 80


def open_missing_streams() -> None:
    """Put nothing in the place of each standard stream that is closed; else a socket would get its descriptor."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            with suppress(OSError):
                setattr(sys, name, open(os.devnull, mode))  # noqa: PTH123, SIM115 - it stays open


def say(text: str) -> None:
    """Write a result, at once; raises ``OutputError`` if it cannot be written."""
    try:
        # A stream of our own, because what it cannot write is not tried once more at the end of the process.
        with open(sys.stdout.fileno(), "w", closefd=False, encoding="utf-8") as stream:
            stream.write(f"{text}\n")
    except OSError as error:
        raise OutputError(f"cannot write: {error.strerror}") from None


def fail(message: str, status: int) -> int:
    """Write an error, behind the log lines so far, and return the exit status that goes with it."""
    STANDARD_ERROR.put(f"mimecast-exporter: {message}")
    return status


def progress(text: str) -> None:
    """Show on a terminal what is going on, over what was shown before; nothing elsewhere."""
    if sys.stderr.isatty():
        # What is wider than the terminal would stay on the lines above.
        columns = os.get_terminal_size(sys.stderr.fileno()).columns or _USUAL_COLUMNS
        sys.stderr.write(f"\r\x1b[K{text[: columns - 1]}")
        sys.stderr.flush()
