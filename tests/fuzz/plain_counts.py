"""The independent counts, by the collectors that they judge."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

import plain_company
import plain_count
import plain_queue
from plain_company import Told

from exporter.config.settings import Settings

Plain = Callable[[Iterable[object], Settings, datetime], Told]
"""Counts the elements of ``data`` with these settings at the moment of the poll."""


def _training(elements: Iterable[object], settings: Settings, now: datetime) -> Told:
    answer = plain_count.read(elements)
    return Told(plain_count.expected(answer, settings, now), len(answer.records), answer.unreadable)


COUNTS: Final[Mapping[str, Plain]] = MappingProxyType(
    {
        "training": _training,
        "queue": plain_queue.queue,
        "performance": plain_company.performance,
        "safe_score": plain_company.safe_score,
        "watchlist": plain_company.watchlist,
    }
)
