"""What an operator can do about a failed trial, by what is known of the tenant: more than the hint of its reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from exporter.config.settings import SignedCredentials, Tenant
from exporter.errors import PollError, Reason
from exporter.hint import HINTS
from exporter.mimecast.auth import TokenError
from exporter.mimecast.client import ApiState
from exporter.mimecast.envelope import RefusedError
from exporter.web.status_page import in_words

_KEYS_OF_API_1: Final = "Mimecast's console, Services | API and Platform Integrations"
_KEYS_OF_API_2: Final = "Mimecast's console, Integrations | Integrations Hub"
_ROLES: Final = "Mimecast's console, Account | Admin Roles"
_PERMISSION: Final = "Awareness Training | Dashboard | Read"
_MINUTE: Final = 60

# What OpenSSL says of a certificate that it refuses, and what is behind it.
_CERTIFICATES: Final[Mapping[str, str]] = {
    "issuer certificate": "the authority that signed the certificate of {host} is not trusted; behind a TLS inspection "
    "set tls.ca_file to a PEM file with its root",
    "self-signed": "the authority that signed the certificate of {host} is not trusted; behind a TLS inspection set "
    "tls.ca_file to a PEM file with its root",
    "expired": "the certificate of {host} is too old by this host's clock; set the clock if it is wrong",
    "not yet valid": "the certificate of {host} is too new by this host's clock; set the clock, best by NTP",
    "mismatch": "what answers as {host} has the certificate of another; check base_url, proxies and the name server",
}

_ON_THE_WAY: Final[Mapping[Reason, str]] = {
    Reason.CONNECT: "{host} cannot be reached from here; check region or base_url, the firewall, and proxy_url",
    Reason.PROXY: "check the user and password in proxy_url, and that the proxy lets CONNECT through to {host}",
    Reason.REDIRECT: "{host} sends on to another address, which is never followed; set region to the account's own",
    Reason.TIMEOUT: "check the network to {host}; raise timeout ({timeout:g}s) if the tenant is large",
}


@dataclass(frozen=True, slots=True)
class Case:
    """A failure of one tenant, and what Mimecast last told of itself."""

    error: PollError
    tenant: Tenant
    state: ApiState

    @property
    def host(self) -> str:
        """Where Mimecast is asked."""
        return urlsplit(self.tenant.base_url).netloc

    @property
    def is_signed(self) -> bool:
        """Whether API 1.0 is spoken."""
        return isinstance(self.tenant.credentials, SignedCredentials)

    def has(self, code: str) -> bool:
        """Say whether Mimecast gave this code of its own."""
        return isinstance(self.error, RefusedError) and code in self.error.codes


def advice(case: Case) -> str:
    """Return what to do, in one line."""
    match case.error.reason:
        case Reason.UNAUTHORIZED:
            return _keys(case)
        case Reason.FORBIDDEN:
            return _permission(case)
        case Reason.BINDING_EXPIRED:
            return (
                f"access_key and secret_key have expired: make new ones ({_KEYS_OF_API_1}) once the authentication "
                "cache TTL of the service user's authentication profile is Never Expire"
            )
        case Reason.CLOCK_SKEW:
            return _clock(case)
        case Reason.RATE_LIMITED:
            return f"{_wait(case)}{HINTS[Reason.RATE_LIMITED]}"
        case _:
            return _way(case)


def _keys(case: Case) -> str:
    region = f"or the account is not in the region of {case.host}, which refuses alike"
    if case.has("err_developer_key"):
        return f"application_id is wrong or was made within 30 minutes, {region}; copy it again ({_KEYS_OF_API_1})"
    if case.is_signed:
        return (
            f"application_key, access_key or secret_key is wrong or was made within 30 minutes, {region}; copy them "
            f"again ({_KEYS_OF_API_1})"
        )
    if isinstance(case.error, TokenError):
        return f"client_id or client_secret is wrong, {region}; copy them again or make new ones ({_KEYS_OF_API_2})"
    return (
        f"{case.host} gave a token and refuses it; check that the API application is enabled ({_KEYS_OF_API_2}) and "
        "that region is the account's"
    )


def _permission(case: Case) -> str:
    if case.has("err_xdk_operation_forbidden_for_address"):
        return f"the keys are of a user of another account; make them for a service user of this one ({_KEYS_OF_API_1})"
    if not case.is_signed and case.has("app_forbidden"):
        return (
            "the API application lacks the product Awareness Training, which cannot be added later; make a new one "
            f"({_KEYS_OF_API_2})"
        )
    whose = "the service user" if case.is_signed else "the API application"
    return f"the role of {whose} lacks the permission {_PERMISSION}; give it ({_ROLES})"


def _clock(case: Case) -> str:
    skew = case.state.clock_skew
    if skew is None:
        return HINTS[Reason.CLOCK_SKEW]
    span = in_words(max(round(abs(skew) / _MINUTE), 1) * _MINUTE)
    return f"this host's clock is {span} {'behind' if skew > 0 else 'ahead of'} Mimecast's; set it, best by NTP"


def _wait(case: Case) -> str:
    until = case.state.blocked_until
    return f"nothing is sent before {until:%H:%M:%S} UTC; " if until else ""


def _way(case: Case) -> str:
    """Return what to do about what is wrong on the way to Mimecast, else the hint of the reason."""
    host, reason = case.host, case.error.reason
    if reason is Reason.TLS:
        known = (text for sign, text in _CERTIFICATES.items() if sign in case.error.detail)
        return next(known, HINTS[reason]).format(host=host)
    if reason is Reason.PROXY and not case.tenant.proxy_url:
        return f"a proxy on the way to {host} wants a password; set proxy_url"
    if reason is Reason.CONNECT and "no address" in case.error.detail:
        return f"{host} is unknown here; check region or base_url, and this host's name server"
    if reason in _ON_THE_WAY:
        return _ON_THE_WAY[reason].format(host=host, timeout=case.tenant.timeout)
    return HINTS[reason]
