"""Every collector, with whatever the vendor might answer."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from answering import snapshot
from hypothesis import given, settings
from hypothesis import strategies as st
from rendering import render

from exporter.collectors import COLLECTORS
from exporter.collectors.question import Collector, Question
from exporter.config.settings import Campaigns, Settings, Titles
from exporter.errors import PollError, Reason
from exporter.exposition import Format
from exporter.model import Snapshot

Answer = Callable[[Question[Any, Any]], list[bytes] | None]

SETTINGS = st.builds(
    Settings,
    titles=st.builds(Titles, limit=st.integers(1, 3)),
    minimum_group_size=st.integers(1, 3),
    campaigns=st.builds(Campaigns, newest=st.integers(0, 3)),
    departments=st.booleans(),
)
NAMES = st.sampled_from(
    ["Passwords", "passwords", "(other titles)", "(other campaigns)", "(small departments)", "\u202e"]
)
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(0, 9),
    st.sampled_from([-1, 2**53, 2**63, 10**400, 1.0, 33.3, 1e308]),
    st.sampled_from(["", "A", "f", "SENT", "clicked", "CORRECT", "unknown", "ann@example.com", "x" * 300, "\ud800"]),
    st.sampled_from(["2026-10-05T09:00:00+0000", "2027-01-01", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z"]),
    NAMES,
)
KEYS = ["items", "option-1", "option-9", "forQuestion1", "forQuestion9", "a", "e", "training", "watched"]


def elements(collector: Collector) -> st.SearchStrategy[Any]:
    """Return elements of ``data`` with the collector's fields, most of them of a form that it knows."""
    keys = st.sampled_from([*collector.fields, *KEYS])
    counts = st.dictionaries(keys, VALUES, max_size=8)
    record = st.dictionaries(keys, VALUES | counts, max_size=12)
    listed = st.fixed_dictionaries({}, optional={name: st.lists(record | VALUES) for name in ("items", "campaigns")})
    return record | listed | VALUES


@st.composite
def answers(draw: st.DrawFn, collector: Collector) -> Answer:
    """Return what answers any question, the same again for the same; what may be gone is at times."""
    data = st.lists(st.lists(elements(collector), max_size=8), min_size=1, max_size=2)
    known: dict[str, list[bytes] | None] = {}

    def answer(question: Question[Any, Any]) -> list[bytes] | None:
        key = f"{question.path} {question.item}"
        if key not in known:
            gone = question.may_be_gone and draw(st.booleans())
            known[key] = None if gone else [_document(page) for page in draw(data)]
        return known[key]

    return answer


def _document(data: list[Any]) -> bytes:
    return json.dumps({"meta": {"status": 200}, "data": data}).encode()


def outcome(collector: Collector, answer: Answer, settings: Settings, *, tolerant: bool) -> Snapshot | Reason:
    try:
        return snapshot(collector, answer, settings, tolerant=tolerant)
    except PollError as error:
        return error.reason


@pytest.mark.parametrize("collector", COLLECTORS, ids=lambda collector: collector.name)
@settings(max_examples=40, deadline=None)
@given(st.data())
def test_whatever_is_answered(collector: Collector, data: st.DataObject) -> None:
    """An answer of any content makes whole pages or fails by its schema, and so it does when it is read tolerantly."""
    answer, chosen = data.draw(answers(collector)), data.draw(SETTINGS)
    found = outcome(collector, answer, chosen, tolerant=False)
    assert found == outcome(collector, answer, chosen, tolerant=True)
    if isinstance(found, Snapshot):
        assert [*collector.fields] == [*found.unreadable]
        assert all(render("acme", found.samples, form) or not found.samples for form in Format)
    else:
        assert Reason.SCHEMA is found
