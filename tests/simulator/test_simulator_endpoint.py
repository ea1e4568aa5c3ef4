import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any

import pytest
from survey import LISTS, Survey, question

from exporter.simulator import SimulatedClock, Simulator

MOMENT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000")
KNOWN = {"email": str, "name": str, "department": str, "userState": str}
GIFS = {"correctGif": str, "incorrectGif": str}
GROUP = {"id": str, "description": str, "source": str, "parentId": str, "userCount": int, "folderCount": int}
MESSAGE = {"body": str, "subject": str}
ONE = {"forQuestion1": int}
QUEUE = {
    "id": str, "title": {"id": str, "title": str, "correctAnswer": int, "defaultGifs": GIFS}, "launchDate": DATE,
    "emailCustomized": bool, "emailMsg": MESSAGE, "numSent": int, "numCompleted": int, "numCorrect": int,
    "locked": bool, "customContentId": str, "assignToNewUsers": bool, "customGifs": {},
    "customAnswer": {"answerNumber": int, "safetyTip": str, "correctAnswer": str},
    "optionSpread": {"option-1": int, "option-2": int, "option-3": int, "option-4": int},
}  # fmt: skip
CAMPAIGN = {
    "id": str, "name": str, "group": GROUP, "launchDate": DATE, "createDate": DATE, "emailCustomized": bool,
    "title": {"id": str, "title": str, "titleForCustomModule": bool, "correctAnswers": ONE, "defaultGifs": GIFS},
    "emailMsg": MESSAGE, "numSent": int, "numCompleted": int, "allOtherCampaigns": {}, "locked": bool,
    "percentComplete": int, "percentCorrect": int, "numCorrectAnswers": ONE,
}  # fmt: skip
SIMULATION = {
    "id": str, "name": str, "templates": [{"id": str, "displayTitle": str}], "sender": {"name": str, "email": str},
    "landingPage": {"id": str, "name": str}, "group": GROUP, "launchDate": DATE, "locale": str,
    "timeSlotSelected": str, "numSent": int, "numOpened": int, "numClicked": int, "numSubmitted": int,
    "numReported": int, "locked": bool,
}  # fmt: skip
LURED = KNOWN | {
    "templateName": str, "status": str, "numCampaignsSent": int, "numCampaignsClicked": int,
    "numTrainingModulesAssigned": int, "numCorrectAnswers": int, "numIncorrectAnswers": int, "timeScheduled": DATE,
}  # fmt: skip
LURED_SOMETIMES = {
    "timeOpened": DATE, "timeClicked": DATE, "timeReported": DATE, "timeSubmitted": DATE, "timeScanned": DATE,
    "numCampaignsScanned": int, "numCampaignsClickedScanned": int, "clickedIp": str, "reactionTime": int,
}  # fmt: skip
SUMMARY = {
    "numParticipating": int, "numVideosSent": int, "numVideosNotWatched": int, "numZeroIncorrect": int,
    "numOneIncorrect": int, "numTwoIncorrect": int, "numThreeIncorrect": int, "numFourOrMoreIncorrect": int,
    "departmentCompletionStats": [{"department": str, "numSent": int, "numCompleted": int}],
}  # fmt: skip
LETTERS = {
    "emailAddress": str, "name": str, "department": str, "risk": str, "humanError": str, "sentiment": str,
    "engagement": str, "knowledge": str, "userState": str,
}  # fmt: skip
UNWATCHED = {
    "numOnWatchlist": int, "numZeroUnwatched": int, "numOneUnwatched": int, "numTwoUnwatched": int,
    "numThreeUnwatched": int, "numFourOrMoreUnwatched": int,
}  # fmt: skip
PAGED = {
    "company/get-performance-details": KNOWN | {
        "userId": str, "numCorrect": int, "numIncorrect": int, "numNotWatched": int,
    },
    "company/get-watchlist-details": KNOWN | {"userId": str, "watchlistCount": int},
    "company/get-safe-score-details": LETTERS,
    "campaign/get-user-data": KNOWN | {"results": {"forQuestion1": str}, "acknowledgement": bool},
}  # fmt: skip
WHOLE = {
    "queue/get-queue": QUEUE,
    "company/get-performance-summary": SUMMARY,
    "company/get-safe-score-summary": {"scoreCounts": {"a": int, "b": int, "c": int, "d": int, "f": int}},
    "company/get-watchlist-summary": UNWATCHED,
    "phishing/campaign/get-campaign": SIMULATION,
}


