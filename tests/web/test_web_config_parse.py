"""Tests of ``exporter.web_config.parse``."""

import pytest

from exporter.config.place import Place
from exporter.errors import ConfigurationError
from exporter.web_config.parse import parse
from exporter.web_config.settings import RateLimit, WebSettings

HASH = "$2y$10$mDwo.lAisC94iLAyP81MCesa29IzH37oigHC/42V2pdJlUprsJPze"
FILES = "cert_file: c, key_file: k"
SAMPLE = f"""\
tls_server_config:
  cert_file: server.crt
  key_file: server.key
basic_auth_users:
  alice: {HASH}
  bob: $2y$10$hLqFl9jSjoAAy95Z/zw8Ye8wkdMBM8c5Bn1ptYqP/AXyV0.oy0S8m
rate_limit:
  interval: "1s"
  burst: 20
"""


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        parse(text, Place())
    return [str(problem) for problem in caught.value.problems]


def test_the_sample_of_the_toolkit() -> None:
    """The sample file of exporter-toolkit is read whole."""
    settings = parse(SAMPLE, Place())
    assert settings.tls
    assert ("server.crt", "server.key", "TLS12", "TLS13") == (
        settings.tls.cert_file,
        settings.tls.key_file,
        settings.tls.min_version,
        settings.tls.max_version,
    )
    assert ["alice", "bob"] == [*settings.users]
    assert RateLimit(1.0, 20) == settings.rate_limit
    assert HASH not in repr(settings)


@pytest.mark.parametrize(
    "text", ["", "{}", "tls_server_config:", "basic_auth_users: {}", "rate_limit: {interval: 0, burst: 0}"]
)
def test_nothing_is_asked_for(text: str) -> None:
    """A file that asks for nothing gives plain HTTP without users."""
    assert WebSettings() == parse(text, Place())


@pytest.mark.parametrize(
    ("text", "seconds"), [("500ms", 0.5), ("1m30s", 90.0), ("1h", 3600.0), ("1.5s", 1.5), ("2us", 2e-6)]
)
def test_durations_are_those_of_go(text: str, seconds: float) -> None:
    """An interval may be written in all units that Go has."""
    limit = parse(f"rate_limit: {{interval: {text}, burst: 1}}", Place()).rate_limit
    assert limit
    assert pytest.approx(seconds) == limit.interval


BAD = {
    "tls_server: {}": "tls_server: unknown key; did you mean tls_server_config?",
    "basic_auth_excluded_paths: []": (
        "basic_auth_excluded_paths: unknown key here; /-/healthy and /-/ready need no password as it is, "
        "all other paths do"
    ),
    "tls_server_config: {cert_file: c}": ("tls_server_config.key_file: missing; TLS needs cert_file and key_file"),
    f"tls_server_config: {{{FILES}, client_auth_type: RequireAnyClientCert}}": (
        "tls_server_config.client_auth_type: Python's TLS cannot ask for a certificate without verifying it; "
        "use RequireAndVerifyClientCert"
    ),
    f"tls_server_config: {{{FILES}, client_auth_type: RequestClientCert}}": (
        "tls_server_config.client_auth_type: Python's TLS cannot ask for a certificate without verifying it; "
        "use VerifyClientCertIfGiven"
    ),
    f"tls_server_config: {{{FILES}, client_ca_file: a}}": (
        "tls_server_config.client_ca_file: needs client_auth_type, or it would be of no use"
    ),
    f"tls_server_config: {{{FILES}, client_auth_type: VerifyClientCertIfGiven, client_allowed_sans: [a]}}": (
        "tls_server_config.client_allowed_sans: needs client_auth_type: RequireAndVerifyClientCert"
    ),
    f"tls_server_config: {{{FILES}, min_version: TLS10}}": (
        "tls_server_config.min_version: this version is broken and not spoken; use TLS12 or TLS13"
    ),
    f"tls_server_config: {{{FILES}, min_version: TLS13, max_version: TLS12}}": (
        "tls_server_config.min_version: must not be above max_version"
    ),
    f"tls_server_config: {{{FILES}, cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA25]}}": (
        "tls_server_config.cipher_suites[0]: unknown cipher suite; did you mean TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256?"
    ),
    f"tls_server_config: {{{FILES}, curve_preferences: [X25519]}}": (
        "tls_server_config.curve_preferences: unknown key here; Python's TLS has no choice of curves"
    ),
    f"tls_server_config: {{{FILES}, key: planted}}": (
        "tls_server_config.key: unknown key here; a key in the file itself is not supported, use key_file"
    ),
    "basic_auth_users: {alice: planted}": (
        "basic_auth_users.alice: must be a bcrypt hash, such as htpasswd -nBC 10 prints"
    ),
    f"basic_auth_users: {{alice: {HASH}, alice: {HASH}}}": (
        "basic_auth_users.alice: given twice, in lines 1 and 1; keep one of them"
    ),
    "http_server_config: {headers: {Server: x}}": (
        "http_server_config.headers.Server: this header cannot be set; known are: Content-Security-Policy, "
        "X-Frame-Options, X-Content-Type-Options, X-XSS-Protection, Strict-Transport-Security"
    ),
    "http_server_config: {headers: {X-Frame-Options: planted}}": (
        "http_server_config.headers.X-Frame-Options: must be one of deny, sameorigin"
    ),
    f"tls_server_config: {{{FILES}, client_allowed_sans: []}}": (
        "tls_server_config.client_allowed_sans: must be a list of texts, at least one"
    ),
    f"tls_server_config: {{{FILES}, max_version: TLS12, cipher_suites: [TLS_AES_128_GCM_SHA256]}}": (
        "tls_server_config.cipher_suites: needs one of TLS 1.2, which max_version asks for"
    ),
    "http_server_config: {headers: [a]}": "http_server_config.headers: must be a map from headers to text",
    "basic_auth_users: [a]": "basic_auth_users: must be a map from names to bcrypt hashes",
    f"basic_auth_users: {{'a:b': {HASH}}}": "basic_auth_users.<a key not shown>: a user's name cannot have a colon",
    "rate_limit: {interval: 25h, burst: 1}": (
        "rate_limit.interval: out of range, must be a duration such as 500ms, 1s or 1m30s, at most 24h, or 0"
    ),
    "rate_limit: {interval: 1s}": "rate_limit.burst: missing; rate_limit needs interval and burst",
    "rate_limit: {interval: 1s, burst: 0}": ("rate_limit.burst: must be 1 or more, or no request would be answered"),
    "rate_limit: {interval: 1x, burst: 1}": (
        "rate_limit.interval: must be a duration such as 500ms, 1s or 1m30s, at most 24h, or 0"
    ),
}


@pytest.mark.parametrize("text", BAD)
def test_what_is_refused(text: str) -> None:
    """A problem is told with its place and what to do, and without the value."""
    assert [BAD[text]] == problems(text)


def test_all_problems_at_once() -> None:
    """All problems of a file come together, and a planted secret in none."""
    found = problems("x: planted\nbasic_auth_users: {a: planted}\nrate_limit: {burst: planted, interval: 1s}\n")
    assert ["x", "basic_auth_users.a", "rate_limit.burst"] == [line.partition(":")[0] for line in found]
    assert "planted" not in "".join(found)


def test_headers() -> None:
    """A blank header is not set, and the others are as they stand."""
    text = "http_server_config: {http2: true, headers: {X-Frame-Options: sameorigin, X-XSS-Protection: ''}}"
    assert {"X-Frame-Options": "sameorigin"} == parse(text, Place()).headers
