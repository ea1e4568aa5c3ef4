"""Serve the numbers of Mimecast Awareness Training to Prometheus.

examples:
  mimecast-exporter --config.file=/etc/mimecast-exporter/mimecast-exporter.yaml
  mimecast-exporter --web.listen-address=127.0.0.1:10463 --log.format=json
  mimecast-exporter demo
"""

import argparse
import logging
import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from queue import Empty, SimpleQueue
from typing import Final

from exporter.clock import SystemClock
from exporter.commands.arguments import (
    DEFAULT_PORT,
    add_configuration_flag,
    add_log_flags,
    add_web_configuration_flag,
    address,
    seconds,
    url_path,
    whole_number,
)
from exporter.commands.assembly import Assembly, log_ignored
from exporter.commands.configuration import load
from exporter.commands.message import fail
from exporter.commands.running import Load, Running
from exporter.commands.stop import signals
from exporter.instruments import Instruments
from exporter.log import fields, set_up
from exporter.scrape import Scrapes
from exporter.web.application import Limits
from exporter.web.listener import Address
from exporter.web.routes import FIXED_PATHS, Options, Routes
from exporter.web.server import Server
from exporter.web_config.guard import Guard
from exporter.web_config.live import WebFile

log = logging.getLogger(__name__)

_ALL_ADDRESSES: Final = Address("", DEFAULT_PORT)
_PATIENCE: Final = 1.5
_GRACE: Final = 2.0
_LOOK_EVERY: Final = 1.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of serving."""
    add_configuration_flag(parser)
    parser.add_argument(
        "--web.listen-address",
        dest="addresses",
        metavar="ADDRESS",
        type=address,
        action="append",
        help=f"host:port or :port; may be repeated; default: :{DEFAULT_PORT}, IPv4 and IPv6",
    )
    add_web_configuration_flag(parser)
    parser.add_argument(
        "--web.telemetry-path",
        dest="telemetry_path",
        metavar="PATH",
        type=url_path,
        default="/metrics",
        help="the path of all metrics; default: %(default)s",
    )
    parser.add_argument(
        "--web.max-requests",
        dest="max_requests",
        metavar="N",
        type=whole_number(1, 10_000),
        default=Limits().max_requests,
        help="pages answered at once, one more gets 503; default: %(default)s",
    )
    parser.add_argument(
        "--web.timeout-offset",
        dest="timeout_offset",
        metavar="SECONDS",
        type=seconds,
        default=Options().timeout_offset,
        help="kept of Prometheus's scrape timeout for the way back; default: %(default)s",
    )
    parser.add_argument(
        "--web.enable-lifecycle",
        dest="lifecycle",
        action="store_true",
        help="let POST and PUT of /-/reload read the configuration again",
    )
    add_log_flags(parser)


def run(arguments: argparse.Namespace) -> int:
    """Serve until a signal ends it."""
    set_up(arguments.log_level, arguments.log_format)
    if arguments.telemetry_path in FIXED_PATHS:
        return fail("argument --web.telemetry-path: this path serves something else", 2)
    log_ignored(os.environ)
    options = Options(arguments.telemetry_path, arguments.timeout_offset)
    listening = Listening(
        tuple(arguments.addresses or [_ALL_ADDRESSES]), Limits(arguments.max_requests), options, arguments.lifecycle
    )
    if arguments.web_config_file is not None:
        listening = replace(listening, web_file=WebFile(arguments.web_config_file))
    return serve(lambda: load(arguments.config_file), listening)


@dataclass(frozen=True, slots=True)
class Listening:
    """Where and how to listen, and whether requests may have the configuration read again."""

    addresses: tuple[Address, ...]
    limits: Limits
    options: Options
    lifecycle: bool = False
    web_file: WebFile | None = None


def serve(read: Load, listening: Listening, announce: Callable[[tuple[Address, ...]], None] | None = None) -> int:
    """Serve a configuration until SIGTERM or SIGINT, and return the exit status; SIGHUP reads it again.

    ``announce`` is called with the real addresses before the first scrape can be answered. Raises
    ``ConfigurationError`` if the first configuration cannot be used.
    """
    clock = SystemClock()
    instruments = Instruments()
    running = Running(read, instruments, clock)
    options = (
        replace(listening.options, reload=lambda: str(running.reload() or ""))
        if listening.lifecycle
        else listening.options
    )
    routes = Routes(lambda: _at_work(running), instruments, options)
    guard = Guard(routes)
    server = Server(guard, listening.addresses, listening.limits)
    if listening.web_file is not None:
        listening.web_file.serve(server, guard)
    asked = signals(signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    try:
        server.listen()
    except OSError as error:
        return fail(f"cannot listen on {error.filename}: {error.strerror}; is another program using it?", 1)
    if announce:
        announce(server.addresses)
    server.start()
    listening_on = ",".join(map(str, server.addresses))
    log.info("serving", extra=fields(addresses=listening_on, tenants=len(running.assembly.scrapes.tenants)))
    while _goes_on(asked, running, listening.web_file):
        if not server.running:
            return fail("the server has broken down; the log says why", 1)
    _stop(server, running.assembly, clock)
    return 0


def _at_work(running: Running) -> tuple[Scrapes, float]:
    """Return what a request is answered from: all of it of one configuration."""
    assembly = running.assembly
    return assembly.scrapes, assembly.scrape_timeout


def _goes_on(asked: SimpleQueue[signal.Signals], running: Running, web_file: WebFile | None) -> bool:
    """Do what a signal asks for, if there is one within a second; False if it is to end."""
    try:
        wanted = asked.get(timeout=_LOOK_EVERY)
    except Empty:
        return True
    if wanted is signal.SIGHUP:
        running.reload()
        if web_file is not None:
            web_file.look(trust_vanished=True)
    return wanted is signal.SIGHUP


def _stop(server: Server, assembly: Assembly, clock: SystemClock) -> None:
    """End within three seconds: scrapes in flight get a while for what is still coming, then what there is."""
    log.info("stopping")
    patience = threading.Timer(_PATIENCE, assembly.stop)
    patience.daemon = True
    patience.start()
    server.stop(_GRACE)
    patience.cancel()
    assembly.stop()
    clock.stop()
