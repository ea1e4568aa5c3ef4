import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from survey import LISTS, PAGED, Survey, question

from exporter.simulator import SimulatedClock, Simulator

MOMENT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
DETAILS = "company/get-performance-details"


@pytest.fixture
def survey() -> Iterator[Survey]:
    """A company of 1200, asked in any way."""
    with Simulator(clock=SimulatedClock(MOMENT)) as simulator:
        yield Survey(simulator, simulator.add_tenant("acme", users=1200, titles=3, as_of=MOMENT))


@pytest.mark.parametrize("name", [*PAGED, *LISTS])
def test_pages_make_the_whole(survey: Survey, name: str) -> None:
    """Pages of any size have the same rows in the same order, each once, and tell their size and the total."""
    item: dict[str, object] = {"id": survey.any_id(name)} if name in LISTS else {"filterBy": {}}
    everybody = survey.rows(name, item)
    assert everybody == survey.rows(name, item, size=77)
    first, total = survey.page(name, item=item, size=77), len(everybody)
    assert {"pageSize": 77, "totalCount": total} == {
        key: value for key, value in first["meta"]["pagination"].items() if key != "next"
    }
    last = survey.page(name, item=item)
    while "next" in last["meta"]["pagination"]:
        last = survey.page(name, last["meta"]["pagination"]["next"], item)
    assert {"pageSize": total % 500, "totalCount": total} == last["meta"]["pagination"]


@pytest.mark.parametrize(
    ("asked", "given"), [(500, 500), (501, 500), (10**9, 500), (1, 1), (0, 100), (-5, 100), ("9", 100), (True, 100)]
)
def test_page_size(survey: Survey, asked: object, given: int) -> None:
    """A page has the size that is asked for, at most 500, and 100 if the size is none."""
    document = survey.send(DETAILS, {"meta": {"pagination": {"pageSize": asked}}, "data": []}).json()
    assert given == len(document["data"]) == document["meta"]["pagination"]["pageSize"]


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b"{'data': []}", b'{"data": [{}]}', b'{"meta": {"pagination": 7}}']
)
def test_bodies_of_other_clients(survey: Survey, body: bytes) -> None:
    """A body without data, without paging, or in Python's notation gets a first page, on each endpoint."""
    for name in PAGED:
        assert 100 == len(survey.send(name, body).json()["data"]) or name == "company/get-watchlist-details"
    for name in ("queue/get-queue", "company/get-safe-score-summary", "phishing/campaign/get-campaign"):
        assert 200 == survey.send(name, body).status


@pytest.mark.parametrize("as_object", [False, True])
def test_next_page(as_object: bool) -> None:  # noqa: FBT001
    """The token of the next page is a string or an object, and no page is larger than the tenant's largest."""
    with Simulator(strict=True, clock=SimulatedClock(MOMENT)) as simulator:
        tenant = simulator.add_tenant("acme", api=2, users=50, page_size=20, next_as_object=as_object, as_of=MOMENT)
        survey = Survey(simulator, tenant)
        pagination = survey.page(DETAILS)["meta"]["pagination"]
        assert (20, 50, as_object) == (
            pagination["pageSize"], pagination["totalCount"], isinstance(pagination["next"], dict),
        )  # fmt: skip
        assert 50 == len(survey.rows(DETAILS))
    assert () == simulator.violations


def test_tokens_are_verified(survey: Survey) -> None:
    """A token is good for the question that it was given out for, and for no other; a changed one is not."""
    token = survey.page(DETAILS)["meta"]["pagination"]["next"]
    text = base64.urlsafe_b64decode(token[2:] + "==")
    moved = "eN" + base64.urlsafe_b64encode(text.replace(b"500.", b"501.", 1)).rstrip(b"=").decode()
    assert 200 == survey.send(DETAILS, question(token)).status
    for name, document in (
        (DETAILS, question(moved)),
        (DETAILS, question("x" + token)),
        (DETAILS, question("\u00e9")),
        (DETAILS, question(token, {"includeUserDetails": True})),
        ("company/get-safe-score-details", question(token)),
        ("queue/get-queue", question(token)),
    ):
        reply = survey.send(name, document)
        assert (400, "err_validation_invalid_page_token") == (reply.status, reply.code())


def test_pages_show_one_state() -> None:
    """All pages show the state at the first one's moment, however much time passes, and the journal tells it."""
    with Simulator(strict=True, clock=SimulatedClock(MOMENT)) as simulator:
        survey = Survey(simulator, simulator.add_tenant("acme", users=900, as_of=MOMENT))
        before, first = survey.rows(DETAILS), survey.page(DETAILS)
        simulator.clock.advance(7 * 86_400)
        second = survey.page(DETAILS, first["meta"]["pagination"]["next"])
        call = simulator.journal[-1]
        assert before == first["data"] + second["data"]
        assert before != survey.rows(DETAILS)
        assert (MOMENT.replace(microsecond=0), MOMENT + timedelta(days=7)) == (call.state_at, call.at)
    assert () == simulator.violations


def test_without_paging_there_is_no_pagination(survey: Survey) -> None:
    """Endpoints without pages say nothing of pages, unless the tenant splits them."""
    names = ("queue/get-queue", "company/get-safe-score-summary", "campaign/get-campaigns")
    assert [{"status": 200}] * 3 == [survey.send(name, {"data": []}).json()["meta"] for name in names]
    split = Survey(survey.simulator, survey.simulator.add_tenant("split", users=3, titles=9, page_size=4, as_of=MOMENT))
    sizes, token = [], ""
    while True:
        meta = {"meta": {"pagination": {"pageToken": token}}} if token else {}
        meta = split.send("queue/get-queue", {"data": [], **meta}).json()["meta"]
        sizes.append(meta["pagination"]["pageSize"])
        if not (token := meta["pagination"].get("next", "")):
            break
    assert [4, 4, 4, 1] == sizes
