"""Bytes of the vendor's answers through client, stream, collector and exposition: a whole page, or a declared error.

The first byte chooses the collector, the second its settings and the pieces in which the bytes arrive. The rest are
answers with a NUL between them, the last one given again and again; one that begins with 1 to 5 has another status.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain
from random import Random
from typing import TYPE_CHECKING, Any, Final, cast
from uuid import UUID

import pytest
from document_mutation import changed_document
from mutation import mutated
from plain_count import Series
from plain_counts import COUNTS, Plain
from plain_document import Unsure, elements_of
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

from exporter.collectors import COLLECTORS
from exporter.collectors.question import Collector
from exporter.config.settings import Campaigns, Settings, Titles
from exporter.errors import PollError, Reason
from exporter.exposition import Format, Joined, Rendered
from exporter.mimecast import stream
from exporter.mimecast.auth import Request, Signed, SigningKeys
from exporter.mimecast.client import Client
from exporter.mimecast.coding import decoded
from exporter.model import Secret, Snapshot

if TYPE_CHECKING:
    from exporter.mimecast.transport import Transport

_NOW: Final = datetime(2026, 11, 25, 12, tzinfo=UTC)
_MOST_BYTES: Final = 1 << 20
_STATUSES: Final = {1: 404, 2: 503, 3: 429, 4: 401, 5: 204}
_FAILURES: Final = tuple(map(bytes, zip(_STATUSES)))
_SIZES: Final = (1, 7, 60, 300, 1 << 16)
_SETTINGS: Final = (
    Settings(),
    Settings(departments=True),
    Settings(titles=Titles(limit=2), campaigns=Campaigns(newest=1), minimum_group_size=2),
    Settings(titles=Titles(exclude=(re.compile("Test.*|Pass.*"),)), histogram_days=(), overdue_after=0.0),
    Settings(titles=Titles(include=(re.compile("P.*|.untitled."),)), histogram_days=(0.5, 10.0), departments=True),
)
_NAMES: Final = sorted({name for collector in COLLECTORS for name in collector.fields})
WORDS: Final = (
    *(b'"%s":' % name.encode() for name in (*_NAMES, "data", "meta", "fail", "status", "pagination", "next", "items")),
    *(b"{}", b"[]", b"[", b"]", b"{", b"}", b",", b":", b'"', b"\\", b" ", b"\n", b"\0", b"\x01", b"\x02", b"\x04"),
    *(b"null", b"true", b"false", b'""', b"200", b"200.0", b"-1", b"1e2", b"2.0", b"NaN", b"Infinity", b"1e999"),
    *(b'"\\ud800"', b'"\\ud83d\\ude00"', b'"\\u2028"', b'"\\u202e"', b'"\\u0000"', b"\xef\xbb\xbf", b"\xff", b"\xc3"),
    *(b'"2026-10-01T07:00:00+0000"', b'"2027-01-01"', b'"0001-01-01T00:00:00+14:00"', b'"9999-12-31T23:59:59Z"'),
    *(b'"(other titles)"', b'"Passwords"', b'{"watched":true},', b'{"training":[{"watched":false}]},', b'"a":[' * 40),
    *(b'{"meta":{"status":200},"data":[', b'],"fail":[]}', b'"pagination":{"next":"a"},', b'{"errors":[{"code":"x"}]}'),
)


def change(data: bytes, words: Sequence[bytes], chance: Random) -> bytes:
    """Change an answer as the document that it is, or now and then as bytes."""
    return (mutated if chance.random() < 0.3 else changed_document)(data, words, chance)


def target(data: bytes) -> None:
    """Poll with these answers, at once and in pieces, read the page, and compare it with an independent count."""
    if len(data) < 3:
        return
    collector = COLLECTORS[data[0] % len(COLLECTORS)]
    settings = _SETTINGS[data[1] % len(_SETTINGS)]
    answers = data[2:].split(b"\0")
    found = _polled(collector, settings, answers, 1 << 16)
    size = max(_SIZES[data[1] // len(_SETTINGS) % len(_SIZES)], len(data) // 100)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stream, "_SCAN_AT", size)
        assert found == _polled(collector, settings, answers, size)
    series = _series(found, both=data[1] > 127) if found else {}
    if collector.name in COUNTS:
        _compare(found, series, COUNTS[collector.name], (settings, answers))


def _polled(collector: Collector, settings: Settings, answers: list[bytes], size: int) -> Snapshot | None:
    """Return what a poll finds if the answers arrive in pieces of such a size, None if it fails for a reason."""
    vendor = _Vendor(answers, size)
    signed = Signed(_Keys(), vendor.now, lambda: UUID(int=vendor.asked))
    client = Client(cast("Transport", vendor), signed, vendor, lambda *_: None, _MOST_BYTES)
    try:
        return collector.snapshot(client.poll(collector.ask(settings, _NOW), 60.0))
    except PollError as error:
        _check_error(error)
        return None


def _check_error(error: PollError) -> None:
    assert isinstance(error.reason, Reason)
    assert error.reason is not Reason.INTERNAL
    assert error.detail.isprintable()


class _Keys:
    """Keys that are always the same."""

    def current(self) -> SigningKeys:
        return SigningKeys(*map(Secret, ("id", "key", "access", "c2VjcmV0")))

    def refused(self) -> None:
        """Stay the same."""


class _Vendor:
    """A transport to a vendor who gives one answer after the other, and the clock of both."""

    def __init__(self, answers: list[bytes], size: int) -> None:
        self.asked = 0
        self._answers = answers
        self._size = size
        self._seconds = 0.0

    def send(self, request: Request, seconds: float) -> "_Answer":  # noqa: ARG002 - as a transport
        """Return the next answer."""
        self.asked += 1
        return _Answer(self._answers[min(self.asked, len(self._answers)) - 1], self._size)

    def close_idle(self) -> None:
        """Have nothing to close."""

    def monotonic(self) -> float:
        """Return the seconds that were waited."""
        return self._seconds

    def now(self) -> datetime:
        """Return always the same moment."""
        return _NOW

    def wait(self, seconds: float) -> None:
        """Let time pass at once."""
        self._seconds += seconds


class _Answer:
    """One answer, whose bytes come in pieces."""

    def __init__(self, body: bytes, size: int) -> None:
        self.status = _STATUSES.get(body[0] if body else 0, 200)
        self.headers: Mapping[str, str] = {}
        self._body = body[self.status != 200 :]
        self._size = size

    def chunks(self, most: int) -> Iterator[bytes]:
        """Yield the pieces."""
        pieces = (self._body[start : start + self._size] for start in range(0, len(self._body), self._size))
        return decoded(pieces, (), most)

    def read(self, most: int) -> bytes:
        """Return all at once."""
        return b"".join(self.chunks(most))

    def close(self) -> None:
        """Have nothing to close."""


def _series(found: Snapshot, *, both: bool) -> Series:
    """Return the series of the page; ``both`` asks a reader of the other format too, which reads slowly."""
    series = _read(read_text(_page(found, Format.TEXT)))
    if both:
        assert series == _read(read_openmetrics(_page(found, Format.OPENMETRICS)))  # type: ignore[no-untyped-call]
    return series


def _page(found: Snapshot, form: Format) -> str:
    return b"".join(Joined(Rendered("acme", found.samples).families(form), form).page(gzip=False).parts).decode()


def _read(families: Iterable[Any]) -> Series:
    series: Series = {}
    for sample in chain.from_iterable(family.samples for family in families):
        labels = dict(sorted(sample.labels.items()))
        assert labels.pop("tenant") == "acme"
        if "le" in labels:
            labels["le"] = str(float(labels["le"]))
        key = (sample.name.removeprefix("mimecast_"), *labels.values())
        assert key not in series, "a series twice"
        assert math.isfinite(sample.value)
        series[key] = sample.value
    return series


def _compare(found: Snapshot | None, series: Series, plain: Plain, given: tuple[Settings, list[bytes]]) -> None:
    """Check that the page is what an independent count makes of the answers, or that there is none if none is due."""
    settings, answers = given
    if any(answer.startswith(_FAILURES) or b"err_dev" in answer for answer in answers):
        return  # tried again, and so perhaps another answer is taken
    try:
        elements = elements_of(answers)
        told = plain(elements or (), settings, _NOW)
    except Unsure:
        return
    left_out = told.unreadable["record"] + told.unreadable["user"]
    if elements is None or left_out > 0.2 * (told.records + left_out):
        assert found is None, "numbers of an answer that must fail"
        return
    assert found is not None, "no numbers of an answer that is good"
    assert told.records == found.records
    assert {name: told.unreadable[name] for name in found.unreadable} == found.unreadable
    assert told.series.keys() == series.keys()
    wrong = [key for key in series if not math.isclose(told.series[key], series[key], rel_tol=1e-9, abs_tol=1e-3)]
    assert [] == wrong
