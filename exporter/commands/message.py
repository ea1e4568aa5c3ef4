"""What commands say: results on standard output, errors and progress on standard error, a line each."""

import sys


def say(text: str) -> None:
    """Write a result, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def fail(message: str, status: int) -> int:
    """Write an error and return the exit status that goes with it."""
    sys.stderr.write(f"mimecast-exporter: {message}\n")
    return status


def progress(text: str) -> None:
    """Show on a terminal what is going on, over what was shown before; nothing elsewhere."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()
