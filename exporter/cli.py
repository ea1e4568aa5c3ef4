"""The command line: arguments to one command and its exit status.

0: ended as asked; 1: failed; 2: wrong usage or invalid configuration. An error is one line on standard error.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from exporter.commands import check, demo, healthcheck, once, serve, simulate
from exporter.commands.arguments import Parser, add_version
from exporter.commands.message import fail
from exporter.errors import ConfigurationError


class _Command(Protocol):
    """What a module of a command has."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None: ...

    def run(self, arguments: argparse.Namespace) -> int: ...


_COMMANDS: Final[Mapping[str, _Command]] = {
    "demo": demo,
    "once": once,
    "check": check,
    "healthcheck": healthcheck,
    "simulate": simulate,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that the arguments (by default the process's own) name, and return its exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    name = given.pop(0) if given and not given[0].startswith("-") else None
    if name is not None and name not in _COMMANDS:
        return fail(f"there is no such command; the commands are {', '.join(_COMMANDS)}; without one it serves", 2)
    command = _COMMANDS[name] if name else serve
    parser = Parser(prog=f"mimecast-exporter {name}" if name else "mimecast-exporter", description=command.__doc__)
    command.add_arguments(parser)
    if name is None:
        add_version(parser)
        parser.epilog = f"Other commands: {', '.join(_COMMANDS)}; each has its own --help."
    try:
        return command.run(parser.parse_args(given))
    except ConfigurationError as error:
        for problem in error.problems:
            fail(str(problem), 2)
        return 2
