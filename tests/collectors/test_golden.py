"""Collectors, by golden pairs: a document of the vendor, and the page that it makes.

The settings are the defaults but for the situations named below; the tenant is ``acme``.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from exporter.collectors import COLLECTORS
from exporter.collectors.question import Collector
from exporter.config.settings import Settings, Titles
from exporter.exposition import Format, page, render
from exporter.mimecast.stream import read_page
from exporter.model import Sample, Snapshot
from exporter.scrape import RECORDS, UNREADABLE

GOLDEN = Path(__file__).parent / "golden"
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
PAIRS = sorted(GOLDEN.glob("*/*.json"))
BY_NAME = {collector.name: collector for collector in COLLECTORS}

SETTINGS = {
    "more_titles_than_the_limit": Settings(titles=Titles(limit=2)),
    "small_groups": Settings(minimum_group_size=3),
    "no_histograms": Settings(histogram_days=()),
    "other_histograms": Settings(histogram_days=(0.5, 10)),
    "excluded_titles": Settings(titles=Titles(exclude=(re.compile("Test.*"), re.compile("(?i)draft: .*")))),
    "included_titles": Settings(
        titles=Titles(include=(re.compile("Passwords|Phishing"),), exclude=(re.compile("Phi.*"),))
    ),
    "overdue_after_a_day": Settings(overdue_after=86400),
}


def snapshot(collector: Collector, document: bytes, settings: Settings) -> Snapshot:
    asking = collector.ask(settings, NOW)
    question = next(asking)
    records = (record for batch in read_page([document], question.reading) for record in batch)
    with pytest.raises(StopIteration) as end:
        asking.send(question.fold(records))
    return collector.snapshot(end.value.value)


def told_of(collector: Collector, found: Snapshot) -> Iterator[Sample]:
    yield Sample(RECORDS, (collector.name,), found.records)
    yield from (Sample(UNREADABLE, (collector.name, name), count) for name, count in found.unreadable.items() if count)


def rendered(collector: Collector, document: bytes, settings: Settings) -> bytes:
    found = snapshot(collector, document, settings)
    families = render("acme", [*told_of(collector, found), *found.samples], Format.TEXT)
    return b"".join(page(families, Format.TEXT, gzip=False).parts)


@pytest.mark.parametrize("document", PAIRS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_document_makes_its_page(document: Path, update: bool) -> None:  # noqa: FBT001 - a fixture
    """A collector makes of a document exactly the page beside it."""
    page_file = document.with_suffix(".prom")
    found = rendered(BY_NAME[document.parent.name], document.read_bytes(), SETTINGS.get(document.stem, Settings()))
    if update:
        page_file.write_bytes(found)
    assert page_file.read_text() == found.decode()


def test_every_collector_has_golden_pairs() -> None:
    """There is no collector without golden pairs, and no page without its document."""
    assert set(BY_NAME) == {path.parent.name for path in PAIRS}
    assert {path.with_suffix(".json") for path in GOLDEN.glob("*/*.prom")} == set(PAIRS)


def test_every_situation_with_settings_exists() -> None:
    """No settings are kept for a situation that is gone."""
    assert set() == SETTINGS.keys() - {path.stem for path in PAIRS}


@pytest.mark.parametrize("document", PAIRS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_tolerant_reading_makes_the_same_page(document: Path) -> None:
    """What the strict reading makes of a document, the tolerant one makes too, so a bad neighbour changes nothing."""
    collector = BY_NAME[document.parent.name]
    settings = SETTINGS.get(document.stem, Settings())
    strict = rendered(collector, document.read_bytes(), settings)
    asking = collector.ask(settings, NOW)
    question = next(asking)
    tolerant_only = replace(question.reading, strict=lambda _: _Nothing)
    records = (record for batch in read_page([document.read_bytes()], tolerant_only) for record in batch)
    with pytest.raises(StopIteration) as end:
        asking.send(question.fold(records))
    found = collector.snapshot(end.value.value)
    families = render("acme", [*told_of(collector, found), *found.samples], Format.TEXT)
    assert strict == b"".join(page(families, Format.TEXT, gzip=False).parts)


class _Nothing:
    """A type that no document fits, so that everything is read with tolerance."""
