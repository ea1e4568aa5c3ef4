"""Which configuration a command uses: the file that is named, the usual one if there is one, or the environment."""

import os
from pathlib import Path

from exporter.commands.arguments import DEFAULT_FILE
from exporter.commands.assembly import CATALOGUE
from exporter.config_file import Loading, load_environment, load_file
from exporter.errors import ConfigurationError, Problem

_NOTHING = (
    f"nothing to do: give a configuration with --config.file=FILE or as ./{DEFAULT_FILE}, or set MIMECAST_REGION and "
    "the MIMECAST_... variables of the credentials, or try mimecast-exporter demo"
)


def load(path: str | None) -> tuple[Loading, Path]:
    """Return the configuration and where its relative paths start; raise ``ConfigurationError`` with every problem."""
    if path is not None or Path(DEFAULT_FILE).exists():
        file = path or DEFAULT_FILE
        return load_file(file, os.environ, CATALOGUE), Path(file).parent
    loading = load_environment(os.environ, CATALOGUE)
    if loading is None:
        raise ConfigurationError([Problem("", _NOTHING)])
    return loading, Path()
