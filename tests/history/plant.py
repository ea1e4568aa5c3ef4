"""A simulated Mimecast, and the exporter served against it, in one process, on one running clock."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any

import yaml

from exporter.commands.assembly import CATALOGUE
from exporter.commands.running import Running
from exporter.config.context import Context
from exporter.config.parse import parse
from exporter.config_file import Loading
from exporter.instruments import Instruments
from exporter.secret_file import SecretReader
from exporter.simulator import Simulator
from exporter.web.application import Limits
from exporter.web.listener import Address
from exporter.web.routes import Options, Routes
from exporter.web.server import Server
from history.clock import RunningClock
from history.scenario import Scenario

# A pace that outruns the real time must not make anything late, whatever else the machine does.
_PATIENCE = "1h"
PATIENCE_SECONDS = 3600.0


class Phase(Enum):
    """Which configuration the exporter is given."""

    USUAL = "usual"
    WRONG = "wrong"
    FRESH = "fresh"


class Plant:
    """The two programs; the exporter's port is that of the latest :meth:`open`."""

    def __init__(self, scenario: Scenario, start: datetime, end: datetime) -> None:
        self.clock = RunningClock(start, scenario.pace)
        self.simulator = Simulator(strict=True, clock=self.clock)
        self.started = start
        self.port = 0
        self._scenario = scenario
        self._phase = Phase.USUAL
        self._instruments = Instruments()
        self._server: Server | None = None
        for account in scenario.accounts:
            self.simulator.add_tenant(account.name, **account.options_at(end))
        self.simulator.start()
        self._running = Running(self._load, self._instruments, self.clock)

    def become(self, phase: Phase) -> None:
        """Load another configuration, if it is another one."""
        if phase is not self._phase:
            self._phase = phase
            self._running.reload()

    def open(self) -> None:
        """Let the exporter serve, if it does not."""
        if self._server is not None:
            return
        running = self._running
        routes = Routes(lambda: (running.assembly.scrapes, PATIENCE_SECONDS), self._instruments, Options())
        self._server = Server(routes, [Address("127.0.0.1", 0)], Limits())
        self._server.start()
        self.port = self._server.addresses[0].port

    def close(self) -> None:
        """Let the exporter serve no more, if it does."""
        if self._server is not None:
            self._server.stop(5.0)
            self._server = None

    def stop(self) -> None:
        """Stop both."""
        self.close()
        self._running.assembly.stop()
        self.simulator.stop()

    def _load(self) -> tuple[Loading, Path]:
        secrets = SecretReader({}, Path())
        context = Context(CATALOGUE.collectors, CATALOGUE.default_collectors, secrets.read)
        return Loading(parse(json.dumps(self._document()), context).config, secrets, ()), Path()

    def _document(self) -> dict[str, Any]:
        document: dict[str, Any] = yaml.safe_load(self.simulator.configuration())
        for tenant, account in zip(document["tenants"], self._scenario.accounts, strict=True):
            tenant.update(account.settings)
        document["defaults"] = {"timeout": _PATIENCE}
        document["scrape_timeout"] = _PATIENCE
        match self._phase:
            case Phase.USUAL:
                document["defaults"] |= self._scenario.defaults
            case Phase.WRONG:
                document["tenant"] = document.pop("tenants")
            case Phase.FRESH:
                pass
        return document


@contextmanager
def plant(scenario: Scenario, start: datetime, end: datetime) -> Iterator[Plant]:
    """Run both for a block; the companies are as they have become at the end of the history."""
    running = Plant(scenario, start, end)
    try:
        yield running
    finally:
        running.stop()
