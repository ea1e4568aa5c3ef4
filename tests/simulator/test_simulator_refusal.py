import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Literal

import pytest
from survey import LISTS, PAGED, Survey, question

from exporter.simulator import KINDS, ROOT, SimulatedClock, Simulator

MOMENT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
NAMES = [path.removeprefix(ROOT) for path in KINDS]
ONLY_OLD = ("campaign/get-campaigns", "campaign/get-user-data")


@pytest.fixture
def survey() -> Iterator[Survey]:
    """A strict company of 60."""
    with Simulator(strict=True, clock=SimulatedClock(MOMENT)) as simulator:
        yield Survey(simulator, simulator.add_tenant("acme", users=60, as_of=MOMENT))


def good(survey: Survey, name: str) -> dict[str, object]:
    """Return what a strict client sends to an endpoint."""
    if name in LISTS:
        return question(item={"id": survey.any_id(name)})
    return question() if name in PAGED else {"data": []}


@pytest.mark.parametrize("name", NAMES)
def test_good_body(survey: Survey, name: str) -> None:
    """What the exporter sends is right on each endpoint, with any white space."""
    document = good(survey, name)
    for body in (json.dumps(document), json.dumps(document, indent=1), json.dumps(document, separators=(",", ":"))):
        assert 200 == survey.send(name, body.encode()).status
    assert () == survey.simulator.violations


@pytest.mark.parametrize("name", NAMES)
def test_odd_body(survey: Survey, name: str) -> None:
    """Any other body is refused and recorded on each endpoint."""
    right = good(survey, name)
    survey.simulator.clear_journal()
    pagination = {"pageSize": 500}
    bodies: list[object] = [
        b"", {}, [], {"data": [{}]}, {"data": [], "extra": 1}, right | {"extra": 1}, {"meta": {}, "data": []},
        {"meta": {"pagination": {"pageSize": 100}}, "data": right["data"]},
        {"meta": {"pagination": {"pageSize": "500"}}, "data": right["data"]},
        {"meta": {"pagination": pagination | {"pageToken": ""}}, "data": right["data"]},
        {"meta": {"pagination": pagination, "more": 1}, "data": right["data"]},
        {"meta": {"pagination": pagination}}, {"meta": {"pagination": pagination}, "data": {}},
        {"meta": {"pagination": pagination}, "data": [{"id": "x", "filterBy": []}]},
        {"meta": {"pagination": pagination}, "data": [{"id": ""}]},
        right | {"data": [{"id": "x"}, {"id": "x"}]},
    ]  # fmt: skip
    assert [400] * len(bodies) == [survey.send(name, body).status for body in bodies]
    found = [{each.name for each in survey.simulator.violations if each.path == ROOT + name}]
    assert "body" in found[0]
    assert len(bodies) == sum("body" in call.violations for call in survey.simulator.journal)


def test_body_of_another_kind(survey: Survey) -> None:
    """Asking for pages where there are none, and the other way round, is refused and recorded."""
    assert 400 == survey.send("queue/get-queue", question()).status
    assert 400 == survey.send("company/get-performance-details", {"data": []}).status
    assert ["body", "body"] == [found.name for found in survey.simulator.violations]


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ONLY_OLD])
def test_new_api_has_it(name: str) -> None:
    """API 2.0 answers ten endpoints, as API 1.0 does."""
    with Simulator(strict=True, clock=SimulatedClock(MOMENT)) as simulator:
        old, new = (simulator.add_tenant(f"api-{api}", api=api, users=9, seed=3, as_of=MOMENT) for api in (1, 2))
        documents = [
            survey.send(name, good(survey, name)).json() for survey in (Survey(simulator, old), Survey(simulator, new))
        ]
        assert documents[0] == documents[1]
    assert () == simulator.violations


@pytest.mark.parametrize("name", [*ONLY_OLD, "company/get-everything", "queue/get-queue/"])
def test_new_api_has_it_not(name: str) -> None:
    """API 2.0 forbids training campaigns, and whatever there is not, in the flat form."""
    with Simulator(strict=True) as simulator:
        survey = Survey(simulator, simulator.add_tenant("globex", api=2, users=1))
        reply = survey.send(name, question(item={"id": "eN"}) if "user-data" in name else {"data": []})
        assert (403, "app_forbidden", "code") == (reply.status, reply.code(), next(iter(reply.json()["fail"][0])))
    assert () == simulator.violations


def test_old_api_has_it_not() -> None:
    """API 1.0 does not find a path that there is not."""
    with Simulator(strict=True) as simulator:
        survey = Survey(simulator, simulator.add_tenant("acme", users=1))
        assert 404 == survey.send("company/get-everything", {"data": []}).status


