"""Where in the configuration a reader stands, and the list of problems that all places of one reading share."""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from exporter.errors import ConfigurationError, Problem

# A broken megabyte could hold a hundred thousand problems, and each one is searched for its nearest known key.
_MOST_PROBLEMS = 100
# What looks like no key may be a secret in the wrong place, such as in ``{secret_key:abc}``.
_KEY_WITHOUT_SECRET = re.compile(r"(?=.{1,32}\Z)[A-Za-z]+(?:[_-][A-Za-z]+)*")


class Refusal(Exception):  # noqa: N818 - what a reader says, not what the program raises
    """A reader does not accept a value; the text says what it wants instead and never quotes the value."""


@dataclass(frozen=True, slots=True)
class Place:
    """A path such as ``tenants[1].timeout``, empty for the whole."""

    path: str = ""
    problems: list[Problem] = field(default_factory=list)

    def key(self, name: str) -> "Place":
        """Return the place of a key of the map that stands here; one that could be a secret is not shown."""
        name = name if _KEY_WITHOUT_SECRET.fullmatch(name) else "<a key not shown>"
        return replace(self, path=f"{self.path}.{name}" if self.path else name)

    def item(self, index: int) -> "Place":
        """Return the place of an element of the list that stands here."""
        return replace(self, path=f"{self.path}[{index}]")

    def refuse(self, message: str) -> None:
        """Note a problem of this place and go on; raise what there is when it is too much to read."""
        self.problems.append(Problem(self.path, message))
        if len(self.problems) == _MOST_PROBLEMS:
            self.problems.append(Problem("", f"more problems than these {_MOST_PROBLEMS}; the rest is not looked at"))
            self.raise_problems()

    def raise_problems(self) -> None:
        """Raise ``ConfigurationError`` if a problem has been noted, here or anywhere else in this reading."""
        if self.problems:
            raise ConfigurationError(self.problems)


def suggestion(word: str, known: Iterable[str]) -> str:
    """Return the end of a message that refuses ``word``: the nearest of ``known``, or all if none is near."""
    names = {name.casefold(): name for name in known}
    near = difflib.get_close_matches(word[:100].casefold(), names, n=1)
    if near:
        return f"did you mean {names[near[0]]}?"
    return f"known are: {', '.join(names.values())}"
