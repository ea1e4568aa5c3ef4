"""P1 and P2: decoding and aggregating all that the collector makes, against bare decoders of the same bytes."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

import msgspec

from benchmarks.document import document
from benchmarks.figure import P1, P2, Figure
from benchmarks.measure import ratio, taking_turns
from exporter.collectors.training import TRAINING
from exporter.config.settings import Settings
from exporter.mimecast.stream import read_page
from exporter.model import Snapshot

_USERS: Final = 10_000
_CHUNK: Final = 64 * 1024


class _Training(msgspec.Struct, rename="camel", gc=False):
    title: str
    title_id: str
    assigned_time_stamp: datetime
    watched: bool
    watched_date: datetime | None = None
    on_watchlist: bool | None = None
    my_answer: int | None = None


class _User(msgspec.Struct, rename="camel", gc=False):
    training: list[_Training]
    need_engagement: bool
    merit_badge: dict[str, msgspec.Raw]


class _Answer(msgspec.Struct):
    data: list[_User]


_BARE: Final = msgspec.json.Decoder(_Answer)


def pieces(content: bytes) -> list[bytes]:
    """Return a document as it arrives."""
    return [content[start : start + _CHUNK] for start in range(0, len(content), _CHUNK)]


def snapshot_of(chunks: list[bytes], settings: Settings | None = None) -> Snapshot:
    """Decode and aggregate a document as a poll does, without its transport."""
    asking = TRAINING.ask(settings or Settings(), datetime.now(UTC))
    question = next(asking)
    counted = question.fold(record for batch in read_page(chunks, question.reading) for record in batch)
    try:
        asking.send(counted)
    except StopIteration as end:
        return TRAINING.snapshot(end.value)
    raise AssertionError("the collector asks once")


def measure(*, quick: bool) -> Iterator[Figure]:
    """Yield the figures."""
    content = document(_USERS)
    chunks = pieces(content)
    seconds = taking_turns(
        {
            "ours": lambda: snapshot_of(chunks),
            "json": lambda: json.loads(content),
            "msgspec": lambda: _BARE.decode(content),
        },
        7 if quick else 25,
    )
    yield Figure(P1, ratio(seconds["ours"], seconds["json"]))
    yield Figure(P2, ratio(seconds["ours"], seconds["msgspec"]))
