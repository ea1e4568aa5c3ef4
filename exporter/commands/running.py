"""The configuration at work, which a reload replaces whole or not at all."""

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from exporter.clock import Clock
from exporter.commands.assembly import Assembly, assemble, reassemble
from exporter.config_file import Loading
from exporter.errors import ConfigurationError
from exporter.instruments import Instruments
from exporter.log import fields

log = logging.getLogger(__name__)

Load = Callable[[], tuple[Loading, Path]]
"""Reads the configuration, with the directory of its relative paths; raises ``ConfigurationError``."""


class Running:
    """What serves now; raises ``ConfigurationError`` if the first configuration cannot be used. Safe for threads."""

    def __init__(self, load: Load, instruments: Instruments, clock: Clock) -> None:
        self._load = load
        self._instruments = instruments
        self._clock = clock
        self._lock = threading.Lock()
        loading, directory = load()
        self.assembly: Assembly = assemble(loading, directory, instruments, clock)
        self._in_use(loading)

    def reload(self) -> ConfigurationError | None:
        """Read the configuration again and put it to work, or say why the old one stays."""
        with self._lock:
            try:
                loading, directory = self._load()
                self.assembly = reassemble(self.assembly, loading, directory, self._instruments, self._clock)
            except ConfigurationError as error:
                self._refused(error)
                return error
            self._in_use(loading)
            log.info("configuration reloaded", extra=fields(tenants=len(loading.config.tenants)))
            return None

    def _in_use(self, loading: Loading) -> None:
        self._instruments.configuration_loaded(self._clock.now().timestamp())
        for warning in loading.warnings:
            log.warning("configuration", extra=fields(place=warning.place or None, detail=warning.message))

    def _refused(self, error: ConfigurationError) -> None:
        self._instruments.configuration_refused()
        for problem in error.problems:
            log.error("configuration refused, the old one stays", extra=fields(detail=str(problem)))
