"""The command once: every tenant polled one time, its numbers printed or put into a file.

The exporter's own instruments are left out: they would speak of a process that is gone, and those of Python and of the
process would clash with node_exporter's.
"""

import argparse
import errno
import logging
import os
import stat
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from exporter.clock import SystemClock
from exporter.commands.arguments import add_configuration_flag, add_log_flags, file_name
from exporter.commands.assembly import assemble, log_ignored
from exporter.commands.configuration import ENVIRONMENT, FILES, load
from exporter.commands.manual import Manual
from exporter.commands.parser import Parser
from exporter.errors import OutputError
from exporter.exposition import Format
from exporter.instruments import Instruments
from exporter.log import fields, set_up
from exporter.scrape import Selection
from exporter.web.status import State

log = logging.getLogger(__name__)

_READABLE_BY_ALL: Final = 0o644
# Each poll ends by its own timeout, so nothing is to be bounded here.
_FOREVER: Final = threading.TIMEOUT_MAX


MANUAL: Final = Manual(
    summary="poll every tenant once and print the numbers",
    description="""
Or put them into a file: for node_exporter's textfile collector, for cron, and for a look at the numbers. The file is
replaced as a whole, and whoever reads it has the old one or the new one. The exporter's own instruments are left out.
If polls fail, standard error says why, and the numbers of the others are there all the same.
""",
    examples={
        "Print the numbers": "mimecast-exporter once",
        "For node_exporter, where Debian has its textfile collector": "mimecast-exporter once \\\n"
        "  --config.file=/etc/mimecast-exporter/mimecast-exporter.yaml \\\n"
        "  --output=/var/lib/prometheus/node-exporter/mimecast.prom",
        "Which tenants are up": "mimecast-exporter once | grep '^mimecast_up'",
    },
    statuses={
        "0": "Every poll was good.",
        "1": "A poll failed (the numbers of the others are there), or the file cannot be written.",
        "2": "Wrong usage, or the configuration cannot be used; nothing was asked, the file is as it was.",
    },
    notes={
        "files": FILES,
        "environment": ENVIRONMENT,
        "see also": {"mimecast-exporter check": "says what to do about each failure"},
    },
)


def add_arguments(parser: Parser) -> None:
    """Add the flags of a single round."""
    add_configuration_flag(parser)
    parser.flag(
        "output",
        "--output",
        metavar="FILE",
        type=file_name,
        help="Write to FILE, which is replaced as a whole; end its name in .prom for node_exporter. Default: standard "
        "output.",
    )
    add_log_flags(parser, level="warning")


def run(arguments: argparse.Namespace) -> int:
    """Poll, and write the page."""
    set_up(arguments.log_level, arguments.log_format)
    output = Path(arguments.output) if arguments.output else None
    loading, directory = load(arguments.config_file)
    for warning in loading.warnings:
        log.warning("configuration", extra=fields(place=warning.place or None, detail=warning.message))
    log_ignored(os.environ)
    scrapes = assemble(loading, directory, Instruments(), SystemClock()).scrapes
    with _writing(output):
        _look_at(output)
    page = scrapes.page(Selection(tuple(scrapes.tenants), instruments=False), _FOREVER, Format.TEXT, gzip=False)
    with _writing(output):
        _write(page.parts, output)
    return int(any(tenant.state is not State.UP for tenant in scrapes.statuses()))


def _look_at(file: Path | None) -> None:
    """Raise ``OSError`` if a file can hardly be written, before Mimecast is asked for what should be in it."""
    if file is None:
        return
    if file.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISDIR(file.parent.stat().st_mode):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
    if not os.access(file.parent, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


@contextmanager
def _writing(file: Path | None) -> Iterator[None]:
    """Raise ``OutputError`` for what the system has against a file, or against standard output."""
    try:
        yield
    except OSError as error:
        if file is None:
            raise OutputError(f"cannot write: {error.strerror}") from None
        raise OutputError(f"cannot write {file}: {error.strerror}; {_advice(file, error)}") from None


def _advice(file: Path, error: OSError) -> str:
    match error.errno:
        case errno.ENOENT:
            return f"make the directory {file.parent} first"
        case errno.ENOTDIR:
            return f"{file.parent} is a file; name one in a directory"
        case errno.EISDIR:
            return "name a file in it"
        case errno.EACCES | errno.EPERM:
            return f"let this user write into the directory {file.parent}, where the new file is made"
        case _:
            return "make room, or name a file elsewhere"


def _write(parts: Iterable[bytes], file: Path | None) -> None:
    if file is not None:
        _replace(file, parts)
        return
    # A stream of our own, because what it cannot write is not tried once more at the end of the process.
    with open(sys.stdout.fileno(), "wb", closefd=False) as stream:
        stream.writelines(parts)


def _replace(file: Path, parts: Iterable[bytes]) -> None:
    """Put new content in the place of a file: who reads it at any moment, even after a crash, has the old or the new.

    The name of the draft does not end in ``.prom``, so node_exporter never reads it.
    """
    descriptor, draft = tempfile.mkstemp(prefix=f".{file.name}.", suffix=".tmp", dir=file.parent)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.writelines(parts)
            stream.flush()
            os.fchmod(descriptor, _READABLE_BY_ALL)
            os.fsync(descriptor)
        Path(draft).replace(file)
    except OSError:
        Path(draft).unlink(missing_ok=True)
        raise
