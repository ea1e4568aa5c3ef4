"""See it work: start a simulated Mimecast and the exporter against it, both on loopback, with nothing to configure.

Three tenants, all up: one of API 1.0, one of API 2.0, and one of API 1.0 that spells its fields in the other way.

examples:
  mimecast-exporter demo
  mimecast-exporter demo --users=10000 --fail=rate_limited
"""

import argparse
from pathlib import Path
from typing import Final

from exporter.commands.arguments import DEFAULT_PORT, add_log_flags, whole_number
from exporter.commands.assembly import CATALOGUE
from exporter.commands.message import say
from exporter.commands.serve import Listening, serve
from exporter.commands.simulate import add_company_flags
from exporter.config.context import Context
from exporter.config.parse import parse
from exporter.config_file import Loading
from exporter.log import set_up
from exporter.secret_file import SecretReader
from exporter.simulator import Simulator
from exporter.web.application import Limits
from exporter.web.listener import Address
from exporter.web.routes import Options

_LOOPBACK: Final = "127.0.0.1"
_SETTINGS: Final = "defaults: {refresh_interval: 15s}\n"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the demo."""
    parser.add_argument(
        "--port",
        type=whole_number(0, 65535),
        default=DEFAULT_PORT,
        help="the exporter's port, 0 for any; default: %(default)s",
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
        listening = Listening((Address(_LOOPBACK, arguments.port),), Limits(), Options())
        return serve(lambda: _load(simulator), listening, _announce)


def _load(simulator: Simulator) -> tuple[Loading, Path]:
    secrets = SecretReader({}, Path())
    context = Context(CATALOGUE.collectors, CATALOGUE.default_collectors, secrets.read)
    loaded = parse(_SETTINGS + simulator.configuration(), context)
    return Loading(loaded.config, secrets, ()), Path()


def _announce(addresses: tuple[Address, ...]) -> None:
    address = addresses[0]
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