@pytest.mark.parametrize("api", [1, 2])
def test_refused_endpoints(api: Literal[1, 2]) -> None:
    """A tenant forbids some endpoints, lacks others, and answers the rest."""
    options = {"forbidden": ("queue/get-queue",), "missing": ("company/get-safe-score-details",)}
    with Simulator(strict=True) as simulator:
        survey = Survey(simulator, simulator.add_tenant("acme", api=api, users=1, **options))  # type: ignore[arg-type]
        reply = survey.send("queue/get-queue", {"data": []})
        assert (403, "app_forbidden") == (reply.status, reply.code())
        assert 404 == survey.send("company/get-safe-score-details", question()).status
        assert 200 == survey.send("company/get-safe-score-summary", {"data": []}).status
    assert () == simulator.violations


def test_unknown_refusal() -> None:
    """A tenant cannot refuse what there is not."""
    with pytest.raises(ValueError, match="get-quue"):
        Simulator().add_tenant("acme", forbidden=("queue/get-quue",))


@pytest.mark.parametrize("name", LISTS)
def test_withdrawn_campaign(survey: Survey, name: str) -> None:
    """A campaign that is withdrawn is gone from the list and from the oracle, and its people with it."""
    gone = survey.any_id(name)
    oracle = survey.tenant.oracle()
    before = len(oracle.simulations() if "phishing" in name else oracle.campaigns())
    survey.tenant.withdraw_campaign(gone)
    reply = survey.send(name, question(item={"id": gone}))
    assert (400, b"") == (reply.status, reply.body)
    oracle = survey.tenant.oracle()
    counts = [count.id for count in (oracle.simulations() if "phishing" in name else oracle.campaigns())]
    assert before - 1 == len(counts)
    data = survey.whole(LISTS[name])
    assert sorted(counts) == [row["id"] for row in data[0].get("campaigns", data)]
    assert gone not in counts
    assert () == survey.simulator.violations


@pytest.mark.parametrize("name", LISTS)
def test_campaign_that_goes_between_two_questions(survey: Survey, name: str) -> None:
    """A campaign may still be listed when its people are gone already."""
    gone = survey.any_id(name)
    survey.tenant.withdraw_campaign(gone, still_listed=True)
    assert gone == survey.any_id(name)
    assert 400 == survey.send(name, question(item={"id": gone})).status


def test_campaign_that_there_is_not(survey: Survey) -> None:
    """What there is not cannot be withdrawn."""
    with pytest.raises(KeyError):
        survey.tenant.withdraw_campaign("eN")


def test_fault_of_one_path(survey: Survey) -> None:
    """A fault of a path leaves the others alone."""
    survey.tenant.fail("http_503", path=f"{ROOT}queue/get-queue", times=1)
    assert 200 == survey.send("company/get-safe-score-summary", {"data": []}).status
    assert [503, 200] == [survey.send("queue/get-queue", {"data": []}).status for _ in range(2)]


@pytest.mark.parametrize("name", [name for name in NAMES if name != "user/get-training-details"])
def test_faults_of_documents(survey: Survey, name: str) -> None:
    """Faults of the document and of its values spoil the answer of the path that is asked for, and of no other."""
    document = good(survey, name)
    right = survey.send(name, document).json()["data"]
    bodies = {}
    for fault in ("fail_with_data", "meta_500", "data_twice", "bom", "nan", "big_integer", "latin1", "watched_twice"):
        survey.tenant.clear_faults()
        survey.tenant.fail(fault, path=ROOT + name)
        bodies[fault] = survey.send(name, document).body
    for fault in ("fail_with_data", "meta_500", "data_twice"):
        assert right == json.loads(bodies[fault])["data"]
    assert right == json.loads(bodies["bom"].decode("utf-8-sig"))["data"]
    assert b":NaN" in bodies["nan"]
    assert b":" + b"9" * 400 in bodies["big_integer"]
    assert b"Caf\xe9" in bodies["latin1"]
    assert b'":"x","' in bodies["watched_twice"]
    assert () == survey.simulator.violations


def test_faults_of_values_where_there_is_none() -> None:
    """A fault of a value puts one into an answer that has none."""
    name = "company/get-watchlist-details"
    with Simulator(strict=True) as simulator:
        survey = Survey(simulator, simulator.add_tenant("acme", users=0))
        bodies = []
        for fault in ("nan", "latin1", "watched_twice"):
            survey.tenant.clear_faults()
            survey.tenant.fail(fault)
            bodies.append(survey.send(name, question()).body.partition(b',"data":')[2])
    assert [b'[{"odd":NaN}]}', b'[{"odd":"Caf\xe9"}]}', b'[{"odd":"x","odd":1}]}'] == bodies
