"""What the program does without a command: it serves the numbers to Prometheus."""

import argparse
import os
from dataclasses import replace
from typing import Final

from exporter.activation import ActivationError, handed_over
from exporter.commands.arguments import (
    DEFAULT_PORT,
    WEB,
    add_configuration_flag,
    add_log_flags,
    add_web_configuration_flag,
    address,
    seconds,
    url_path,
    whole_number,
)
from exporter.commands.assembly import log_ignored
from exporter.commands.configuration import ENVIRONMENT, FILES, load, load_web
from exporter.commands.manual import Manual, Terms
from exporter.commands.message import fail
from exporter.commands.parser import Parser
from exporter.commands.service import Listening, serve
from exporter.log import set_up
from exporter.notify import Manager
from exporter.web.application import Limits
from exporter.web.listener import Address
from exporter.web.routes import Options

_ALL_ADDRESSES: Final = Address("", DEFAULT_PORT)

_SYSTEMD: Final[Terms] = {
    "NOTIFY_SOCKET": "Set for a service of Type=notify or notify-reload: it is told when this serves, reads its "
    "configuration again and stops.",
    "WATCHDOG_USEC": "Set by WatchdogSec=: it is told in time that clients are served, as long as they are.",
    "LISTEN_FDS": "Set by a unit of a socket: its sockets are listened on in place of --web.listen-address.",
}

MANUAL: Final = Manual(
    summary="serve Mimecast Awareness Training to Prometheus",
    usage=("[FLAG]...", "COMMAND [FLAG]..."),
    description="""
Without a command it serves, until a signal ends it. Only a scrape has Mimecast asked, and only when the last answer is
older than refresh_interval; else the numbers come from memory. A page is good whatever Mimecast does: mimecast_up tells
the truth.

Open http://127.0.0.1:10463/ to see the state of each tenant, what failed and what to do about it.
""",
    examples={
        "Serve what ./mimecast-exporter.yaml says, on all addresses": "mimecast-exporter",
        "Serve another file to this host alone, with log lines in JSON": "mimecast-exporter --log.format=json \\\n"
        "  --config.file=/etc/mimecast-exporter/mimecast-exporter.yaml \\\n"
        "  --web.listen-address=127.0.0.1:10463",
        "Serve one account without a file, its keys in files of their own": "MIMECAST_REGION=global \\\n"
        "MIMECAST_CLIENT_ID_FILE=secrets/client-id \\\n"
        "MIMECAST_CLIENT_SECRET_FILE=secrets/client-secret \\\n"
        "  mimecast-exporter",
        "Serve with TLS and users, on IPv4 and IPv6": "mimecast-exporter --web.config.file=web.yaml \\\n"
        "  --web.listen-address=127.0.0.1:10463 \\\n"
        "  '--web.listen-address=[::1]:10463'",
    },
    statuses={
        "0": "It was ended by SIGTERM or SIGINT (Ctrl-C).",
        "1": "It failed: the port is taken or forbidden.",
        "2": "Wrong usage, or the configuration cannot be used; each problem is a line.",
    },
    notes={
        "signals": {
            "SIGHUP": "Read the configuration and the web configuration again. One that cannot be used leaves the old "
            "one whole, and the log says why.",
            "SIGTERM, SIGINT": "End within 3 s, with what is in flight answered.",
        },
        "files": FILES,
        "environment": ENVIRONMENT,
        "systemd": _SYSTEMD,
        "see also": {
            "mimecast-exporter demo": "see it work, with nothing to configure",
            "mimecast-exporter check": "try each tenant and say what to do about failures",
            "mimecast-exporter once": "poll once and print, for a textfile collector",
            "mimecast-exporter healthcheck": "ask whether one serves, for containers",
            "mimecast-exporter simulate": "run a simulated Mimecast, to try a set-up",
        },
    },
)


def add_arguments(parser: Parser) -> None:
    """Add the flags of serving."""
    add_configuration_flag(parser)
    parser.flag(
        WEB,
        "--web.listen-address",
        dest="addresses",
        metavar="ADDRESS",
        type=address,
        action="append",
        help="Where it listens: host:port, [IPv6]:port or :port. May be repeated. Default: "
        f":{DEFAULT_PORT}, which is all addresses, IPv4 and IPv6.",
    )
    add_web_configuration_flag(
        parser,
        "TLS, users, headers and a limit of rate, in the form that all exporters have (exporter-toolkit); in use "
        "within 5 s of a change. Default: none, which is plain HTTP without users.",
    )
    parser.flag(
        WEB,
        "--web.telemetry-path",
        dest="telemetry_path",
        metavar="PATH",
        type=url_path,
        default="/metrics",
        help="The path of all metrics. Default: /metrics.",
    )
    _add_limits(parser)
    parser.flag(
        WEB,
        "--web.enable-lifecycle",
        dest="lifecycle",
        action="store_true",
        help="Let POST and PUT of /-/reload read the configuration again, as SIGHUP does. Default: off.",
    )
    add_log_flags(parser)


def _add_limits(parser: Parser) -> None:
    most, offset = Limits().max_requests, Options().timeout_offset
    parser.flag(
        WEB,
        "--web.max-requests",
        dest="max_requests",
        metavar="N",
        type=whole_number(1, 10_000),
        default=most,
        help=f"Pages answered at once, from 1 to 10000; one more gets a 503 at once. Default: {most}.",
    )
    parser.flag(
        WEB,
        "--web.timeout-offset",
        dest="timeout_offset",
        metavar="SECONDS",
        type=seconds,
        default=offset,
        help=f"What is kept of Prometheus's scrape timeout for the way back, from 0 to 60 seconds. Default: {offset}.",
    )


def run(arguments: argparse.Namespace) -> int:
    """Serve until a signal ends it."""
    set_up(arguments.log_level, arguments.log_format)
    log_ignored(os.environ)
    options = Options(arguments.telemetry_path, arguments.timeout_offset)
    manager = Manager.of(os.environ, os.getpid())
    try:
        places = handed_over(os.environ, os.getpid()) or arguments.addresses or [_ALL_ADDRESSES]
    except ActivationError as error:
        return fail(f"cannot listen: {error}", 1)
    listening = Listening(tuple(places), Limits(arguments.max_requests), options, arguments.lifecycle, manager=manager)
    if arguments.web_config_file is not None:
        listening = replace(listening, web_file=load_web(arguments.web_config_file))
    return serve(lambda: load(arguments.config_file), listening)