@pytest.fixture
def survey() -> Iterator[Survey]:
    """A company of 300 at a standstill, asked strictly."""
    with Simulator(strict=True, clock=SimulatedClock(MOMENT)) as simulator:
        yield Survey(simulator, simulator.add_tenant("acme", users=300, as_of=MOMENT))
        assert () == simulator.violations


@pytest.fixture
def lenient() -> Iterator[Survey]:
    """The same company, asked in any way."""
    with Simulator(clock=SimulatedClock(MOMENT)) as simulator:
        yield Survey(simulator, simulator.add_tenant("acme", users=300, as_of=MOMENT))


def shape(value: Any, like: Any) -> Any:
    """Return the shape of a value in the words of another: dates, types, fields, one for each element of a list."""
    if isinstance(value, dict) and isinstance(like, dict):
        return {key: shape(each, like.get(key)) for key, each in value.items()}
    if isinstance(value, list) and isinstance(like, list):
        return [dict(pairs) for pairs in {tuple(shape(each, like[0]).items()) for each in value}]
    return DATE if like is DATE and DATE.fullmatch(value) else type(value)


@pytest.mark.parametrize("name", WHOLE)
def test_shape_of_an_answer_without_pages(survey: Survey, name: str) -> None:
    """An endpoint without pages has exactly the fields that are described, each of its type, in every row."""
    rows = survey.whole(name)
    assert [WHOLE[name]] * len(rows) == [shape(row, WHOLE[name]) for row in rows]


@pytest.mark.parametrize("name", PAGED)
def test_shape_of_an_answer_in_pages(survey: Survey, name: str) -> None:
    """An endpoint with pages has exactly the fields that are described, each of its type, in every row."""
    item = {"id": survey.any_id(name)} if name in LISTS else None
    rows = survey.rows(name, item)
    assert [PAGED[name]] * len(rows) == [shape(row, PAGED[name]) for row in rows]
    assert {"ACTIVE"} == {row["userState"] for row in rows}


def test_shape_of_training_campaigns(survey: Survey) -> None:
    """Training campaigns are nested in one object, and have exactly the fields that are described."""
    data = survey.whole("campaign/get-campaigns")
    assert [["campaigns"]] == [list(each) for each in data]
    assert [CAMPAIGN] * len(data[0]["campaigns"]) == [shape(row, CAMPAIGN) for row in data[0]["campaigns"]]


def test_shape_of_people_of_a_simulation(survey: Survey) -> None:
    """People of a simulation have the fields that are described, and those of what has happened to them."""
    seen = set()
    for simulation in survey.whole("phishing/campaign/get-campaign"):
        for row in survey.rows("phishing/campaign/get-user-data", {"id": simulation["id"]}):
            extra = set(row) - set(LURED)
            like = LURED | {name: LURED_SOMETIMES[name] for name in extra}
            assert like == shape(row, like)
            assert ("timeClicked" in extra) == ("clickedIp" in extra) == ("reactionTime" in extra)
            assert (row["status"] == "SUBMITTED") == ("timeSubmitted" in extra)
            seen |= extra
    assert set(LURED_SOMETIMES) == seen


def test_letters(survey: Survey) -> None:
    """Grades are upper-case in the details, lower-case in the summary, and nobody has an E."""
    rows = survey.rows("company/get-safe-score-details")
    factors = ("risk", "humanError", "sentiment", "engagement", "knowledge")
    assert set("ABCDF") == {row[factor] for row in rows for factor in factors}
    assert ["a", "b", "c", "d", "f"] == list(survey.whole("company/get-safe-score-summary")[0]["scoreCounts"])


