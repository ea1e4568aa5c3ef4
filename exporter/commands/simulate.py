"""The command simulate: a simulated Mimecast on loopback, and a configuration of the exporter for it."""

import argparse
import signal
from typing import Final

from exporter.commands.arguments import one_of, whole_number
from exporter.commands.manual import Manual
from exporter.commands.message import fail, say
from exporter.commands.parser import Parser
from exporter.commands.port import cannot_listen
from exporter.commands.stop import signals
from exporter.simulator import FAULTS, Simulator

_SIMULATION: Final = "simulation"

KINDS: Final = {
    "kinds of misbehaviour": {
        "": "What is met most: unauthorized, app_forbidden, binding_expired, clock_skew, rate_limited, http_503, "
        f"html_200, hang, reset. All: {', '.join(sorted(FAULTS))}."
    }
}

MANUAL: Final = Manual(
    summary="run a simulated Mimecast",
    description="""
To try a set-up without an account. It answers on loopback as the vendor's API does, checks every signature, date,
request id and token itself, and can misbehave. It prints a configuration of the exporter for its tenants, which are of
API 1.0 and 2.0 in turn, and runs until Ctrl-C.
""",
    examples={
        "Put the configuration into a file, and leave the simulator running": "mimecast-exporter simulate > "
        "simulated.yaml",
        "Three tenants of 1000 people, always on the same port": "mimecast-exporter simulate --tenants=3 --users=1000 "
        "--port=8080",
        "See what happens when the first tenant is always unavailable": "mimecast-exporter simulate --fail=http_503",
    },
    statuses={
        "0": "It was ended by SIGINT (Ctrl-C) or SIGTERM.",
        "1": "The port is taken.",
        "2": "Wrong usage.",
    },
    notes=KINDS
    | {
        "see also": {
            "mimecast-exporter demo": "the simulator and the exporter in one",
            "mimecast-exporter check": "try what was configured",
        }
    },
)


def add_arguments(parser: Parser) -> None:
    """Add the flags of the simulator."""
    parser.flag(
        _SIMULATION,
        "--tenants",
        metavar="N",
        type=whole_number(1, 1000),
        default=2,
        help="How many there are, from 1 to 1000. Default: 2.",
    )
    add_company_flags(parser, users=100)
    parser.flag(
        _SIMULATION,
        "--port",
        metavar="PORT",
        type=whole_number(0, 65535),
        default=0,
        help="Where it listens on loopback. Default: 0, which is any free port.",
    )
    parser.flag(
        _SIMULATION,
        "--strict",
        action="store_true",
        help="Refuse whatever an exporter should not do, even where the vendor does not. Default: off.",
    )


def add_company_flags(parser: Parser, users: int) -> None:
    """Add the flags that say what the simulated companies are like."""
    for name, least, most, default, about in (
        ("--users", 0, 1_000_000, users, "People of each tenant"),
        ("--titles", 1, 1000, 20, "Trainings of each tenant"),
        ("--seed", 0, 2**31, 1, "The same number gives the same people"),
    ):
        parser.flag(
            _SIMULATION,
            name,
            metavar="N",
            type=whole_number(least, most),
            default=default,
            help=f"{about}, from {least} to {most}. Default: {default}.",
        )
    parser.flag(
        _SIMULATION,
        "--fail",
        metavar="KIND",
        type=one_of(FAULTS, "no kind of misbehaviour; they are listed in the help"),
        help="Let the first tenant misbehave; the kinds are listed below. Default: none misbehaves.",
    )


def run(arguments: argparse.Namespace) -> int:
    """Simulate until a signal ends it."""
    asked = signals(signal.SIGTERM, signal.SIGINT)
    simulator = Simulator(strict=arguments.strict)
    for number in range(arguments.tenants):
        simulator.add_tenant(
            f"tenant-{number + 1}",
            api=1 if number % 2 == 0 else 2,
            users=arguments.users,
            titles=arguments.titles,
            seed=arguments.seed + number,
        )
    if arguments.fail:
        simulator.tenants[0].fail(arguments.fail)
    try:
        simulator.start(arguments.port)
    except OSError as error:
        return fail(cannot_listen(f"port {arguments.port}", error, "--port"), 1)
    with simulator:
        say(f"# A configuration for the simulated Mimecast at {simulator.base_url}; it ends with Ctrl-C.")
        say(simulator.configuration().rstrip())
        asked.get()
    return 0
