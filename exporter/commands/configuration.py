"""Which configuration a command uses: the file that is named, the usual one if there is one, or the environment."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from exporter.commands.arguments import DEFAULT_FILE
from exporter.commands.assembly import CATALOGUE
from exporter.commands.manual import Terms
from exporter.config.address import OAUTH_REGIONS, SIGNED_REGIONS
from exporter.config_file import Loading, load_environment, load_file
from exporter.errors import ConfigurationError, Problem
from exporter.web_config.live import WebFile

_NOTHING: Final = (
    f"no configuration: write one and name it by --config.file=FILE or ./{DEFAULT_FILE}, or set MIMECAST_REGION and "
    "the MIMECAST_... variables of the credentials, or see it work first with mimecast-exporter demo"
)

FILES: Final[Terms] = {
    DEFAULT_FILE: "In the working directory, the configuration that is used unless --config.file names another. "
    "Paths in a configuration start at its own directory. config.example.yaml of the source has every key with its "
    "default.",
}
ENVIRONMENT: Final[Terms] = {
    "": "One account needs no file: these are used if there is none. Each key of the credentials may also stand in a "
    "file, whose name is then in the variable with _FILE behind its name.",
    "MIMECAST_TENANT": "The name of the account, the label of its series. Default: default.",
    "MIMECAST_REGION": f"API 2.0: {', '.join(OAUTH_REGIONS)}. API 1.0: {', '.join(SIGNED_REGIONS)}.",
    "MIMECAST_BASE_URL": "The address of the API, in place of the region.",
    "MIMECAST_COLLECTORS": "What is asked for, with commas between. Default: "
    f"{', '.join(CATALOGUE.default_collectors)}.",
    "MIMECAST_CLIENT_ID": "API 2.0: the client id of the API application.",
    "MIMECAST_CLIENT_SECRET": "API 2.0: its client secret.",
    "MIMECAST_APPLICATION_ID": "API 1.0: the id of the API application.",
    "MIMECAST_APPLICATION_KEY": "API 1.0: its key.",
    "MIMECAST_ACCESS_KEY": "API 1.0: the access key of the service user.",
    "MIMECAST_SECRET_KEY": "API 1.0: the secret key of the service user.",
}


def load(path: str | None) -> tuple[Loading, Path]:
    """Return the configuration and where its relative paths start; raise ``ConfigurationError`` with every problem."""
    # Where the working directory may not even be searched, there is no file in it for us.
    if path is not None or os.access(DEFAULT_FILE, os.F_OK):
        return _load_file(path or DEFAULT_FILE)
    loading = load_environment(os.environ, CATALOGUE)
    if loading is None:
        raise ConfigurationError([Problem("", _NOTHING)])
    return loading, Path()


def _load_file(file: str) -> tuple[Loading, Path]:
    with _named(file):
        return load_file(file, os.environ, CATALOGUE), Path(file).parent


def load_web(file: str) -> WebFile:
    """Return the web configuration in a file; raise ``ConfigurationError`` with every problem."""
    with _named(file):
        return WebFile(file)


@contextmanager
def _named(file: str) -> Iterator[None]:
    """Give each problem of a file as a whole the file as its place, unless it names it."""
    try:
        yield
    except ConfigurationError as error:
        problems = (
            problem if problem.place or file in problem.message else Problem(file, problem.message)
            for problem in error.problems
        )
        raise ConfigurationError([*problems]) from None
