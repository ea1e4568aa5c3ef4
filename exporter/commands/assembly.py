"""From a configuration to something that can be scraped: clients, polls and scrapes put together."""

import logging
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from ssl import SSLContext
from typing import Final

from requests.utils import DEFAULT_CA_BUNDLE_PATH

from exporter import __version__
from exporter.clock import Clock
from exporter.collectors import COLLECTORS, DEFAULT_COLLECTORS
from exporter.config.context import SecretError
from exporter.config.place import Place
from exporter.config.settings import SignedCredentials, Tenant, Tls
from exporter.config_file import Catalogue, Loading
from exporter.credentials import client_keys, proxy, signing_keys
from exporter.errors import ConfigurationError, Problem
from exporter.instruments import Instruments
from exporter.log import fields
from exporter.mimecast.auth import Auth, OAuth2, Signed
from exporter.mimecast.client import Client
from exporter.mimecast.resolver import Resolver
from exporter.mimecast.transport import Route, Transport, client_tls
from exporter.polls import Polls, TenantPolls
from exporter.scrape import Scrapes
from exporter.secret_file import SecretReader, UnreadableFileError, read_regular_file
from exporter.workers import Workers

log = logging.getLogger(__name__)

CATALOGUE: Final = Catalogue(tuple(collector.name for collector in COLLECTORS), DEFAULT_COLLECTORS)

_LARGEST_PEM: Final = 4 * 1024**2

_IGNORED_VARIABLES: Final = (
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "PYTHONHTTPSVERIFY",
)


@dataclass(frozen=True, slots=True)
class Assembly:
    """One configuration at work: its scrapes, the longest that one waits in seconds, and its polls, to be stopped."""

    scrapes: Scrapes
    scrape_timeout: float
    polls: Polls

    def stop(self) -> None:
        """Let everybody who waits go on with what there is, and end what is in flight."""
        self.polls.stop()
        for tenant in self.scrapes.tenants.values():
            tenant.client.abort()


def assemble(loading: Loading, directory: Path, instruments: Instruments, clock: Clock) -> Assembly:
    """Put a configuration to work; paths of TLS files are relative to ``directory``.

    Raises ``ConfigurationError`` for TLS files that cannot be used.
    """
    polls = Polls(clock, Workers("poll", loading.config.max_polls), instruments)
    return _assembly(loading, _tenants(loading, directory, polls, (instruments, clock)), polls, (instruments, clock))


def reassemble(before: Assembly, loading: Loading, directory: Path, instruments: Instruments, clock: Clock) -> Assembly:
    """Put another configuration to work in place of ``before``; raise as :func:`assemble`, with ``before`` untouched.

    Tenants of which nothing has changed stay as they are, with their snapshots and what is in flight; what is in flight
    for the others is discarded. A wait that the vendor asked an account for is kept with it.
    """
    known = before.scrapes.tenants
    new = _tenants(loading, directory, before.polls, (instruments, clock))
    tenants = {name: known[name] if _is_unchanged(known.get(name), tenant) else tenant for name, tenant in new.items()}
    before.polls.resize(loading.config.max_polls)
    for name, tenant in known.items():
        if tenants.get(name) is not tenant:
            before.polls.discard(tenant)
            _hand_over(tenant, tenants.get(name))
        if name not in tenants:
            instruments.forget(name)
    return _assembly(loading, tenants, before.polls, (instruments, clock))


def _is_unchanged(known: TenantPolls | None, new: TenantPolls) -> bool:
    # A tenant with TLS files of its own is made anew: the files may have changed where the configuration has not.
    return known is not None and known.tenant == new.tenant and known.tenant.tls == Tls()


def _hand_over(before: TenantPolls, after: TenantPolls | None) -> None:
    """Let a tenant know what its vendor last told: if it asked the account to wait, it does so after a reload too."""
    if after is None:
        return
    old, new = before.tenant, after.tenant
    if (old.base_url, old.credentials) == (new.base_url, new.credentials):
        after.client.state = before.client.state


