"""Flags that commands share, named as other exporters have them; odd values are refused with what is right."""

import argparse
import platform
from collections.abc import Callable
from typing import Final, NoReturn

from exporter import __version__
from exporter.commands.message import fail
from exporter.log import FORMATS, LEVELS
from exporter.web.listener import Address

DEFAULT_PORT: Final = 10463
DEFAULT_FILE: Final = "mimecast-exporter.yaml"


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, and whose help keeps the lines of its texts."""

    def __init__(self, prog: str, description: str | None) -> None:
        super().__init__(
            prog=prog,
            description=description,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )

    def error(self, message: str) -> NoReturn:
        """End with status 2."""
        self.exit(fail(f"{message}; see {self.prog} --help", 2))


def add_version(parser: argparse.ArgumentParser) -> None:
    """Add ``--version``."""
    text = f"mimecast-exporter, version {__version__} (python {platform.python_version()})"
    parser.add_argument("--version", action="version", version=text, help="show the version and end")


def add_log_flags(parser: argparse.ArgumentParser, level: str = "info") -> None:
    """Add ``--log.level`` and ``--log.format``."""
    parser.add_argument("--log.level", dest="log_level", choices=LEVELS, default=level, help="default: %(default)s")
    parser.add_argument(
        "--log.format", dest="log_format", choices=FORMATS, default=FORMATS[0], help="default: %(default)s"
    )


def add_configuration_flag(parser: argparse.ArgumentParser) -> None:
    """Add ``--config.file``."""
    parser.add_argument(
        "--config.file",
        dest="config_file",
        metavar="FILE",
        help=f"the configuration; default: {DEFAULT_FILE} in the working directory, if there is one",
    )


def add_web_configuration_flag(parser: argparse.ArgumentParser) -> None:
    """Add ``--web.config.file``."""
    parser.add_argument(
        "--web.config.file",
        dest="web_config_file",
        metavar="FILE",
        help="TLS, users, headers and a limit of rate, in exporter-toolkit's form; default: none of them",
    )


def address(text: str) -> Address:
    """Return an address to listen on."""
    try:
        return Address.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


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
    """Return a path of our port, which starts with a slash and needs no escaping."""
    if not text.startswith("/") or not text.isascii() or not text.replace("/", "").replace("-", "").isalnum():
        raise argparse.ArgumentTypeError("must be a path such as /metrics")
    return text
