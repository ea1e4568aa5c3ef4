"""Ask a running exporter on this host whether it serves, for the health check of a container.

Give it the addresses that the exporter was given; the first one is asked. The status is 0 if it serves, else 1.

examples:
  mimecast-exporter healthcheck
  mimecast-exporter healthcheck --web.listen-address=127.0.0.1:9000 --web.config.file=web.yaml
"""

import argparse
import http.client
import ssl
from contextlib import closing
from typing import Final

from exporter.commands.arguments import DEFAULT_PORT, add_log_flags, add_web_configuration_flag, address
from exporter.commands.message import fail
from exporter.log import set_up
from exporter.web.listener import Address
from exporter.web.routes import HEALTHY
from exporter.web_config.live import WebFile
from exporter.web_config.settings import Tls

_PATIENCE: Final = 3.0
_ALL_ADDRESSES: Final = Address("", DEFAULT_PORT)
# Who listens on all addresses is asked on loopback, on one of the two that a host has at least.
_LOOPBACK: Final = ("127.0.0.1", "::1")
_WILDCARDS: Final = frozenset({"", "::", "0.0.0.0"})  # noqa: S104 - nothing is bound here


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the health check."""
    parser.add_argument(
        "--web.listen-address",
        dest="addresses",
        metavar="ADDRESS",
        type=address,
        action="append",
        help=f"as given to the exporter; default: :{DEFAULT_PORT}",
    )
    add_web_configuration_flag(parser)
    add_log_flags(parser, level="warning")


def run(arguments: argparse.Namespace) -> int:
    """Ask, and say what is wrong if anything is."""
    set_up(arguments.log_level, arguments.log_format)
    tls = WebFile(arguments.web_config_file).settings.tls if arguments.web_config_file else None
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
    """Return what is wrong, nothing if it is healthy."""
    try:
        with closing(_connection(where, tls)) as connection:
            connection.request("GET", HEALTHY)
            status = connection.getresponse().status
    except (ssl.SSLError, ConnectionResetError) as error:
        # Who refuses a client without a certificate is there, and does what it should.
        return "" if _asks_for_a_certificate(tls) else error.strerror or "the TLS handshake failed"
    except OSError as error:
        return error.strerror or str(error)
    except (http.client.InvalidURL, UnicodeError):
        return "there can be no such host"
    except http.client.HTTPException:
        return "what answers there is no exporter"
    return "" if status == http.client.OK else f"it answers with status {status}"


def _asks_for_a_certificate(tls: Tls | None) -> bool:
    return tls is not None and tls.client_auth == "RequireAndVerifyClientCert"
