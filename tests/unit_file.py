"""Files of systemd's units, as systemd.syntax(7) has them: sections of keys that may stand there more than once."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "deploy/systemd"
SERVICE = FOLDER / "mimecast-exporter.service"


@dataclass
class Unit:
    """The values of each key of each section, in their order; an empty one takes away those before it."""

    values: dict[str, dict[str, list[str]]] = field(default_factory=dict)

    def read(self, text: str) -> None:
        """Add a file: the unit itself or one of its drop-ins."""
        keys: dict[str, list[str]] = {}
        for line in text.splitlines():
            if line.startswith("["):
                keys = self.values.setdefault(line.strip("[]"), {})
            elif line and line[0] not in "#;":
                name, _, value = line.partition("=")
                keys[name] = [*keys.get(name, []), value] if value else []

    def all(self, key: str, section: str = "Service") -> list[str]:
        """Return the values of a key."""
        return self.values[section].get(key, [])

    def one(self, key: str, section: str = "Service") -> str:
        """Return the value of a key of which there is one."""
        (value,) = self.all(key, section)
        return value

    def command(self, key: str = "ExecStart") -> list[str]:
        """Return the words of a command."""
        return shlex.split(self.one(key))

    def environment(self, specifiers: Mapping[str, str]) -> dict[str, str]:
        """Return the variables that are set, with specifiers such as ``%d`` replaced."""
        pairs = [word for value in self.all("Environment") for word in shlex.split(value)]
        found = dict(pair.split("=", 1) for pair in pairs)
        for specifier, meaning in specifiers.items():
            found = {name: value.replace(specifier, meaning) for name, value in found.items()}
        return found


def unit(*names: str) -> Unit:
    """Return a unit made of files of the folder, the drop-ins after it."""
    found = Unit()
    for name in names:
        found.read((FOLDER / name).read_text(encoding="utf-8"))
    return found
