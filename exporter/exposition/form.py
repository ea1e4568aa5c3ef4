"""The formats of a page."""

from enum import Enum
from typing import Final

END_OF_OPENMETRICS: Final = b"# EOF\n"


class Format(Enum):
    """The formats of a page; the value is the ``Content-Type``."""

    TEXT = "text/plain; version=0.0.4; charset=utf-8"
    OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
