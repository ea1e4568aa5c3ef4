"""The web configuration file in use: read at the start, and again whenever it or a file that it names has changed."""

import logging
from dataclasses import dataclass, field
from pathlib import Path
from ssl import SSLContext
from threading import Event, Lock, Thread
from typing import Final

from exporter.config.document import MAX_SIZE
from exporter.config.place import Place
from exporter.errors import ConfigurationError, Problem
from exporter.log import fields
from exporter.secret_file import UnreadableFileError, read_regular_file
from exporter.web.server import Server
from exporter.web_config.guard import Bucket, Guard
from exporter.web_config.parse import parse
from exporter.web_config.settings import WebSettings
from exporter.web_config.tls import make_context, read_files

_LOOK_EVERY: Final = 2.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Loaded:
    """One good state of the file and of those it names: their bytes, and what they mean."""

    contents: tuple[bytes, ...] = field(repr=False)
    settings: WebSettings
    tls: SSLContext | None


class WebFile:
    """The file at ``path``; the first reading raises ``ConfigurationError`` with every problem.

    ::

        file = WebFile(path)
        server = Server(guard, addresses, limits, file.tls)
        file.serve(server, guard)   # a thread looks for changes from then on
    """

    def __init__(self, path: str) -> None:
        self._path = Path(path)
        self._told = ""
        self._lock = Lock()
        self._server: Server | None = None
        self._guard: Guard | None = None
        self._thread = Thread(target=self._watch, name="web-config", daemon=True)
        self._loaded = self._load(None)

    @property
    def tls(self) -> SSLContext | None:
        """The TLS in use, None for plain HTTP."""
        return self._loaded.tls

    @property
    def settings(self) -> WebSettings:
        """What the file says, as it is in use."""
        return self._loaded.settings

    @property
    def running(self) -> bool:
        """Whether changes are looked for; False after :meth:`serve` means that this broke."""
        return self._thread.is_alive()

    def serve(self, server: Server, guard: Guard) -> None:
        """Put the file to use, and look for changes from now on."""
        self._server, self._guard = server, guard
        self._apply(self._loaded, None)
        self._thread.start()

    def _apply(self, new: Loaded, old: Loaded | None) -> None:
        if self._server is None or self._guard is None:
            return
        self._server.set_tls(new.tls)
        self._server.set_headers(new.settings.headers)
        if old is None or old.settings.users != new.settings.users:
            self._guard.users = self._guard.users.renewed(new.settings.users)
        if old is None or old.settings.rate_limit != new.settings.rate_limit:
            self._guard.bucket = Bucket(new.settings.rate_limit) if new.settings.rate_limit else None

    def reload(self, *, trust_vanished: bool = False) -> None:
        """Use what has changed, or keep all of the old and raise ``ConfigurationError``.

        TLS or users that are there no more are believed to be meant only with ``trust_vanished``.
        """
        with self._lock:
            try:
                self._replace(self._loaded, trust_vanished=trust_vanished)
                self._told = ""
            except ConfigurationError as error:
                self._told = str(error)  # by whoever asked
                raise

    def look(self) -> None:
        """Use what has changed; what cannot be used is logged once."""
        told = self._told
        try:
            self.reload()
        except ConfigurationError as error:
            if str(error) != told:
                log.warning("web configuration not used, the old one stays", extra=fields(detail=str(error)))

    def _replace(self, old: Loaded, *, trust_vanished: bool) -> None:
        new = self._load(old)
        if not trust_vanished:
            self._refuse_vanished(old.settings, new.settings)
        if new is not old:
            self._apply(new, old)
            self._loaded = new
            log.info("web configuration loaded", extra=fields(file=self._path))

    def _watch(self) -> None:
        pause = Event()
        while not pause.wait(_LOOK_EVERY):
            try:
                self.look()
            except Exception:
                log.exception("the web configuration could not be looked at")

    def _load(self, old: Loaded | None) -> Loaded:
        place = Place()
        content = self._content()
        settings = old.settings if old and old.contents[0] == content else parse(_decoded(content, self._path), place)
        below = place.key("tls_server_config")
        files = read_files(settings.tls, self._path.parent, below) if settings.tls else ()
        place.raise_problems()
        if old and old.contents == (content, *files):
            return old
        context = make_context(settings.tls, self._path.parent, below) if settings.tls else None
        place.raise_problems()
        return Loaded((content, *files), settings, context)

    def _content(self) -> bytes:
        try:
            return read_regular_file(self._path, MAX_SIZE)[0]
        except UnreadableFileError as error:
            raise ConfigurationError([Problem("", f"the file {self._path} {error}")]) from None

    def _refuse_vanished(self, old: WebSettings, new: WebSettings) -> None:
        pairs = (("TLS", old.tls, new.tls), ("users", old.users, new.users))
        gone = [name for name, had, has in pairs if had and not has]
        if gone:
            message = f"{' and '.join(gone)} have vanished from the file {self._path}; send SIGHUP if that is meant"
            raise ConfigurationError([Problem("", message)])


def _decoded(content: bytes, path: Path) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise ConfigurationError([Problem("", f"the file {path} is no UTF-8 text; save it as such")]) from None