def _assembly(
    loading: Loading, tenants: Mapping[str, TenantPolls], polls: Polls, means: tuple[Instruments, Clock]
) -> Assembly:
    instruments, clock = means
    for name, tenant in tenants.items():
        instruments.expect(name, tenant.units)
    return Assembly(Scrapes(tenants, polls, instruments, clock), loading.config.scrape_timeout, polls)


def _tenants(
    loading: Loading, directory: Path, polls: Polls, means: tuple[Instruments, Clock]
) -> dict[str, TenantPolls]:
    instruments, clock = means
    tls = _tls_of(loading, directory)
    resolver = Resolver()
    tenants = {}
    for tenant in loading.config.tenants:
        by = proxy(tenant.name, tenant.proxy_url, loading.secrets) if tenant.proxy_url else None
        route = Route(tenant.base_url, tls[tenant.name], by, f"mimecast-exporter/{__version__}")
        observe = partial(instruments.request_sent, tenant.name)
        client = Client(
            Transport(route, resolver), _auth(tenant, loading, clock), clock, observe, tenant.max_response_size
        )
        client.lane = polls.lane
        collectors = [collector for collector in COLLECTORS if collector.name in tenant.collectors]
        tenants[tenant.name] = TenantPolls(tenant, client, collectors)
    return tenants


def _auth(tenant: Tenant, loading: Loading, clock: Clock) -> Auth:
    credentials = tenant.credentials
    if isinstance(credentials, SignedCredentials):
        return Signed(signing_keys(tenant.name, credentials, loading.secrets), clock.now, uuid.uuid4)
    return OAuth2(client_keys(tenant.name, credentials, loading.secrets), clock.monotonic)


def _tls_of(loading: Loading, directory: Path) -> dict[str, SSLContext]:
    """Return each tenant's TLS; tenants with the same files share one, because its roots take memory."""
    contexts: dict[Tls, SSLContext] = {}
    problems: list[Problem] = []
    for number, tenant in enumerate(loading.config.tenants):
        if tenant.tls not in contexts:
            place = Place(f"tenants[{number}].tls", problems)
            before = len(problems)
            files = _files(tenant.tls, loading.secrets, directory, place)
            if len(problems) == before:
                contexts.update((tenant.tls, context) for context in _context(files, place))
    if problems:
        raise ConfigurationError(problems)
    return {tenant.name: contexts[tenant.tls] for tenant in loading.config.tenants}


def _files(tls: Tls, secrets: SecretReader, directory: Path, place: Place) -> dict[str, str]:
    """Return the full path of each file that is given; one that cannot be read is noted and left out."""
    found = {}
    for name in Tls.__slots__:
        file = getattr(tls, name)
        try:
            if file is not None:
                path = directory / secrets.expanded(file)
                read_regular_file(path, _LARGEST_PEM)
                found[name] = str(path)
        except UnreadableFileError as error:
            place.key(name).refuse(f"the file {file} {error}")
        except SecretError as error:
            place.key(name).refuse(str(error))
    return found


def _context(files: Mapping[str, str], place: Place) -> Iterator[SSLContext]:
    """Yield the context, or nothing: then what cannot be used has been noted at ``place``."""
    roots = files.get("ca_file", DEFAULT_CA_BUNDLE_PATH)
    try:
        context = client_tls(roots)
    except OSError:
        if "ca_file" in files:
            place.key("ca_file").refuse("holds no certificate in PEM; name a file with the roots to trust")
        else:
            place.key("ca_file").refuse("missing, and the usual roots cannot be read; name a file with roots to trust")
        return
    try:
        # Reading the roots takes longer than all else at the start, so it is done once where there is no certificate.
        yield client_tls(roots, files["cert_file"], files.get("key_file")) if "cert_file" in files else context
    except OSError:
        place.key("key_file").refuse("cert_file and key_file are no PEM that fits together, without a passphrase")


def log_ignored(environment: Mapping[str, str]) -> None:
    """Log once which variables other programs listen to and this one does not."""
    ignored = [name for name in environment if name.upper() in _IGNORED_VARIABLES]
    if ignored:
        hint = "use proxy_url and tls.ca_file of the configuration"
        log.warning("variables ignored", extra=fields(variables=",".join(sorted(ignored)), hint=hint))
