"""The settings themselves: frozen values in seconds and bytes, as the rest of the exporter reads them.

They know nothing of YAML or of the environment, and compare equal when a reload has changed nothing.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from exporter.model import Secret


@dataclass(frozen=True, slots=True)
class Inline:
    """A secret that stands in the configuration itself."""

    secret: Secret


@dataclass(frozen=True, slots=True)
class File:
    """A secret that is the content of a file; a relative path counts from the configuration file's directory."""

    path: str


@dataclass(frozen=True, slots=True)
class Variable:
    """A secret that is the value of an environment variable."""

    name: str


SecretSource = Inline | File | Variable


@dataclass(frozen=True, slots=True)
class SignedCredentials:
    """What API 1.0 signs its requests with."""

    application_id: SecretSource
    application_key: SecretSource
    access_key: SecretSource
    secret_key: SecretSource


@dataclass(frozen=True, slots=True)
class OAuthCredentials:
    """What API 2.0 gives a token for."""

    client_id: SecretSource
    client_secret: SecretSource


Credentials = SignedCredentials | OAuthCredentials


@dataclass(frozen=True, slots=True)
class Tls:
    """Own roots and an own certificate for calls to the vendor; paths as they were written."""

    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None


@dataclass(frozen=True, slots=True)
class Titles:
    """Which titles have series of their own; the patterns match whole titles (``fullmatch``)."""

    include: tuple[re.Pattern[str], ...] = ()
    exclude: tuple[re.Pattern[str], ...] = ()
    limit: int = 500


@dataclass(frozen=True, slots=True)
class Campaigns:
    """How many campaigns, by launch date, have series of their own."""

    newest: int = 20


@dataclass(frozen=True, slots=True)
class Settings:
    """What collectors need to know; ``overdue_after`` is in seconds, ``histogram_days`` ascends."""

    titles: Titles = Titles()
    minimum_group_size: int = 1
    overdue_after: float = 14 * 86400.0
    histogram_days: tuple[float, ...] = (1.0, 3.0, 7.0, 14.0, 30.0, 60.0, 90.0)
    campaigns: Campaigns = Campaigns()
    departments: bool = False


@dataclass(frozen=True, slots=True)
class Tenant:
    """One customer of the vendor, and how it is polled.

    ``base_url`` is ``scheme://host[:port]`` in lower case without a trailing slash; ``refresh_intervals`` has only the
    collectors whose interval differs, see :meth:`refresh_interval_of`.
    """

    name: str
    base_url: str
    credentials: Credentials
    collectors: tuple[str, ...]
    refresh_intervals: Mapping[str, float] = field(default_factory=dict, hash=False)
    refresh_interval: float = 300.0
    max_staleness: float = 3600.0
    timeout: float = 60.0
    max_response_size: int = 256 * 1024**2
    proxy_url: SecretSource | None = None
    tls: Tls = Tls()
    settings: Settings = Settings()

    def refresh_interval_of(self, collector: str) -> float:
        """Return the seconds for which a snapshot of ``collector`` is served from memory."""
        return self.refresh_intervals.get(collector, self.refresh_interval)


@dataclass(frozen=True, slots=True)
class Config:
    """All that a configuration says; ``scrape_timeout`` is in seconds."""

    tenants: tuple[Tenant, ...]
    scrape_timeout: float = 30.0
    max_polls: int = 32
