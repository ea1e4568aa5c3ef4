"""The command demo: a simulated Mimecast and the exporter against it, with nothing to configure."""

import argparse
from contextlib import suppress
from pathlib import Path
from typing import Final

from exporter.commands.arguments import DEFAULT_PORT, WEB, add_log_flags, whole_number
from exporter.commands.assembly import CATALOGUE
from exporter.commands.manual import Manual
from exporter.commands.message import say
from exporter.commands.parser import Parser
from exporter.commands.service import Listening, serve
from exporter.commands.simulate import KINDS, add_company_flags
from exporter.config.context import Context
from exporter.config.parse import parse
from exporter.config_file import Loading
from exporter.errors import OutputError
from exporter.log import set_up
from exporter.secret_file import SecretReader
from exporter.simulator import Simulator
from exporter.web.application import Limits
from exporter.web.listener import Address
from exporter.web.routes import Options

_LOOPBACK: Final = "127.0.0.1"
_SETTINGS: Final = "defaults: {refresh_interval: 15s}\n"


MANUAL: Final = Manual(
    summary="see it work, with nothing to configure",
    description="""
It starts a simulated Mimecast and the exporter against it, both on loopback. Three tenants are up: acme of API 1.0,
globex of API 2.0, and initech of API 1.0 whose fields are spelled in the vendor's other way. The addresses to open and
a piece of prometheus.yml are printed first. It runs until Ctrl-C.
""",
    examples={
        "Start it, and open http://127.0.0.1:10463/": "mimecast-exporter demo",
        "Beside an exporter that has that port already": "mimecast-exporter demo --port=10464",
        "See how a larger tenant looks while it is limited": "mimecast-exporter demo --users=2000 --fail=rate_limited",
    },
    statuses={
        "0": "It was ended by SIGINT (Ctrl-C) or SIGTERM.",
        "1": "The port is taken.",
        "2": "Wrong usage.",
    },
    notes=KINDS | {"see also": {"mimecast-exporter simulate": "the simulator alone, with a configuration for it"}},
)


def add_arguments(parser: Parser) -> None:
    """Add the flags of the demo."""
    parser.flag(
        WEB,
        "--port",
        metavar="PORT",
        type=whole_number(0, 65535),
        default=DEFAULT_PORT,
        help=f"Where the exporter listens on loopback; 0 is any free port. Default: {DEFAULT_PORT}.",
    )
    add_company_flags(parser, users=250)
    add_log_flags(parser, level="warning")


def run(arguments: argparse.Namespace) -> int:
    """Serve three simulated tenants until a signal ends it."""
    set_up(arguments.log_level, arguments.log_format)
    simulator = Simulator()
    users, titles, seed = arguments.users, arguments.titles, arguments.seed
    acme = simulator.add_tenant("acme", api=1, users=users, titles=titles, seed=seed)
    simulator.add_tenant("globex", api=2, users=users, titles=titles, seed=seed + 1)
    simulator.add_tenant("initech", api=1, users=users, titles=titles, seed=seed + 2, spelling="table")
    if arguments.fail:
        acme.fail(arguments.fail)
    with simulator:
        listening = Listening((Address(_LOOPBACK, arguments.port),), Limits(), Options(), port_flag="--port")
        return serve(lambda: _load(simulator), listening, _announce)


def _load(simulator: Simulator) -> tuple[Loading, Path]:
    secrets = SecretReader({}, Path())
    context = Context(CATALOGUE.collectors, CATALOGUE.default_collectors, secrets.read)
    loaded = parse(_SETTINGS + simulator.configuration(), context)
    return Loading(loaded.config, secrets, ()), Path()


def _announce(addresses: tuple[Address, ...]) -> None:
    address = addresses[0]
    with suppress(OutputError):  # it serves, whether anybody reads this or not
        say(f"""\
Three simulated tenants, acme, globex and initech. Open:
  http://{address}/                     the state of each
  http://{address}/metrics              all numbers
  http://{address}/probe?target=acme    one tenant
  http://{address}/metrics/self         the exporter itself

prometheus.yml:
  scrape_configs:
    - job_name: mimecast
      static_configs:
        - targets: ["{address}"]

Ctrl-C ends the demo.""")
