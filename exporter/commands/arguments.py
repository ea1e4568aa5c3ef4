"""Flags that commands share, named as other exporters have them; odd values are refused with what is right."""

import argparse
import difflib
import platform
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from exporter import __version__
from exporter.commands.parser import Parser
from exporter.log import FORMATS, LEVELS
from exporter.web.listener import Address
from exporter.web.routes import FIXED_PATHS

DEFAULT_PORT: Final = 10463
DEFAULT_FILE: Final = "mimecast-exporter.yaml"

CONFIGURATION: Final = "configuration"
WEB: Final = "web"
LOGGING: Final = "logging"


def add_help_flag(parser: Parser) -> None:
    """Add ``--help``."""
    parser.flag("help", "-h", "--help", action="help", help="Show this page and end.")


def add_version_flag(parser: Parser) -> None:
    """Add ``--version``."""
    text = f"mimecast-exporter, version {__version__} (python {platform.python_version()})"
    parser.flag("help", "--version", action="version", version=text, help="Show the version and end.")


def add_log_flags(parser: Parser, level: str = "info") -> None:
    """Add ``--log.level`` and ``--log.format``; log lines go to standard error."""
    parser.flag(
        LOGGING,
        "--log.level",
        dest="log_level",
        metavar="LEVEL",
        type=one_of(LEVELS),
        default=level,
        help=f"The least that is logged, to standard error: {', '.join(LEVELS)}. Default: {level}.",
    )
    parser.flag(
        LOGGING,
        "--log.format",
        dest="log_format",
        metavar="FORMAT",
        type=one_of(FORMATS),
        default=FORMATS[0],
        help=f"How a log line looks: {', '.join(FORMATS)}. Default: {FORMATS[0]}.",
    )


def add_configuration_flag(parser: Parser) -> None:
    """Add ``--config.file``."""
    parser.flag(
        CONFIGURATION,
        "--config.file",
        dest="config_file",
        metavar="FILE",
        type=file_name,
        help="The configuration: tenants, their keys and what is asked for. Default: "
        f"{DEFAULT_FILE} in the working directory if there is one, else the environment.",
    )


def add_web_configuration_flag(parser: Parser, about: str) -> None:
    """Add ``--web.config.file``, with what it is to this command and its default."""
    parser.flag(
        WEB,
        "--web.config.file",
        dest="web_config_file",
        metavar="FILE",
        type=file_name,
        help=about,
    )


def address(text: str) -> Address:
    """Return an address to listen on."""
    try:
        found = Address.parse(text)
        found.host.encode("idna")
    except UnicodeError:
        raise argparse.ArgumentTypeError("there can be no host of this name") from None
    except ValueError:
        raise argparse.ArgumentTypeError(
            "must be host:port or :port, such as 127.0.0.1:10463, [::1]:10463 or :10463"
        ) from None
    return found


def one_of(names: Iterable[str], else_what: str | None = None) -> Callable[[str], str]:
    """Return a reader of one of some names; ``else_what`` is said where another has none that is near."""
    known = tuple(names)
    otherwise = else_what or f"must be one of {', '.join(known)}"

    def read(text: str) -> str:
        if text in known:
            return text
        near = difflib.get_close_matches(text[:100].casefold(), known, n=1)
        raise argparse.ArgumentTypeError(f"{otherwise}; did you mean {near[0]}?" if near else otherwise)

    return read


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """Return a reader of whole numbers from ``least`` to ``most``."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) < 19 and least <= int(text) <= most):
            raise argparse.ArgumentTypeError(f"must be a whole number from {least} to {most}")
        return int(text)

    return read


def seconds(text: str) -> float:
    """Return seconds, given as a decimal number from 0 to 60."""
    digits = text.removesuffix("s").replace(".", "", 1)
    if not (digits.isascii() and digits.isdigit() and len(digits) < 10 and float(text.removesuffix("s")) <= 60):
        raise argparse.ArgumentTypeError("must be a number of seconds from 0 to 60, such as 0.5")
    return float(text.removesuffix("s"))


def url_path(text: str) -> str:
    """Return a path of our port, which starts with a slash, needs no escaping, and serves nothing else."""
    if not text.startswith("/") or not text.isascii() or not text.replace("/", "").replace("-", "").isalnum():
        raise argparse.ArgumentTypeError("must be a path such as /metrics")
    if text in FIXED_PATHS:
        raise argparse.ArgumentTypeError(f"{text} serves something else; take a path of its own, such as /metrics")
    return text


def file_name(text: str) -> str:
    """Return the name of a file, whether there is one or not."""
    if not Path(text).name:
        raise argparse.ArgumentTypeError("must be the name of a file")
    return text
