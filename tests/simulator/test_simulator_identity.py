"""All endpoints tell of one company: what must be equal at every moment is equal, over a year of weeks."""

import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from naive_client import unpacked
from survey import Survey

from exporter.simulator import SimulatedClock, Simulator, Terms, counted

AS_OF = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
WEEKS = 60
FACTORS = ("risk", "humanError", "sentiment", "engagement", "knowledge")


class State(NamedTuple):
    """What all endpoints say at one moment."""

    training: bytes
    queue: list[Any]
    campaigns: list[Any]
    campaign_users: dict[str, list[Any]]
    performance: list[Any]
    performance_summary: dict[str, Any]
    watchlist: list[Any]
    watchlist_summary: dict[str, Any]
    grades: list[Any]
    grade_counts: dict[str, int]
    simulations: list[Any]
    simulation_users: dict[str, list[Any]]
    moment: datetime


def state(survey: Survey) -> State:
    campaigns, simulations = survey.campaigns(), survey.whole("phishing/campaign/get-campaign")
    return State(
        training=unpacked(survey.send("user/get-training-details", {"data": []})),
        queue=survey.whole("queue/get-queue"),
        campaigns=campaigns,
        campaign_users={row["id"]: survey.rows("campaign/get-user-data", {"id": row["id"]}) for row in campaigns},
        performance=survey.rows("company/get-performance-details"),
        performance_summary=survey.whole("company/get-performance-summary")[0],
        watchlist=survey.rows("company/get-watchlist-details"),
        watchlist_summary=survey.whole("company/get-watchlist-summary")[0],
        grades=survey.rows("company/get-safe-score-details"),
        grade_counts=survey.whole("company/get-safe-score-summary")[0]["scoreCounts"],
        simulations=simulations,
        simulation_users={
            row["id"]: survey.rows("phishing/campaign/get-user-data", {"id": row["id"]}) for row in simulations
        },
        moment=survey.simulator.clock.now(),
    )


@pytest.fixture(scope="module")
def states() -> list[State]:
    """Sixty weeks of a company of 40, from before its last joiners to a month after its present."""
    start = AS_OF - timedelta(weeks=WEEKS - 5)
    with Simulator(strict=True, clock=SimulatedClock(start)) as simulator:
        options = {"users": 40, "titles": 14, "upcoming": 3}
        survey = Survey(simulator, simulator.add_tenant("acme", rate_limit=10**6, as_of=AS_OF, **options))  # type: ignore[arg-type]
        found = []
        for _ in range(WEEKS):
            found.append(state(survey))
            simulator.clock.advance(7 * 86_400)
        assert () == simulator.violations
    return found


def total(rows: list[Any], name: str) -> int:
    return sum(row[name] for row in rows)


def test_sent_and_completed(states: list[State]) -> None:
    """Queue, campaigns, performance of people and company, and training details agree on sent, watched and right."""
    for each in states:
        count = counted(each.training, Terms(each.moment))
        sent = sum(title.assigned for title in count.titles.values())
        watched = sum(title.watched for title in count.titles.values())
        right, wrong = total(each.performance, "numCorrect"), total(each.performance, "numIncorrect")
        left = total(each.performance, "numNotWatched")
        summary = each.performance_summary
        assert {sent} == {
            total(each.queue, "numSent"), total(each.campaigns, "numSent"), right + wrong + left,
            summary["numVideosSent"], total(summary["departmentCompletionStats"], "numSent"),
        }  # fmt: skip
        assert {watched} == {
            total(each.queue, "numCompleted"), total(each.campaigns, "numCompleted"), right + wrong,
            total(summary["departmentCompletionStats"], "numCompleted"),
        }  # fmt: skip
        assert {right} == {
            total(each.queue, "numCorrect"), sum(row["numCorrectAnswers"]["forQuestion1"] for row in each.campaigns),
        }  # fmt: skip
        assert left == summary["numVideosNotWatched"] == sent - watched


def test_title_by_title(states: list[State]) -> None:
    """Each title's sum over its launches in the queue is what its training details say, option by option."""
    for each in states:
        for title, count in counted(each.training, Terms(each.moment)).titles.items():
            rows = [row for row in each.queue if row["title"]["title"] == title]
            assert (count.assigned, count.watched) == (total(rows, "numSent"), total(rows, "numCompleted"))
            assert count.ids == {row["title"]["id"] for row in rows}
            options = {option: sum(row["optionSpread"][f"option-{option}"] for row in rows) for option in (1, 2, 3, 4)}
            assert {option: count.answers[option] for option in options} == options
            assert total(rows, "numCorrect") == count.answers[rows[0]["title"]["correctAnswer"]]


