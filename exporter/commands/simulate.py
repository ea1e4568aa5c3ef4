"""Run a simulated Mimecast on loopback, and print a configuration of the exporter for it.

It answers as the vendor's API does, checks every signature, date, request id and token itself, and can misbehave.

examples:
  mimecast-exporter simulate --port=8080 > simulated.yaml
  mimecast-exporter simulate --tenants=3 --users=1000 --fail=http_503
"""

import argparse
import signal

from exporter.commands.arguments import whole_number
from exporter.commands.message import fail, say
from exporter.commands.stop import signals
from exporter.simulator import FAULTS, Simulator


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the simulator."""
    parser.add_argument(
        "--tenants",
        type=whole_number(1, 1000),
        default=2,
        help="how many, of API 1.0 and 2.0 in turn; default: %(default)s",
    )
    parser.add_argument(
        "--port",
        type=whole_number(0, 65535),
        default=0,
        help="the port on loopback; default: any free one",
    )
    parser.add_argument(
        "--strict",
        action="store_true",
        help="refuse whatever an exporter should not do, even where the vendor does not",
    )
    add_company_flags(parser, users=100)


def add_company_flags(parser: argparse.ArgumentParser, users: int) -> None:
    """Add the flags that say what the simulated companies are like."""
    parser.add_argument(
        "--users", type=whole_number(0, 1_000_000), default=users, help="people of each tenant; default: %(default)s"
    )
    parser.add_argument(
        "--titles", type=whole_number(1, 1000), default=20, help="trainings of each tenant; default: %(default)s"
    )
    parser.add_argument(
        "--seed", type=whole_number(0, 2**31), default=1, help="the same seed, the same people; default: %(default)s"
    )
    parser.add_argument(
        "--fail",
        metavar="KIND",
        choices=sorted(FAULTS),
        help=f"let the first tenant misbehave: {', '.join(sorted(FAULTS))}",
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
        return fail(f"cannot listen on port {arguments.port}: {error.strerror}", 1)
    with simulator:
        say(f"# A configuration for the simulated Mimecast at {simulator.base_url}; it ends with Ctrl-C.")
        say(simulator.configuration().rstrip())
        asked.get()
    return 0
