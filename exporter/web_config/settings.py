"""What a web configuration file says, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

ClientAuth = Literal["NoClientCert", "VerifyClientCertIfGiven", "RequireAndVerifyClientCert"]


@dataclass(frozen=True, slots=True)
class Tls:
    """How TLS is spoken; files are as they are written, ``allowed_sans`` empty for any."""

    cert_file: str
    key_file: str
    client_auth: ClientAuth
    client_ca_file: str | None
    allowed_sans: tuple[str, ...]
    min_version: str
    max_version: str
    cipher_suites: tuple[str, ...]
    prefer_server_ciphers: bool


@dataclass(frozen=True, slots=True)
class RateLimit:
    """A token bucket: one request in ``interval`` seconds, and ``burst`` of them at once."""

    interval: float
    burst: int


@dataclass(frozen=True, slots=True)
class WebSettings:
    """The whole file; ``users`` has a bcrypt hash for each name, and without any nobody is asked."""

    tls: Tls | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    users: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    rate_limit: RateLimit | None = None