def test_summary_of_performance(states: list[State]) -> None:
    """The summary of the performance is the sum of the details of those who were sent anything."""
    words = ("Zero", "One", "Two", "Three", "FourOrMore")
    for each in states:
        taking = [row for row in each.performance if row["numCorrect"] + row["numIncorrect"] + row["numNotWatched"]]
        wrong = Counter(min(row["numIncorrect"], 4) for row in taking)
        summary = each.performance_summary
        assert len(taking) == summary["numParticipating"]
        assert [wrong[number] for number in range(5)] == [summary[f"num{word}Incorrect"] for word in words]


def test_watch_list(states: list[State]) -> None:
    """The watch list has those whom the training details have on it, and its summary counts them."""
    for each in states:
        count = counted(each.training, Terms(each.moment))
        assert count.users_watchlisted == len(each.watchlist) == each.watchlist_summary["numOnWatchlist"]
        assert sum(title.watchlist for title in count.titles.values()) == total(each.watchlist, "watchlistCount")
        assert all(row["watchlistCount"] >= 1 for row in each.watchlist)
        people = {row["email"]: row["numNotWatched"] for row in each.performance}
        assert all(row["watchlistCount"] <= people[row["email"]] for row in each.watchlist)
        counts = [count for name, count in each.watchlist_summary.items() if name != "numOnWatchlist"]
        assert len(each.performance) == sum(counts)


def test_grades(states: list[State]) -> None:
    """Everybody has a grade, the summary counts the risks, and all lists have the same people."""
    for each in states:
        risks = Counter(row["risk"].lower() for row in each.grades)
        assert dict(each.grade_counts) == {grade: risks[grade] for grade in "abcdf"}
        assert len(each.grades) == len(each.performance) == counted(each.training, Terms(each.moment)).users
        assert [row["email"] for row in each.performance] == [row["emailAddress"] for row in each.grades]


def test_grades_move_at_midnight() -> None:
    """Grades are the same from one midnight (UTC) to the next, and not over months."""
    with Simulator(strict=True, clock=SimulatedClock(datetime(2026, 3, 4, tzinfo=UTC))) as simulator:
        survey = Survey(simulator, simulator.add_tenant("acme", users=100, as_of=AS_OF + timedelta(days=90)))
        first = survey.rows("company/get-safe-score-details")
        performance = survey.rows("company/get-performance-details")
        simulator.clock.advance(86_399)
        known = {row["emailAddress"]: row for row in survey.rows("company/get-safe-score-details")}
        assert first == [known[row["emailAddress"]] for row in first]
        assert performance != survey.rows("company/get-performance-details")
        simulator.clock.advance(60 * 86_400)
        later = {row["emailAddress"]: row for row in survey.rows("company/get-safe-score-details")}
        assert any(row != later[row["emailAddress"]] for row in first)


