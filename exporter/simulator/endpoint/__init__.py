"""The endpoints: a table from path to what finds its rows, rightly, for a tenant at a moment; and the answer."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from exporter.simulator.answer import Answer, envelope
from exporter.simulator.endpoint import people, phishing, training
from exporter.simulator.endpoint.page import WRONG_TOKEN, Place, page, place_of, size_of
from exporter.simulator.endpoint.question import Question, first_item
from exporter.simulator.journal import Call
from exporter.simulator.listing import Listing, compact
from exporter.simulator.path import KINDS, ROOT, TRAINING_PATH
from exporter.simulator.request import page_token
from exporter.simulator.tenant import Tenant

Endpoint = Callable[[Tenant, Question], Listing | Answer]


def training_details(tenant: Tenant, question: Question) -> Listing:
    """Answer with the training of every person of the company."""
    return Listing(tenant.details.elements(datetime.fromtimestamp(question.now, UTC)), bytes)


ENDPOINTS: Mapping[str, Endpoint] = MappingProxyType({
    TRAINING_PATH: training_details,
    f"{ROOT}queue/get-queue": training.queue,
    f"{ROOT}company/get-performance-details": people.performance_details,
    f"{ROOT}company/get-performance-summary": people.performance_summary,
    f"{ROOT}company/get-safe-score-details": people.safe_score_details,
    f"{ROOT}company/get-safe-score-summary": people.safe_score_summary,
    f"{ROOT}company/get-watchlist-details": people.watchlist_details,
    f"{ROOT}company/get-watchlist-summary": people.watchlist_summary,
    f"{ROOT}phishing/campaign/get-campaign": phishing.simulations,
    f"{ROOT}phishing/campaign/get-user-data": phishing.simulation_users,
    f"{ROOT}campaign/get-campaigns": training.campaigns,
    f"{ROOT}campaign/get-user-data": training.campaign_users,
})  # fmt: skip


def answer(tenant: Tenant, call: Call, document: Mapping[str, Any]) -> Answer:
    """Answer a question; the call is told the moment of the state that is shown, which is the first page's.

    What is documented without paging comes whole, unless the tenant has a page size.
    """
    item = first_item(document)
    subject = f"{tenant.name}{call.path}{compact(item).decode()}"
    place = place_of(page_token(document), subject, int(call.state_at.timestamp()))
    whole = KINDS[call.path] == "whole" and tenant.options.page_size is None
    if place is None or (whole and place.start):
        return WRONG_TOKEN
    if place.start:
        call.state_at = datetime.fromtimestamp(place.now, UTC)
    question = Question(place.now, item)
    found = tenant.listings.get(subject, place.now, lambda: ENDPOINTS[call.path](tenant, question))
    if isinstance(found, Answer):
        return found
    if whole:
        return Answer(200, envelope(found.data(0, len(found.rows))))
    return _page(tenant, found, place, (subject, _size(tenant, call.path, document)))


def _page(tenant: Tenant, found: Listing, place: Place, how: tuple[str, int]) -> Answer:
    subject, size = how
    token = Place(place.start + size, place.now).token(subject)
    following = {"next": {"pageToken": token} if tenant.options.next_as_object else token}
    return page(found, place, size, following)


def _size(tenant: Tenant, path: str, document: Mapping[str, Any]) -> int:
    own = tenant.options.page_size
    return own if own and KINDS[path] == "whole" else size_of(document, own)
