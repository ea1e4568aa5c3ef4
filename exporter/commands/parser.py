"""The flags of one command: what is wrong with those given is told in one line, and their help is a manual page."""

import argparse
import re
from collections.abc import Callable, Sequence
from typing import Any, Final, NoReturn

from exporter.commands.manual import Manual, render
from exporter.commands.message import fail, say
from exporter.config.place import suggestion

# What does not look like a word of ours may be a secret in the wrong place, and is not shown.
_SHOWN: Final = re.compile(r"-{0,2}[A-Za-z][A-Za-z._-]{0,31}")
_NEGATIVE_NUMBER: Final = re.compile(r"-[0-9.]+")

Elsewhere = Callable[[str], str]
"""Says where a word that this command does not know belongs, nothing if nowhere."""


class Parser(argparse.ArgumentParser):
    """A parser of flags, each in a section of the help."""

    def __init__(self, prog: str, manual: Manual, elsewhere: Elsewhere = lambda _: "") -> None:
        super().__init__(prog=prog, add_help=False, allow_abbrev=False, exit_on_error=False)
        self.flags: dict[str, argparse.Action] = {}
        self._manual = manual
        self._elsewhere = elsewhere
        self._sections: dict[str, list[argparse.Action]] = {}

    def flag(self, section: str, *names: str, **how: Any) -> None:
        """Add a flag, with what ``add_argument`` takes, to a section of the help; its last name is the long one."""
        action = self.add_argument(*names, **how)
        self._sections.setdefault(section, []).append(action)
        self.flags |= dict.fromkeys(names, action)

    def parse(self, given: Sequence[str]) -> argparse.Namespace:
        """Return what is given; wrong usage ends with status 2."""
        for word in given:
            self._refuse_unknown(word)
        try:
            arguments, surplus = self.parse_known_args(given)
        except argparse.ArgumentError as error:
            self.error(self._told(error))
        if surplus:
            self.error(self._elsewhere(surplus[0]) or f"{shown(surplus[0])} is too much; only flags are taken")
        return arguments

    def error(self, message: str) -> NoReturn:
        """End with status 2."""
        self.exit(refuse(message, self.prog))

    def format_help(self) -> str:
        """Return the manual page."""
        return render(self.prog, self._manual, self._sections)

    def _refuse_unknown(self, word: str) -> None:
        name, equals, _ = word.partition("=")
        if not word.startswith("-") or _NEGATIVE_NUMBER.fullmatch(word):
            return
        if name not in self.flags:
            self.error(f"{shown(name)} is no flag of {self.prog}; {self._instead_of(name)}")
        if equals and self.flags[name].nargs == 0:
            self.error(f"{name}: takes no value, so leave out the = and what follows it")

    def _instead_of(self, name: str) -> str:
        known = [flag for flag in self.flags if flag.startswith("--")]
        return self._elsewhere(name) or suggestion(f"--{name.lstrip('-')}", known)

    def _told(self, error: argparse.ArgumentError) -> str:
        name = str(error.argument_name).rpartition("/")[2]
        if isinstance(error.__context__, argparse.ArgumentTypeError):
            return f"{name}: {error.message}"
        return f"{name}: needs a value, as {name}={self.flags[name].metavar}"

    def _print_message(self, message: str, _file: object = None) -> None:
        # argparse's own says nothing of help that cannot be written, and the end of the process says it in two lines.
        say(message.removesuffix("\n"))


def refuse(message: str, prog: str) -> int:
    """Say what is wrong with the usage and where to read more, and return the status."""
    return fail(f"{message}{' See' if message.endswith('?') else '; see'} {prog} --help", 2)


def shown(word: str) -> str:
    """Return a word of the command line, or what stands for one that could be a secret."""
    return word if _SHOWN.fullmatch(word) else "a word not shown here"
