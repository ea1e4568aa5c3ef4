"""The configuration as it lies on this machine: a file, or the environment, with the secrets that they refer to."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from exporter.config.context import Context, Loaded
from exporter.config.document import MAX_SIZE
from exporter.config.environment import from_environment
from exporter.config.parse import parse
from exporter.config.settings import Config
from exporter.errors import ConfigurationError, Problem
from exporter.secret_file import SecretReader, UnreadableFileError, read_regular_file, readable_by_others


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The names of the collectors that there are, and of those that a tenant has by default."""

    collectors: tuple[str, ...]
    default_collectors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Loading:
    """A configuration, where its secrets are read from as long as it holds, and what should be logged of it."""

    config: Config
    secrets: SecretReader
    warnings: tuple[Problem, ...]


def load_file(path: str, environment: Mapping[str, str], catalogue: Catalogue) -> Loading:
    """Return the configuration in the file at ``path``, or raise ``ConfigurationError`` with every problem."""
    try:
        content, status = read_regular_file(Path(path), MAX_SIZE)
        text = content.decode()
    except UnreadableFileError as error:
        raise ConfigurationError([Problem("", f"the file {path} {error}")]) from None
    except UnicodeDecodeError:
        raise ConfigurationError([Problem("", f"the file {path} is no UTF-8 text; save it as such")]) from None
    secrets = SecretReader(environment, Path(path).parent)
    return _loading(parse(text, _context(catalogue, secrets, is_open=readable_by_others(status))), secrets)


def load_environment(environment: Mapping[str, str], catalogue: Catalogue) -> Loading | None:
    """Return the configuration of ``MIMECAST_...`` variables, None if there are none, or raise as above."""
    secrets = SecretReader(environment, Path())
    loaded = from_environment(environment, _context(catalogue, secrets, is_open=False))
    return _loading(loaded, secrets) if loaded else None


def _context(catalogue: Catalogue, secrets: SecretReader, *, is_open: bool) -> Context:
    return Context(catalogue.collectors, catalogue.default_collectors, secrets.read, readable_by_others=is_open)


def _loading(loaded: Loaded, secrets: SecretReader) -> Loading:
    for tenant in loaded.config.tenants:
        if tenant.tls.key_file:
            secrets.warn_if_open(tenant.tls.key_file)
    return Loading(loaded.config, secrets, (*loaded.warnings, *secrets.warnings))
