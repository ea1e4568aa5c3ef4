"""What the configuration is read with, and what comes out: the hands that a pure part does not have itself."""

from collections.abc import Callable
from dataclasses import dataclass

from exporter.config.settings import Config, SecretSource
from exporter.errors import ExporterError, Problem
from exporter.model import Secret


class SecretError(ExporterError):
    """A secret cannot be had from its source; the text names the file or variable and what to do."""


@dataclass(frozen=True, slots=True)
class Context:
    """What the parser needs from outside.

    ``collectors`` are the names of all there are; ``read`` returns a secret without its outer white space or raises
    :class:`SecretError`; ``readable_by_others`` tells that other users of the machine can read the configuration file.
    """

    collectors: tuple[str, ...]
    default_collectors: tuple[str, ...]
    read: Callable[[SecretSource], Secret]
    readable_by_others: bool = False


@dataclass(frozen=True, slots=True)
class Loaded:
    """A configuration that can be used, and what an operator should know about it all the same."""

    config: Config
    warnings: tuple[Problem, ...] = ()
