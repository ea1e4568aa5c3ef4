"""The service: a configuration at work behind our port, until a signal ends it."""

import logging
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from queue import Empty, SimpleQueue
from typing import Final

from exporter.clock import SystemClock
from exporter.commands.assembly import Assembly
from exporter.commands.message import fail
from exporter.commands.port import cannot_listen
from exporter.commands.running import Load, Running
from exporter.commands.stop import signals
from exporter.instruments import Instruments
from exporter.log import fields
from exporter.scrape import Scrapes
from exporter.web.application import Limits
from exporter.web.listener import Address
from exporter.web.routes import Options, Routes
from exporter.web.server import Server
from exporter.web_config.guard import Guard
from exporter.web_config.live import WebFile

log = logging.getLogger(__name__)

_PATIENCE: Final = 1.5
_GRACE: Final = 2.0
_LOOK_EVERY: Final = 1.0
# A scrape changes threads a dozen times, and at each may have to wait this long for one that decodes a large answer.
_TURN: Final = 0.001


@dataclass(frozen=True, slots=True)
class Listening:
    """Where and how to listen, and whether requests may have the configuration read again.

    ``port_flag`` is where an operator can have it listen elsewhere.
    """

    addresses: tuple[Address, ...]
    limits: Limits
    options: Options
    lifecycle: bool = False
    web_file: WebFile | None = None
    port_flag: str = "--web.listen-address"


def serve(read: Load, listening: Listening, announce: Callable[[tuple[Address, ...]], None] | None = None) -> int:
    """Serve a configuration until SIGTERM or SIGINT, and return the exit status; SIGHUP reads it again.

    ``announce`` is called with the real addresses before the first scrape can be answered. Raises
    ``ConfigurationError`` if the first configuration cannot be used.
    """
    asked = signals(signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    sys.setswitchinterval(_TURN)
    clock = SystemClock()
    instruments = Instruments()
    running = Running(read, instruments, clock, listening.web_file)
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
    try:
        server.listen()
    except OSError as error:
        return fail(cannot_listen(error.filename, error, listening.port_flag), 1)
    if announce:
        announce(server.addresses)
    server.start()
    listening_on = ",".join(map(str, server.addresses))
    log.info("serving", extra=fields(addresses=listening_on, tenants=len(running.assembly.scrapes.tenants)))
    while _goes_on(asked, running):
        if not server.running or (listening.web_file and not listening.web_file.running):
            return fail("a part of the server has broken down; the log says why", 1)
    _stop(server, running.assembly, clock)
    return 0


def _at_work(running: Running) -> tuple[Scrapes, float]:
    """Return what a request is answered from: all of it of one configuration."""
    assembly = running.assembly
    return assembly.scrapes, assembly.scrape_timeout


def _goes_on(asked: SimpleQueue[signal.Signals], running: Running) -> bool:
    """Do what a signal asks for, if there is one within a second; False if it is to end."""
    try:
        wanted = asked.get(timeout=_LOOK_EVERY)
    except Empty:
        return True
    if wanted is signal.SIGHUP:
        running.reload_as_operator()
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
