"""Poll every tenant once and print its numbers, or write them to a file for node_exporter's textfile collector.

The file is replaced as a whole. The exporter's own instruments are left out: they would speak of a process that is
gone, and those of Python and of the process would clash with node_exporter's. The status is 1 if any poll failed, and
the numbers of the others are there all the same.

examples:
  mimecast-exporter once --config.file=/etc/mimecast-exporter/mimecast-exporter.yaml
  mimecast-exporter once --output=/var/lib/prometheus/node-exporter/mimecast.prom
"""

import argparse
import logging
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from exporter.clock import SystemClock
from exporter.commands.arguments import add_configuration_flag, add_log_flags
from exporter.commands.assembly import assemble, log_ignored
from exporter.commands.configuration import load
from exporter.commands.message import fail
from exporter.exposition import Format
from exporter.instruments import Instruments
from exporter.log import fields, set_up
from exporter.scrape import Selection
from exporter.web.status import State

log = logging.getLogger(__name__)

_READABLE_BY_ALL: Final = 0o644
# Each poll ends by its own timeout, so nothing is to be bounded here.
_FOREVER: Final = threading.TIMEOUT_MAX


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of a single round."""
    add_configuration_flag(parser)
    parser.add_argument(
        "--output",
        metavar="FILE",
        type=_file,
        help="write to FILE, replaced as a whole; default: standard output",
    )
    add_log_flags(parser, level="warning")


def _file(text: str) -> Path:
    if not Path(text).name:
        raise argparse.ArgumentTypeError("must be the name of a file")
    return Path(text)


def run(arguments: argparse.Namespace) -> int:
    """Poll, and write the page."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    set_up(arguments.log_level, arguments.log_format)
    loading, directory = load(arguments.config_file)
    for warning in loading.warnings:
        log.warning("configuration", extra=fields(place=warning.place or None, detail=warning.message))
    log_ignored(os.environ)
    scrapes = assemble(loading, directory, Instruments(), SystemClock()).scrapes
    page = scrapes.page(Selection(tuple(scrapes.tenants), instruments=False), _FOREVER, Format.TEXT, gzip=False)
    try:
        _write(page.parts, arguments.output)
    except OSError as error:
        where = f" {arguments.output}" if arguments.output else ""
        return fail(f"cannot write{where}: {error.strerror}", 1)
    return int(any(tenant.state is not State.UP for tenant in scrapes.statuses()))


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