def test_scheduled_is_listed_with_zeros(survey: Survey) -> None:
    """What is launched in the future is listed by all three lists, sent to nobody."""
    survey.simulator.clock.advance(12 * 86_400)
    now = survey.simulator.clock.now().strftime("%Y-%m-%dT%H:%M:%S+0000")
    lists = survey.whole("queue/get-queue"), survey.campaigns(), survey.whole("phishing/campaign/get-campaign")
    for rows in lists:
        future = [row for row in rows if row["launchDate"] > now]
        assert future
        assert {0} == {row[name] for row in future for name in row if name.startswith(("numS", "per"))}
        assert {False} == {row["locked"] for row in future}
        assert all(row["numSent"] for row in rows if row not in future)
    assert [] == survey.rows(
        "campaign/get-user-data", {"id": next(row["id"] for row in lists[1] if not row["numSent"])}
    )
    assert [] == survey.rows("phishing/campaign/get-user-data", {"id": future[0]["id"]})


def test_lists_are_in_no_order_of_time(survey: Survey) -> None:
    """No list is sorted by its launch dates, so that a client has to sort."""
    for rows in (survey.whole("queue/get-queue"), survey.campaigns(), survey.whole("phishing/campaign/get-campaign")):
        dates = [row["launchDate"] for row in rows]
        assert dates not in (sorted(dates), sorted(dates, reverse=True))


def test_ids_are_of_their_own(survey: Survey) -> None:
    """Ids of modules, campaigns, simulations and people are of the vendor's form, and none is used twice."""
    lists = survey.whole("queue/get-queue"), survey.campaigns(), survey.whole("phishing/campaign/get-campaign")
    ids = [row["id"] for rows in lists for row in rows]
    ids += [row["userId"] for row in survey.rows("company/get-performance-details")]
    assert len(ids) == len(set(ids))
    assert all(identifier.startswith("eN") and 186 <= len(identifier) <= 199 for identifier in ids)


def test_one_simulation(lenient: Survey) -> None:
    """A simulation asked for by its id comes alone, and one that there is not gets a 400 without a body."""
    name = "phishing/campaign/get-campaign"
    one = lenient.whole(name)[3]
    assert [one] == lenient.whole(name, {"id": one["id"]})
    reply = lenient.send(name, {"data": [{"id": one["id"][:-1]}]})
    assert (400, b"") == (reply.status, reply.body)


@pytest.mark.parametrize("name", LISTS)
def test_no_such_id(lenient: Survey, name: str) -> None:
    """A missing, unknown, cut or foreign id gets a 400 without a body."""
    good = lenient.any_id(name)
    other = lenient.any_id(next(each for each in LISTS if each != name))
    for item in ({}, None, {"id": ""}, {"id": 5}, {"id": good[:-1]}, {"id": "eNother"}, {"id": other}):
        reply = lenient.send(name, question(item=item))
        assert (400, b"") == (reply.status, reply.body)
    assert 200 == lenient.send(name, question(item={"id": good})).status


@pytest.mark.parametrize("name", ["company/get-performance-details", "company/get-watchlist-details"])
def test_filter_by_count(lenient: Survey, name: str) -> None:
    """Filters by a count of videos, as an object or in a list, split everybody; the watch list has its own default."""
    field = "numIncorrect" if "performance" in name else "watchlistCount"
    everybody = lenient.rows(name, {"filterBy": {"fieldName": "type", "value": "video_count_all"}})
    assert 300 == len(everybody)
    for value, counts in (("0", {0}), ("3", {3}), ("4_or_more", {*range(4, 99)})):
        wanted = [row for row in everybody if row[field] in counts]
        entry = {"fieldName": "type", "value": f"video_count_{value}"}
        assert wanted == lenient.rows(name, {"filterBy": entry}) == lenient.rows(name, {"filterBy": [entry]})
    default = [row for row in everybody if row[field]] if "watchlist" in name else everybody
    assert 0 < len(default)
    assert default == lenient.rows(name)


