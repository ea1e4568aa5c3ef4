"""The service: a configuration at work behind our port, until a signal ends it."""

import logging
import signal
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
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
from exporter.notify import Manager
from exporter.scrape import Scrapes
from exporter.tuning import Tidying, tune
from exporter.web.application import Limits
from exporter.web.listener import Address, Place
from exporter.web.routes import Options, Routes
from exporter.web.server import Server
from exporter.web_config.guard import Guard
from exporter.web_config.live import WebFile

log = logging.getLogger(__name__)

_PATIENCE: Final = 1.5
_GRACE: Final = 2.0


@dataclass(frozen=True, slots=True)
class Listening:
    """Where and how to listen, and whether requests may have the configuration read again.

    ``port_flag`` is where an operator can have it listen elsewhere; ``manager`` is told how the service is.
    """

    places: tuple[Place, ...]
    limits: Limits
    options: Options
    lifecycle: bool = False
    web_file: WebFile | None = None
    port_flag: str = "--web.listen-address"
    manager: Manager = field(default_factory=Manager)


def serve(read: Load, listening: Listening, announce: Callable[[tuple[Address, ...]], None] | None = None) -> int:
    """Serve a configuration until SIGTERM or SIGINT, and return the exit status; SIGHUP reads it again.

    ``announce`` is called with the real addresses before the first scrape can be answered. Raises
    ``ConfigurationError`` if the first configuration cannot be used.
    """
    asked = signals(signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    tune()
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
    server = Server(guard, listening.places, listening.limits)
    if listening.web_file is not None:
        listening.web_file.serve(server, guard)
    try:
        server.listen()
    except OSError as error:
        return fail(cannot_listen(error.filename, error, listening.port_flag), 1)
    if announce:
        announce(server.addresses)
    running.assembly.polls.lane.gives_way = server.is_at_work
    try:
        server.start()
    except RuntimeError:
        return fail("the system lets no thread be started; raise the limit of processes", 1)
    listening_on = ",".join(map(str, server.addresses))
    log.info("serving", extra=fields(addresses=listening_on, tenants=len(running.assembly.scrapes.tenants)))
    manager = listening.manager
    status = partial(_status, running, listening_on)
    manager.ready(status())
    tidying = Tidying(clock.monotonic)
    while _goes_on(asked, running, manager, status):
        manager.look(status(), server.answers, clock.monotonic())
        tidying.look()
        if not server.running or (listening.web_file and not listening.web_file.running):
            return fail("a part of the server has broken down; the log says why", 1)
    manager.stopping()
    _stop(server, running.assembly, clock)
    return 0


def _at_work(running: Running) -> tuple[Scrapes, float]:
    """Return what a request is answered from: all of it of one configuration."""
    assembly = running.assembly
    return assembly.scrapes, assembly.scrape_timeout


def _status(running: Running, addresses: str) -> str:
    """Return how it is, in a line."""
    refused = "; the new configuration was refused, the log says why" if running.refused else ""
    return f"Serving on {addresses}, tenants: {len(running.assembly.scrapes.tenants)}{refused}"


def _goes_on(asked: SimpleQueue[signal.Signals], running: Running, manager: Manager, status: Callable[[], str]) -> bool:
    """Do what a signal asks for, if there is one within a second; False if it is to end."""
    try:
        wanted = asked.get(timeout=manager.look_every)
    except Empty:
        return True
    if wanted is signal.SIGHUP:
        manager.reloading()
        running.reload_as_operator()
        manager.ready(status())
    return wanted is signal.SIGHUP


def _stop(server: Server, assembly: Assembly, clock: SystemClock) -> None:
    """End within three seconds: scrapes in flight get a while for what is still coming, then what there is."""
    log.info("stopping")
    # No thread may be needed for it: the system may have none left, and without memory a start of one never returns.
    server.stop(_GRACE, wait=_PATIENCE)
    assembly.stop()
    server.stop(_GRACE - _PATIENCE)
    clock.stop()
