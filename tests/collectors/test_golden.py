"""Collectors, by golden pairs: what the vendor answers, and the page that it makes.

A situation is one document of the vendor, or, for a collector that asks several questions, an object of them: by the
path below ``/api/awareness-training/`` and, where it asks for one, the id. A list of documents is an answer in pages; a
question without a document is answered as if what it asks for were gone. The settings are the defaults but for the
situations named below; the tenant is ``acme``.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from answering import Documents, snapshot
from rendering import page, render

from exporter.collectors import COLLECTORS
from exporter.collectors.question import Collector
from exporter.config.settings import Campaigns, Settings, Titles
from exporter.exposition import Format
from exporter.model import Sample, Snapshot
from exporter.scrape import RECORDS, UNREADABLE

GOLDEN = Path(__file__).parent / "golden"
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
    "more_campaigns_than_the_newest": Settings(campaigns=Campaigns(newest=2)),
    "departments": Settings(departments=True),
}


def told_of(collector: Collector, found: Snapshot) -> Iterator[Sample]:
    yield Sample(RECORDS, (collector.name,), found.records)
    yield from (Sample(UNREADABLE, (collector.name, name), count) for name, count in found.unreadable.items() if count)


def rendered(file: Path, *, tolerant: bool = False) -> str:
    collector = BY_NAME[file.parent.name]
    found = snapshot(collector, Documents(file).pages, SETTINGS.get(file.stem, Settings()), tolerant=tolerant)
    families = render("acme", [*told_of(collector, found), *found.samples], Format.TEXT)
    return b"".join(page(families, Format.TEXT, gzip=False).parts).decode()


@pytest.mark.parametrize("file", PAIRS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_document_makes_its_page(file: Path, update: bool) -> None:  # noqa: FBT001 - a fixture
    """A collector makes of the vendor's documents exactly the page beside them."""
    found = rendered(file)
    if update:
        file.with_suffix(".prom").write_text(found)
    assert file.with_suffix(".prom").read_text() == found


@pytest.mark.parametrize("file", PAIRS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_tolerant_reading_makes_the_same_page(file: Path) -> None:
    """What the strict reading makes of a document, the tolerant one makes too, so a bad neighbour changes nothing."""
    assert rendered(file) == rendered(file, tolerant=True)


def test_every_collector_has_golden_pairs() -> None:
    """There is no collector without golden pairs, and no page without its document."""
    assert set(BY_NAME) == {path.parent.name for path in PAIRS}
    assert {path.with_suffix(".json") for path in GOLDEN.glob("*/*.prom")} == set(PAIRS)


def test_every_situation_with_settings_exists() -> None:
    """No settings are kept for a situation that is gone."""
    assert set() == SETTINGS.keys() - {path.stem for path in PAIRS}


PEOPLE = ("email", "emailAddress")
MARKS = re.compile(r"[^\s@\"]+@[^\s@\"]+|\b\d{1,3}(?:\.\d{1,3}){3}\b")


def personal(value: Any) -> Iterator[str]:
    """Yield every mail and network address in a document, and the name of whatever has a mail address."""
    if isinstance(value, str):
        yield from MARKS.findall(value)
    elif isinstance(value, dict):
        name = value.get("name")
        if isinstance(name, str) and name and any(field in value for field in PEOPLE):
            yield name
        yield from (text for inner in value.values() for text in personal(inner))
    elif isinstance(value, list):
        yield from (text for inner in value for text in personal(inner))


def test_no_page_names_a_person() -> None:
    """No mail address, network address or person's name of any document is in any page."""
    names = {text for file in PAIRS for text in personal(json.loads(file.read_text()))}
    assert {"ann@example.com", "Ann Lee", "Bo Roe", "Post Office", "no-reply@example.net", "192.0.2.10"} <= names
    pages = {file: file.with_suffix(".prom").read_text().casefold() for file in PAIRS}
    assert [] == [(name, file) for name in names for file, text in pages.items() if name.casefold() in text]
