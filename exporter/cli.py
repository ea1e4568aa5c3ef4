"""The command line: arguments to one command and its exit status.

0: ended as asked; 1: failed; 2: wrong usage or invalid configuration. An error is one line on standard error.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from exporter.commands import check, demo, healthcheck, once, serve, simulate
from exporter.commands.arguments import add_help_flag, add_version_flag
from exporter.commands.core import forbid_core
from exporter.commands.manual import Manual
from exporter.commands.message import fail, open_missing_streams
from exporter.commands.parser import Parser, refuse, shown
from exporter.commands.stop import let_through
from exporter.config.place import suggestion
from exporter.errors import ConfigurationError, OutputError

PROGRAM: Final = "mimecast-exporter"


class _Command(Protocol):
    """What a module of a command has."""

    MANUAL: Manual

    def add_arguments(self, parser: Parser) -> None: ...

    def run(self, arguments: argparse.Namespace) -> int: ...


COMMANDS: Final[Mapping[str, _Command]] = {
    "": serve,
    "demo": demo,
    "once": once,
    "check": check,
    "healthcheck": healthcheck,
    "simulate": simulate,
}
"""The commands by their names; without one it serves."""

# These end in their own way when a signal comes.
_LISTENING: Final[tuple[_Command, ...]] = (serve, demo, simulate)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that the arguments (by default the process's own) name, and return its exit status."""
    open_missing_streams()
    forbid_core()
    given = list(sys.argv[1:] if arguments is None else arguments)
    named = bool(given) and not given[0].startswith("-")
    name = given.pop(0) if named else ""
    if name not in COMMANDS or named != bool(name):
        return refuse(_unknown(name), PROGRAM)
    if COMMANDS[name] not in _LISTENING:
        let_through()
    return _run(name, given)


def _run(name: str, given: Sequence[str]) -> int:
    try:
        return COMMANDS[name].run(parser_of(name).parse(given))
    except ConfigurationError as error:
        for problem in error.problems:
            fail(str(problem), 2)
        return 2
    except OutputError as error:
        return fail(str(error), 1)


def parser_of(name: str) -> Parser:
    """Return the parser of a command."""
    command = COMMANDS[name]
    parser = Parser(_typed(name), command.MANUAL, _elsewhere)
    command.add_arguments(parser)
    add_help_flag(parser)
    if not name:
        add_version_flag(parser)
    return parser


def _typed(name: str) -> str:
    return f"{PROGRAM} {name}".rstrip()


def _elsewhere(word: str) -> str:
    """Say to which commands a flag belongs, or where a command does."""
    if word and word in COMMANDS:
        return f"the command goes before its flags: {_typed(word)} ..."
    owners = [_typed(name) for name in COMMANDS if word in parser_of(name).flags]
    return f"it is one of {', '.join(owners)}" if owners else ""


def _unknown(name: str) -> str:
    if name.endswith((".yaml", ".yml")):
        return f"a configuration is named by its flag: {PROGRAM} --config.file=FILE"
    known = [command for command in (*COMMANDS, "--help", "--version") if command]
    return f"{shown(name)} is no command, and without one it serves; {suggestion(name, known)}"
