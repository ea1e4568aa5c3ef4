"""From a configuration to something that can be scraped: clients, polls and scrapes put together."""

import logging
import os
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from ssl import SSLContext
from typing import Final

from requests.utils import DEFAULT_CA_BUNDLE_PATH

from exporter import __version__
from exporter.clock import Clock
from exporter.collectors import COLLECTORS, DEFAULT_COLLECTORS
from exporter.config.settings import SignedCredentials, Tenant, Tls
from exporter.config_file import Catalogue, Loading
from exporter.credentials import client_keys, signing_keys
from exporter.errors import ConfigurationError, Problem
from exporter.instruments import Instruments
from exporter.log import fields
from exporter.mimecast.auth import Auth, OAuth2, Signed
from exporter.mimecast.client import Client
from exporter.mimecast.resolver import Resolver
from exporter.mimecast.transport import Route, Transport, client_tls
from exporter.polls import Polls, TenantPolls
from exporter.scrape import Scrapes
from exporter.workers import Workers

log = logging.getLogger(__name__)

CATALOGUE: Final = Catalogue(tuple(collector.name for collector in COLLECTORS), DEFAULT_COLLECTORS)

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
    return _assembly(loading, _tenants(loading, directory, instruments, clock), polls, (instruments, clock))


def reassemble(before: Assembly, loading: Loading, directory: Path, instruments: Instruments, clock: Clock) -> Assembly:
    """Put another configuration to work in place of ``before``; raise as :func:`assemble`, with ``before`` untouched.

    Tenants of which nothing has changed stay as they are, with their snapshots and what is in flight; what is in flight
    for the others is discarded.
    """
    known = before.scrapes.tenants
    new = _tenants(loading, directory, instruments, clock)
    tenants = {name: known[name] if _is_unchanged(known.get(name), tenant) else tenant for name, tenant in new.items()}
    before.polls.resize(loading.config.max_polls)
    for name, tenant in known.items():
        if tenants.get(name) is not tenant:
            before.polls.discard(tenant)
        if name not in tenants:
            instruments.forget(name)
    return _assembly(loading, tenants, before.polls, (instruments, clock))


def _is_unchanged(known: TenantPolls | None, new: TenantPolls) -> bool:
    # A tenant with TLS files of its own is made anew: the files may have changed where the configuration has not.
    return known is not None and known.tenant == new.tenant and known.tenant.tls == Tls()


def _assembly(
    loading: Loading, tenants: Mapping[str, TenantPolls], polls: Polls, means: tuple[Instruments, Clock]
) -> Assembly:
    instruments, clock = means
    for name, tenant in tenants.items():
        instruments.expect(name, tenant.units)
    return Assembly(Scrapes(tenants, polls, instruments, clock), loading.config.scrape_timeout, polls)


def _tenants(loading: Loading, directory: Path, instruments: Instruments, clock: Clock) -> dict[str, TenantPolls]:
    tls = _tls_of(loading.config.tenants, directory)
    resolver = Resolver()
    tenants = {}
    for tenant in loading.config.tenants:
        route = Route(tenant.base_url, tls[tenant.name], tenant.proxy_url, f"mimecast-exporter/{__version__}")
        observe = partial(instruments.request_sent, tenant.name)
        client = Client(
            Transport(route, resolver), _auth(tenant, loading, clock), clock, observe, tenant.max_response_size
        )
        collectors = [collector for collector in COLLECTORS if collector.name in tenant.collectors]
        tenants[tenant.name] = TenantPolls(tenant, client, collectors)
    return tenants


def _auth(tenant: Tenant, loading: Loading, clock: Clock) -> Auth:
    credentials = tenant.credentials
    if isinstance(credentials, SignedCredentials):
        return Signed(signing_keys(tenant.name, credentials, loading.secrets), clock.now, uuid.uuid4)
    return OAuth2(client_keys(tenant.name, credentials, loading.secrets), clock.monotonic)


def _tls_of(tenants: tuple[Tenant, ...], directory: Path) -> dict[str, SSLContext]:
    """Return each tenant's TLS; tenants with the same files share one, because its roots take memory."""
    contexts: dict[object, SSLContext] = {}
    problems = []
    for place, tenant in enumerate(tenants):
        if tenant.tls not in contexts:
            files = (tenant.tls.ca_file, tenant.tls.cert_file, tenant.tls.key_file)
            ca_file, cert_file, key_file = (str(directory / file) if file else None for file in files)
            try:
                contexts[tenant.tls] = client_tls(ca_file or DEFAULT_CA_BUNDLE_PATH, cert_file, key_file)
            except OSError as error:
                detail = os.strerror(error.errno) if error.errno and error.filename else "no PEM that fits together"
                problems.append(Problem(f"tenants[{place}].tls", f"the files cannot be used: {detail}"))
    if problems:
        raise ConfigurationError(problems)
    return {tenant.name: contexts[tenant.tls] for tenant in tenants}


def log_ignored(environment: Mapping[str, str]) -> None:
    """Log once which variables other programs listen to and this one does not."""
    ignored = [name for name in environment if name.upper() in _IGNORED_VARIABLES]
    if ignored:
        hint = "use proxy_url and tls.ca_file of the configuration"
        log.warning("variables ignored", extra=fields(variables=",".join(sorted(ignored)), hint=hint))
