"""The collectors: one file a subject. A new one is its own file, and one line here."""

from typing import Final

from exporter.collectors.question import Collector
from exporter.collectors.training import TRAINING

COLLECTORS: Final[tuple[Collector, ...]] = (TRAINING,)
DEFAULT_COLLECTORS: Final = ("training",)