def test_campaigns_and_their_people(states: list[State]) -> None:
    """A training campaign's numbers are those of its people, and its percentages follow from them."""
    for each in states:
        for row in each.campaigns:
            results = Counter(user["results"]["forQuestion1"] for user in each.campaign_users[row["id"]])
            right, wrong = results["CORRECT"], results["INCORRECT"]
            assert (row["numSent"], row["numCompleted"]) == (results.total(), right + wrong)
            assert right == row["numCorrectAnswers"]["forQuestion1"]
            assert row["percentComplete"] == (100 * (right + wrong) // results.total() if results else 0)
            assert row["percentCorrect"] == (100 * right // (right + wrong) if right + wrong else 0)


def test_campaigns_are_the_queue(states: list[State]) -> None:
    """Each training campaign has a module in the queue with its title, launch, sent and completed, and none is over."""
    fields = ("launchDate", "numSent", "numCompleted", "locked")
    for each in states:
        modules, campaigns = (
            sorted((row["title"]["id"], *(row[field] for field in fields)) for row in rows)
            for rows in (each.queue, each.campaigns)
        )
        assert modules == campaigns


def test_simulations_and_their_people(states: list[State]) -> None:
    """A simulation's numbers are those of its people, and each of them has consistent times and counts."""
    steps = (
        ("numOpened", "timeOpened"), ("numClicked", "timeClicked"), ("numSubmitted", "timeSubmitted"),
        ("numReported", "timeReported"),
    )  # fmt: skip
    for each in states:
        clicked: Counter[str] = Counter()
        scanned: Counter[str] = Counter()
        for row in each.simulations:
            users = each.simulation_users[row["id"]]
            assert row["numSent"] == len(users)
            assert [row[number] for number, _ in steps] == [sum(time in user for user in users) for _, time in steps]
            assert row["numSubmitted"] <= row["numClicked"] <= row["numOpened"] <= row["numSent"]
            clicked.update(user["email"] for user in users if "timeClicked" in user)
            scanned.update(user["email"] for user in users if "timeScanned" in user)
        everybody = [user for users in each.simulation_users.values() for user in users]
        assert all(clicked[user["email"]] == user["numCampaignsClicked"] for user in everybody)
        assert all(scanned[user["email"]] == user.get("numCampaignsScanned", 0) for user in everybody)


def test_people_of_simulations_are_those_of_the_performance(states: list[State]) -> None:
    """Who was sent a simulation has there the answers that the performance has."""
    for each in states:
        known = {row["email"]: row for row in each.performance}
        for users in each.simulation_users.values():
            for user in users:
                row = known[user["email"]]
                assert (row["numCorrect"], row["numIncorrect"]) == (
                    user["numCorrectAnswers"], user["numIncorrectAnswers"],
                )  # fmt: skip
                assert user["numTrainingModulesAssigned"] == sum(
                    row[name] for name in ("numCorrect", "numIncorrect", "numNotWatched")
                )


def test_company_moves(states: list[State]) -> None:
    """From week to week people join, watch, come on and off the watch list, and click; every list grows."""
    people = [len(each.performance) for each in states]
    assert sorted(people) == people
    assert people[0] < people[-1] == 40
    assert len({len(each.watchlist) for each in states}) > 5
    assert len({tuple(each.grade_counts.values()) for each in states}) > 10
    assert len(states[0].queue) < len(states[-1].queue)
    assert 6 <= len(states[0].simulations) + len(states[-1].simulations)
    assert any(row["launchDate"] > each.moment.isoformat() for each in states for row in each.queue)


def test_state_is_a_function_of_the_moment() -> None:
    """A moment has the same documents, whatever was asked before it, and whichever simulator is asked."""
    moments = [AS_OF + timedelta(days=days) for days in (-200, 3, -90)]

    def documents(order: list[datetime]) -> dict[datetime, State]:
        with Simulator(strict=True, clock=SimulatedClock(AS_OF)) as simulator:
            survey = Survey(simulator, simulator.add_tenant("acme", users=25, titles=8, as_of=AS_OF))
            found = {}
            for moment in order:
                simulator.clock.set(moment)
                found[moment] = state(survey)
            return found

    assert documents(moments) == documents([*moments[::-1], *moments])


def test_large_company_is_served_quickly() -> None:
    """Pages of a large company are found once, and then read one after the other."""
    with Simulator(strict=True, clock=SimulatedClock(AS_OF)) as simulator:
        survey = Survey(simulator, simulator.add_tenant("acme", users=4000, as_of=AS_OF))
        assert 4000 == len(survey.rows("company/get-performance-details"))
        start = time.perf_counter()
        assert 4000 == len(survey.rows("company/get-safe-score-details"))
        assert 4000 == len(survey.rows("company/get-performance-details"))
        assert survey.rows("company/get-watchlist-details")
        assert 5.0 > time.perf_counter() - start


def test_people_learn() -> None:
    """Fewer click as time goes by, more report, and a few click again and again."""
    with Simulator(strict=True, clock=SimulatedClock(AS_OF)) as simulator:
        survey = Survey(simulator, simulator.add_tenant("acme", users=2000, as_of=AS_OF))
        rows = sorted(survey.whole("phishing/campaign/get-campaign"), key=lambda row: str(row["launchDate"]))
        rows = [row for row in rows if row["numSent"]]
        early, late = rows[:5], rows[-5:]
        rates = [
            [total(part, name) / total(part, "numSent") for part in (early, late)]
            for name in ("numClicked", "numReported")
        ]
        assert rates[0][1] < 0.9 * rates[0][0]
        assert rates[1][1] > 1.2 * rates[1][0]
        users = survey.rows("phishing/campaign/get-user-data", {"id": rows[-1]["id"]})
        clicks = Counter(min(user["numCampaignsClicked"], 4) for user in users)
        assert clicks[0] > clicks[1] > clicks[2] > clicks[4] > 0
        scanned = [user for user in users if "numCampaignsScanned" in user]
        assert 0.02 < len(scanned) / len(users) < 0.2
        assert any("timeOpened" not in user for user in scanned)
