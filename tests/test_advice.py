"""What the check says to do about each failure, by what is known of the tenant."""

from datetime import UTC, datetime

import pytest

from exporter.commands.advice import Case, advice
from exporter.config.settings import File, OAuthCredentials, SignedCredentials, Tenant
from exporter.errors import PollError, Reason
from exporter.mimecast.auth import TokenError
from exporter.mimecast.client import ApiState
from exporter.mimecast.envelope import RefusedError

SIGNED = SignedCredentials(*map(File, ("id", "key", "access", "secret")))
OAUTH = OAuthCredentials(File("id"), File("secret"))
HOST = "eu-api.mimecast.com"
KEYS_1 = "(Mimecast's console, Services | API and Platform Integrations)"
KEYS_2 = "(Mimecast's console, Integrations | Integrations Hub)"
REGION = f"or the account is not in the region of {HOST}, which refuses alike"


def said(error: PollError, *, signed: bool = True, proxy: bool = False, state: ApiState | None = None) -> str:
    credentials = SIGNED if signed else OAUTH
    tenant = Tenant("acme", f"https://{HOST}", credentials, ("queue",), proxy_url=File("proxy") if proxy else None)
    return advice(Case(error, tenant, state or ApiState()))


def refused(reason: Reason, code: str) -> RefusedError:
    return RefusedError(reason, f"Mimecast answered with HTTP status 401 ({code})", status=401, codes=(code,))


@pytest.mark.parametrize(
    ("signed", "error", "expected"),
    [
        (
            True,
            refused(Reason.UNAUTHORIZED, "err_xdk_invalid_signature"),
            (
                f"application_key, access_key or secret_key is wrong or was made within 30 minutes, {REGION}; "
                f"copy them again {KEYS_1}"
            ),
        ),
        (
            True,
            refused(Reason.UNAUTHORIZED, "err_developer_key"),
            f"application_id is wrong or was made within 30 minutes, {REGION}; copy it again {KEYS_1}",
        ),
        (
            False,
            TokenError(Reason.UNAUTHORIZED, "the token endpoint answered with HTTP status 401"),
            f"client_id or client_secret is wrong, {REGION}; copy them again or make new ones {KEYS_2}",
        ),
        (
            False,
            refused(Reason.UNAUTHORIZED, "token_verification_failed"),
            (
                f"{HOST} gave a token and refuses it; check that the API application is enabled {KEYS_2} and that "
                "region is the account's"
            ),
        ),
    ],
)
def test_which_key(signed: bool, error: PollError, expected: str) -> None:  # noqa: FBT001 - a parameter
    """A refusal of the keys names those that can be wrong, the region that was asked, and where keys are made."""
    assert expected == said(error, signed=signed)


@pytest.mark.parametrize(
    ("signed", "code", "expected"),
    [
        (
            True,
            "app_forbidden",
            (
                "the role of the service user lacks the permission Awareness Training | Dashboard | Read; give it "
                "(Mimecast's console, Account | Admin Roles)"
            ),
        ),
        (
            True,
            "err_xdk_operation_forbidden_for_address",
            f"the keys are of a user of another account; make them for a service user of this one {KEYS_1}",
        ),
        (
            False,
            "app_forbidden",
            (
                f"the API application lacks the product Awareness Training, which cannot be added later; make a new "
                f"one {KEYS_2}"
            ),
        ),
        (
            False,
            "other",
            (
                "the role of the API application lacks the permission Awareness Training | Dashboard | Read; give it "
                "(Mimecast's console, Account | Admin Roles)"
            ),
        ),
    ],
)
def test_which_permission(signed: bool, code: str, expected: str) -> None:  # noqa: FBT001 - a parameter
    """A missing permission is told with its name, whom to give it to, and in which part of which console."""
    assert expected == said(refused(Reason.FORBIDDEN, code), signed=signed)


@pytest.mark.parametrize(
    ("skew", "expected"),
    [
        (959.6, "this host's clock is 16 minutes behind Mimecast's; set it, best by NTP"),
        (-301.0, "this host's clock is 5 minutes ahead of Mimecast's; set it, best by NTP"),
        (-86400.0, "this host's clock is 1 day ahead of Mimecast's; set it, best by NTP"),
        (None, "set this host's clock, best by NTP"),
    ],
)
def test_how_far_the_clock_is_off(skew: float | None, expected: str) -> None:
    """A clock that is off is told with its minutes and the direction, where they are known."""
    assert expected == said(PollError(Reason.CLOCK_SKEW, "x"), state=ApiState(clock_skew=skew))


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        ("unable to get local issuer certificate", "tls.ca_file"),
        ("self-signed certificate in certificate chain", "tls.ca_file"),
        ("self-signed certificate", "tls.ca_file"),
        ("certificate has expired", "too old by this host's clock"),
        ("certificate is not yet valid", "too new by this host's clock"),
        (f"Hostname mismatch, certificate is not valid for '{HOST}'.", "the certificate of another"),
        ("IP address mismatch, certificate is not valid for '::1'.", "the certificate of another"),
        ("something new", "check the clock"),
    ],
)
def test_what_is_wrong_with_a_certificate(verdict: str, expected: str) -> None:
    """A certificate that is refused is told with what is behind it: the authority, the clock, or another host."""
    assert expected in said(PollError(Reason.TLS, f"the certificate is refused: {verdict}"))


@pytest.mark.parametrize(
    ("error", "proxy", "expected"),
    [
        (
            PollError(Reason.CONNECT, "the host name has no address"),
            False,
            f"{HOST} is unknown here; check region or base_url, and this host's name server",
        ),
        (
            PollError(Reason.CONNECT, "the connection failed: connection refused"),
            False,
            f"{HOST} cannot be reached from here; check region or base_url, the firewall, and proxy_url",
        ),
        (
            PollError(Reason.PROXY, "x"),
            True,
            f"check the user and password in proxy_url, and that the proxy lets CONNECT through to {HOST}",
        ),
        (PollError(Reason.PROXY, "x"), False, f"a proxy on the way to {HOST} wants a password; set proxy_url"),
        (
            PollError(Reason.REDIRECT, "x"),
            False,
            f"{HOST} sends on to another address, which is never followed; set region to the account's own",
        ),
        (
            PollError(Reason.TIMEOUT, "x"),
            False,
            f"check the network to {HOST}; raise timeout (60s) if the tenant is large",
        ),
    ],
)
def test_what_is_wrong_on_the_way(error: PollError, proxy: bool, expected: str) -> None:  # noqa: FBT001 - a parameter
    """A failure on the way is told with the host that was asked and what to look at."""
    assert expected == said(error, proxy=proxy)


def test_until_when_nothing_is_sent() -> None:
    """A wait that was asked for is told with its end, where one was."""
    until = datetime(2026, 11, 25, 12, 0, 30, tzinfo=UTC)
    hint = "raise refresh_interval, or run fewer clients of the API; it heals after the wait"
    error = PollError(Reason.RATE_LIMITED, "x")
    assert f"nothing is sent before 12:00:30 UTC; {hint}" == said(error, state=ApiState(blocked_until=until))
    assert hint == said(error)


@pytest.mark.parametrize("reason", Reason)
@pytest.mark.parametrize("signed", [True, False])
def test_every_reason_has_advice(reason: Reason, signed: bool) -> None:  # noqa: FBT001 - a parameter
    """Each reason has advice for a tenant of either API, in one line without a brace left open."""
    text = said(PollError(reason, "x"), signed=signed)
    assert text.strip()
    assert not set("\n{}") & set(text)