def test_filter_by_grade_and_status(lenient: Survey) -> None:
    """Filters by a grade and by a status let through those who have it."""
    entries = [{"fieldName": "type", "value": grade} for grade in "ABC"]
    name = "company/get-safe-score-details"
    grades = [{row["risk"] for row in lenient.rows(name, {"filterBy": [entry]})} for entry in entries]
    assert [{"A"}, {"B"}, {"C"}] == grades
    name = "phishing/campaign/get-user-data"
    item = {"id": lenient.any_id(name), "filterBy": [{"fieldName": "status", "value": "clicked"}]}
    assert {"CLICKED"} == {row["status"] for row in lenient.rows(name, item)}
    name = "campaign/get-user-data"
    item = {"id": lenient.any_id(name), "filterBy": [{"fieldName": "status", "value": "correct"}]}
    assert {"CORRECT"} == {row["results"]["forQuestion1"] for row in lenient.rows(name, item)}


@pytest.mark.parametrize("name", [*PAGED, "phishing/campaign/get-user-data"])
def test_unknown_filter(lenient: Survey, name: str) -> None:
    """A value of a filter that is not described is refused."""
    item = {"filterBy": [{"fieldName": field, "value": "odd"} for field in ("type", "status")]}
    item |= {"id": lenient.any_id(name)} if name in LISTS else {}  # type: ignore[dict-item]
    reply = lenient.send(name, question(item=item))
    assert (400, "err_validation_invalid_value") == (reply.status, reply.code())


def test_search(lenient: Survey) -> None:
    """A search by name, email or department lets through whom it fits, as an object or in a list."""
    rows = lenient.rows("company/get-performance-details")
    for field in ("name", "email", "department"):
        found = [row for row in rows if row[field] == rows[7][field]]
        entry = {"fieldName": field, "value": rows[7][field].upper()}
        assert found == lenient.rows("company/get-performance-details", {"searchBy": entry})
        assert found == lenient.rows("company/get-performance-details", {"searchBy": [entry]})


def test_user_details(lenient: Survey) -> None:
    """Details of users come when they are asked for."""
    rows = lenient.rows("company/get-performance-details", {"includeUserDetails": True})
    assert all(f"{row['userDetails']['firstName']} {row['userDetails']['lastName']}" == row["name"] for row in rows)


def test_messages_are_pages(survey: Survey) -> None:
    """The invitations are HTML of some size, with the title escaped in them."""
    for row in survey.whole("queue/get-queue") + survey.campaigns():
        body = row["emailMsg"]["body"]
        assert body.startswith("<!DOCTYPE html>")
        assert len(body) > 1000
        assert escape(row["title"]["title"]) in body


@pytest.mark.parametrize("users", [0, 1])
def test_smallest_companies(users: int) -> None:
    """A company of nobody, and of one, answers every endpoint."""
    with Simulator(strict=True, clock=SimulatedClock(MOMENT + timedelta(days=1))) as simulator:
        survey = Survey(simulator, simulator.add_tenant("acme", users=users, titles=1, as_of=MOMENT))
        assert {users} == {row["numSent"] for row in survey.whole("queue/get-queue") if row["locked"]}
        assert users == len(survey.rows("company/get-performance-details"))
        assert users == survey.whole("company/get-performance-summary")[0]["numParticipating"]
        assert users == sum(survey.whole("company/get-safe-score-summary")[0]["scoreCounts"].values())
        simulations = survey.whole("phishing/campaign/get-campaign")
        assert [users] == [row["numSent"] for row in simulations if row["locked"]]
        for name in LISTS:
            rows = survey.campaigns() if name.startswith("campaign") else survey.whole(LISTS[name])
            assert users == len(survey.rows(name, {"id": next(row["id"] for row in rows if row["locked"])}))
    assert () == simulator.violations
