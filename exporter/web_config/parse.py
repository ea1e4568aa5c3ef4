"""The text of a web configuration file to what it says, or all that is wrong with it."""

from typing import Any, Final

from exporter.config.document import read_document
from exporter.config.group import Group, Key
from exporter.config.kind import Names, Switch, Text, accepted
from exporter.config.place import Place
from exporter.config.quantity import Integer
from exporter.web_config.cipher import CIPHERS, TLS13_CIPHERS
from exporter.web_config.kind import Choice, GoDuration, Headers, Texts, Users
from exporter.web_config.settings import RateLimit, Tls, WebSettings

_CLIENT_AUTH: Final = ("NoClientCert", "VerifyClientCertIfGiven", "RequireAndVerifyClientCert")
_NO_UNVERIFIED: Final = "Python's TLS cannot ask for a certificate without verifying it; use {}"
_TOO_OLD: Final = "this version is broken and not spoken; use TLS12 or TLS13"
_PATH: Final = Text("the path of a file")
_VERSION: Final = Choice(("TLS12", "TLS13"), dict.fromkeys(("TLS10", "TLS11"), _TOO_OLD))
_CLIENT_AUTH_KIND: Final = Choice(
    _CLIENT_AUTH,
    {
        "RequestClientCert": _NO_UNVERIFIED.format("VerifyClientCertIfGiven"),
        "RequireAnyClientCert": _NO_UNVERIFIED.format("RequireAndVerifyClientCert"),
        "RequireClientCert": _NO_UNVERIFIED.format("RequireAndVerifyClientCert"),
    },
)

_TLS: Final = Group(
    (
        Key("cert_file", _PATH, None, "the certificate, with its chain"),
        Key("key_file", _PATH, None, "its private key"),
        Key("client_auth_type", _CLIENT_AUTH_KIND, "NoClientCert", "whether clients show certificates"),
        Key("client_ca_file", _PATH, None, "who may sign those of clients; the system's roots by default"),
        Key("client_allowed_sans", Texts(), None, "names of which a client's certificate must have one"),
        Key("min_version", _VERSION, "TLS12", "the oldest version"),
        Key("max_version", _VERSION, "TLS13", "the newest version"),
        Key("cipher_suites", Names((*CIPHERS, *TLS13_CIPHERS), "cipher suite"), None, "for TLS 1.2"),
        Key("prefer_server_cipher_suites", Switch(), default=True, about="whose order of cipher suites counts"),
    ),
    {
        "cert": "a certificate in the file itself is not supported, use cert_file",
        "key": "a key in the file itself is not supported, use key_file",
        "client_ca": "a certificate in the file itself is not supported, use client_ca_file",
        "curve_preferences": "Python's TLS has no choice of curves",
    },
)
_HTTP: Final = Group(
    (
        Key("http2", Switch(), default=True, about="accepted; HTTP/1.1 is spoken"),
        Key("headers", Headers(), None, "headers of every answer"),
    )
)
_RATE: Final = Group(
    (
        Key("interval", GoDuration(), None, "time between two requests; 0 for no limit"),
        Key("burst", Integer(0, 1_000_000), None, "requests at once"),
    )
)
_ROOT: Final = Group(
    (
        Key("tls_server_config", _TLS, None, "TLS"),
        Key("http_server_config", _HTTP, None, "HTTP"),
        Key("basic_auth_users", Users(), None, "who may ask"),
        Key("rate_limit", _RATE, None, "how often"),
    ),
    {"basic_auth_excluded_paths": "/-/healthy and /-/ready need no password as it is, all other paths do"},
)


def parse(text: str, root: Place) -> WebSettings:
    """Return what ``text`` says, or raise ``ConfigurationError`` with every problem."""
    tree = read_document(text, root)
    given: dict[str, Any] = {}
    for read in accepted(_ROOT.read, tree, root):
        given = read
    tls, rate = given.get("tls_server_config"), given.get("rate_limit")
    written = tree.get("tls_server_config") if isinstance(tree, dict) else None
    if tls is not None and isinstance(written, dict) and written:
        _check_tls(tls, written, root.key("tls_server_config"))
    if rate:
        _check_rate(rate, root.key("rate_limit"))
    root.raise_problems()
    return WebSettings(
        _tls(tls) if tls else None,
        (given.get("http_server_config") or {}).get("headers") or {},
        given.get("basic_auth_users") or {},
        RateLimit(rate["interval"], rate["burst"]) if rate and rate["interval"] else None,
    )


def _check_tls(tls: dict[str, Any], written: dict[str, Any], place: Place) -> None:
    """Note what does not fit together; what was written and refused is no second problem."""
    for name in ("cert_file", "key_file"):
        if written.get(name) is None:
            place.key(name).refuse("missing; TLS needs cert_file and key_file")
    auth = tls.get("client_auth_type", "NoClientCert" if written.get("client_auth_type") is None else None)
    if tls.get("client_ca_file") and auth == "NoClientCert":
        place.key("client_ca_file").refuse("needs client_auth_type, or it would be of no use")
    if tls.get("client_allowed_sans") and auth in _CLIENT_AUTH[:2]:
        place.key("client_allowed_sans").refuse("needs client_auth_type: RequireAndVerifyClientCert")
    newest, oldest = tls.get("max_version", "TLS13"), tls.get("min_version", "TLS12")
    if oldest > newest:
        place.key("min_version").refuse("must not be above max_version")
    suites = tls.get("cipher_suites")
    if suites and newest == "TLS12" and not set(suites) & set(CIPHERS):
        place.key("cipher_suites").refuse("needs one of TLS 1.2, which max_version asks for")


def _check_rate(rate: dict[str, Any], place: Place) -> None:
    for name in ("interval", "burst"):
        if rate.get(name) is None and not any(name in problem.place for problem in place.problems):
            place.key(name).refuse("missing; rate_limit needs interval and burst")
    if rate.get("interval") and rate.get("burst") == 0:
        place.key("burst").refuse("must be 1 or more, or no request would be answered")


def _tls(given: dict[str, Any]) -> Tls:
    values = {**_TLS.defaults(), **given}
    return Tls(
        values["cert_file"],
        values["key_file"],
        values["client_auth_type"],
        values["client_ca_file"],
        values["client_allowed_sans"] or (),
        values["min_version"],
        values["max_version"],
        values["cipher_suites"] or (),
        values["prefer_server_cipher_suites"],
    )
