"""The configuration at work, which a reload replaces whole or not at all, and that of our port beside it."""

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
from exporter.web_config.live import WebFile

log = logging.getLogger(__name__)

Load = Callable[[], tuple[Loading, Path]]
"""Reads the configuration, with the directory of its relative paths; raises ``ConfigurationError``."""


class Running:
    """What serves now, and whether the latest configuration was refused. Safe for threads.

    Raises ``ConfigurationError`` if the first one cannot be used.
    """

    def __init__(self, load: Load, instruments: Instruments, clock: Clock, web_file: WebFile | None = None) -> None:
        self._load = load
        self._instruments = instruments
        self._clock = clock
        self._web_file = web_file
        self._lock = threading.Lock()
        loading, directory = load()
        self.refused = False
        self.assembly: Assembly = assemble(loading, directory, instruments, clock)
        self._in_use(loading)

    def reload(self) -> ConfigurationError | None:
        """Do what a request asks for: read both files again, or say why the old configuration stays.

        A bad web configuration stops it, and nobody can take away TLS or users by a request.
        """
        with self._lock:
            return self._reload_web(trust_vanished=False) or self._reload()

    def reload_as_operator(self) -> None:
        """Do what the operator of the host asks for: read each file again, whatever becomes of the other.

        TLS and users that have vanished are meant to go. One that is refused is told of, however good the other is.
        """
        with self._lock:
            refused = self._reload_web(trust_vanished=True)
            self._reload()
            if refused:
                self._refuse()

    def _reload_web(self, *, trust_vanished: bool) -> ConfigurationError | None:
        try:
            if self._web_file:
                self._web_file.reload(trust_vanished=trust_vanished)
        except ConfigurationError as error:
            self._refused(error, "web configuration refused, the old one stays")
            return error
        return None

    def _reload(self) -> ConfigurationError | None:
        try:
            loading, directory = self._load()
            self.assembly = reassemble(self.assembly, loading, directory, self._instruments, self._clock)
        except ConfigurationError as error:
            self._refused(error, "configuration refused, the old one stays")
            return error
        self._in_use(loading)
        log.info("configuration reloaded", extra=fields(tenants=len(loading.config.tenants)))
        return None

    def _in_use(self, loading: Loading) -> None:
        self.refused = False
        self._instruments.configuration_loaded(self._clock.now().timestamp())
        for warning in loading.warnings:
            log.warning("configuration", extra=fields(place=warning.place or None, detail=warning.message))

    def _refused(self, error: ConfigurationError, what: str) -> None:
        self._refuse()
        for problem in error.problems:
            log.error(what, extra=fields(detail=str(problem)))

    def _refuse(self) -> None:
        self.refused = True
        self._instruments.configuration_refused()
