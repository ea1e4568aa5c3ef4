"""The command healthcheck: whether the exporter on this host serves."""

import argparse
import http.client
import ssl
from contextlib import closing
from typing import Final

from exporter.commands.arguments import DEFAULT_PORT, WEB, add_log_flags, add_web_configuration_flag, address
from exporter.commands.configuration import load_web
from exporter.commands.manual import Manual
from exporter.commands.message import fail
from exporter.commands.parser import Parser
from exporter.log import set_up
from exporter.web.listener import Address
from exporter.web.routes import HEALTHY
from exporter.web_config.settings import Tls

_PATIENCE: Final = 3.0
_ASK_RIGHT: Final = "give --web.listen-address as the exporter has it"
_ALL_ADDRESSES: Final = Address("", DEFAULT_PORT)
# Who listens on all addresses is asked on loopback, on one of the two that a host has at least.
_LOOPBACK: Final = ("127.0.0.1", "::1")
_WILDCARDS: Final = frozenset({"", "::", "0.0.0.0"})  # noqa: S104 - nothing is bound here


# Of an error the first kind that it is.
_PROBLEMS: Final = (
    (ConnectionRefusedError, f"nothing listens there; start the exporter, or {_ASK_RIGHT}"),
    (TimeoutError, f"no answer within {_PATIENCE:g} s; its log may say why, else start it again"),
    (OSError, f"{{}}; {_ASK_RIGHT}"),
    (http.client.InvalidURL, f"there can be no such host; {_ASK_RIGHT}"),
    (http.client.HTTPException, f"what answers there is no exporter; {_ASK_RIGHT}"),
)

MANUAL: Final = Manual(
    summary="ask an exporter whether it serves",
    description="""
For the health check of a container. Give it what the exporter was given: the first of the addresses is asked for
/-/healthy, by TLS if the web configuration has TLS. Neither a password nor Mimecast is needed. It answers within 3 s
and says nothing if all is well.
""",
    examples={
        "Of an exporter on the usual port": "mimecast-exporter healthcheck",
        "Of one with an address and TLS of its own": "mimecast-exporter healthcheck --web.config.file=web.yaml \\\n"
        "  --web.listen-address=127.0.0.1:10463",
    },
    statuses={
        "0": "It serves.",
        "1": "It does not, or not there; a line says what is wrong.",
        "2": "Wrong usage, or the web configuration cannot be used.",
    },
    notes={"see also": {"mimecast-exporter check": "whether Mimecast can be asked"}},
)


def add_arguments(parser: Parser) -> None:
    """Add the flags of the health check."""
    parser.flag(
        WEB,
        "--web.listen-address",
        dest="addresses",
        metavar="ADDRESS",
        type=address,
        action="append",
        help="As it was given to the exporter: host:port, [IPv6]:port or :port. If repeated, the first is asked. "
        f"Default: :{DEFAULT_PORT}.",
    )
    add_web_configuration_flag(parser, "As it was given to the exporter. Default: none, which is plain HTTP.")
    add_log_flags(parser, level="warning")


def run(arguments: argparse.Namespace) -> int:
    """Ask, and say what is wrong if anything is."""
    set_up(arguments.log_level, arguments.log_format)
    tls = load_web(arguments.web_config_file).settings.tls if arguments.web_config_file else None
    asked: Address = (arguments.addresses or [_ALL_ADDRESSES])[0]
    problem = ""
    for host in _LOOPBACK if asked.host in _WILDCARDS else (asked.host,):
        problem = _problem(Address(host, asked.port), tls)
        if not problem:
            return 0
    return fail(f"not healthy at {asked}: {problem}", 1)


def _connection(where: Address, tls: Tls | None) -> http.client.HTTPConnection:
    """Return a connection, not opened yet; it goes through no proxy."""
    if tls is None:
        return http.client.HTTPConnection(where.host, where.port, timeout=_PATIENCE)
    # It asks its own address, for which no certificate need be made out.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return http.client.HTTPSConnection(where.host, where.port, timeout=_PATIENCE, context=context)


def _problem(where: Address, tls: Tls | None) -> str:
    """Return what is wrong and what to do about it, nothing if it is healthy."""
    try:
        with closing(_connection(where, tls)) as connection:
            connection.request("GET", HEALTHY)
            status = connection.getresponse().status
    except (ssl.SSLError, ConnectionResetError):
        # Who refuses a client without a certificate is there, and does what it should.
        return "" if _asks_for_a_certificate(tls) else _other_tls(tls)
    except (OSError, http.client.HTTPException) as error:
        text = next(text for kind, text in _PROBLEMS if isinstance(error, kind))
        return text.format(getattr(error, "strerror", None))
    return "" if status == http.client.OK else f"it answers with status {status}; {_about(status)}"


def _asks_for_a_certificate(tls: Tls | None) -> bool:
    return tls is not None and tls.client_auth == "RequireAndVerifyClientCert"


def _other_tls(tls: Tls | None) -> str:
    if tls is None:
        return "it hangs up; if it speaks TLS, give --web.config.file as the exporter has it"
    return "the TLS handshake failed; give --web.config.file as the exporter has it, and start the exporter with it"


def _about(status: int) -> str:
    if status == http.client.SERVICE_UNAVAILABLE:
        return "its log says why; start it again if this stays"
    return f"it may be no exporter; {_ASK_RIGHT}"
