"""The secrets of a tenant at run time: read from their sources at each use, so that rotated files need no restart."""

import logging
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

from exporter.config.address import ProxyUrl
from exporter.config.context import SecretError
from exporter.config.credential import OAUTH_KEYS, PROXY_KEY, SIGNED_KEYS, flaw_of
from exporter.config.place import Place
from exporter.config.settings import OAuthCredentials, SecretSource, SignedCredentials
from exporter.log import fields
from exporter.mimecast.auth import ClientKeys, SigningKeys
from exporter.model import Secret
from exporter.secret_file import SecretReader

log = logging.getLogger(__name__)

K = TypeVar("K")


class Keys(Generic[K]):
    """The keys of one tenant; a source without a usable key leaves the old ones in use, logged once."""

    def __init__(
        self, tenant: str, sources: Mapping[str, SecretSource], reader: SecretReader, make: Callable[..., K]
    ) -> None:
        self._tenant = tenant
        self._sources = sources
        self._reader = reader
        self._make = make
        self._fresh = False
        self._trouble: str | None = None
        self._current = make(**{name: reader.read(source) for name, source in sources.items()})

    def current(self) -> K:
        """Return the keys as they are now, all of them new or all of them old."""
        try:
            self._current = self._make(**{name: self._read(name, source) for name, source in self._sources.items()})
            self._trouble = None
        except SecretError as error:
            self._log_once(str(error))
        self._fresh = False
        return self._current

    def refused(self) -> None:
        """Read every source at the next use, whether or not its file looks changed."""
        self._fresh = True

    def _read(self, name: str, source: SecretSource) -> Secret:
        secret = self._reader.read(source, fresh=self._fresh)
        flaw = flaw_of(name, secret)
        if flaw:
            raise SecretError(f"{name} {flaw}")
        return secret

    def _log_once(self, trouble: str) -> None:
        if trouble != self._trouble:
            self._trouble = trouble
            log.warning("old credentials stay in use", extra=fields(tenant=self._tenant, detail=trouble))


def signing_keys(tenant: str, credentials: SignedCredentials, reader: SecretReader) -> Keys[SigningKeys]:
    """Return the keys of API 1.0; raise ``SecretError`` if one cannot be read now."""
    return Keys(tenant, {key: getattr(credentials, key) for key in SIGNED_KEYS}, reader, SigningKeys)


def client_keys(tenant: str, credentials: OAuthCredentials, reader: SecretReader) -> Keys[ClientKeys]:
    """Return the keys of API 2.0; raise ``SecretError`` if one cannot be read now."""
    return Keys(tenant, {key: getattr(credentials, key) for key in OAUTH_KEYS}, reader, ClientKeys)


def proxy(tenant: str, source: SecretSource, reader: SecretReader) -> Callable[[], Secret]:
    """Return what tells the address of a proxy at each use; raise ``SecretError`` if it cannot be read now."""

    def address(**secrets: Secret) -> Secret:
        return ProxyUrl().read(secrets[PROXY_KEY].reveal(), Place())

    return Keys(tenant, {PROXY_KEY: source}, reader, address).current
