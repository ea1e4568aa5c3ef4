"""Answers a collector's questions with documents of the vendor's form, without a client."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

from exporter.collectors.question import Collector, Question
from exporter.config.settings import Settings
from exporter.mimecast.stream import read_page
from exporter.model import Snapshot

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)

Pages = Callable[[Question[Any, Any]], list[bytes] | None]
"""The pages that answer a question, None if what it asks for is gone."""


class Documents:
    """The vendor's documents of one situation."""

    def __init__(self, file: Path) -> None:
        self._content = file.read_bytes()
        parsed = json.loads(self._content)
        self._by_question: dict[str, Any] | None = None if "data" in parsed else parsed

    def pages(self, question: Question[Any, Any]) -> list[bytes] | None:
        """Return the pages that answer a question, None if what it asks for is gone."""
        if self._by_question is None:
            return [self._content]
        key = " ".join(
            [question.path.removeprefix("/api/awareness-training/"), *map(str, (question.item or {}).values())]
        )
        found = self._by_question.get(key)
        documents = found if isinstance(found, list) else [found]
        return None if found is None else [json.dumps(document).encode() for document in documents]


def snapshot(collector: Collector, answer: Pages, settings: Settings, *, tolerant: bool = False) -> Snapshot:
    """Return what a collector makes of the answers; ``tolerant`` lets it read nothing strictly."""
    asking = collector.ask(settings, NOW)
    question = next(asking)
    while True:
        reading = replace(question.reading, strict=lambda _: _Nothing) if tolerant else question.reading
        pages = answer(question)
        assert pages is not None or question.may_be_gone
        batches = chain.from_iterable(read_page([content], reading) for content in pages or ())
        result = None if pages is None else question.fold(chain.from_iterable(batches))
        try:
            question = asking.send(result)
        except StopIteration as end:
            return collector.snapshot(end.value)


class _Nothing:
    """A type that no document fits, so that everything is read with tolerance."""
