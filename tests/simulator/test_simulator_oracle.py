"""The oracle counts people; what it finds is what the documents say, at any moment."""

import math
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from survey import Survey

from exporter.simulator import Histogram, Oracle, SimulatedClock, Simulator, Terms

AS_OF = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
DAYS = (0, 1, 30, 200, 330, 365, 390)


@pytest.fixture(params=DAYS)
def survey(request: pytest.FixtureRequest) -> Iterator[Survey]:
    """A company at one of some moments of its life."""
    clock = SimulatedClock(AS_OF - timedelta(days=365 - request.param))
    with Simulator(strict=True, clock=clock) as simulator:
        yield Survey(simulator, simulator.add_tenant("acme", users=150, titles=13, seed=5, as_of=AS_OF))
        assert () == simulator.violations


def seconds(text: str) -> int:
    return int(datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z").timestamp())


def up_to_four(count: int) -> str:
    return str(count) if count < 4 else "4_or_more"


def test_queue(survey: Survey) -> None:
    """The queue is counted by title, over its launches, with what is to come apart."""
    count, rows = survey.tenant.oracle().queue(), survey.whole("queue/get-queue")
    now = survey.simulator.clock.now().timestamp()
    past = [row for row in rows if seconds(row["launchDate"]) <= now]
    future = [seconds(row["launchDate"]) for row in rows if row not in past]
    assert (len(past), len(future)) == (count.launched, count.scheduled)
    assert (min(future) if future else None) == count.next_launch
    assert {row["title"]["title"] for row in rows} == set(count.titles)
    for title, module in count.titles.items():
        own = [row for row in rows if row["title"]["title"] == title]
        sums = [sum(row[name] for row in own) for name in ("numSent", "numCompleted", "numCorrect")]
        assert sums == [module.sent, module.completed, module.correct]
        assert {module.correct_option} == {row["title"]["correctAnswer"] for row in own}
        spread = {option: sum(row["optionSpread"][f"option-{option}"] for row in own) for option in "1234"}
        assert spread == {option: module.answers[option] for option in spread}
        launched = [seconds(row["launchDate"]) for row in own if row in past]
        assert (max(launched) if launched else None) == module.last_launch


def test_performance(survey: Survey) -> None:
    """The performance is counted by result, by department, and by wrong answers of those who participate."""
    count, rows = survey.tenant.oracle().performance(), survey.rows("company/get-performance-details")
    summary = survey.whole("company/get-performance-summary")[0]
    names = {"correct": "numCorrect", "incorrect": "numIncorrect", "not_watched": "numNotWatched"}
    for result, name in names.items():
        by_department: Counter[str] = Counter()
        for row in rows:
            by_department[row["department"]] += row[name]
        assert by_department.total() == count.answers[result]
        assert +by_department == Counter(
            {department: count.department_answers[department, result] for department in +by_department}
        )
    assert Counter(row["department"] for row in rows) == count.department_users
    assert (len(rows), summary["numParticipating"]) == (count.people, count.participating)
    assert (summary["numVideosSent"], summary["numVideosNotWatched"]) == (count.sent, count.answers["not_watched"])
    words = {"0": "Zero", "1": "One", "2": "Two", "3": "Three", "4_or_more": "FourOrMore"}
    assert {key: summary[f"num{word}Incorrect"] for key, word in words.items()} == {
        key: count.users[key] for key in words
    }


def test_watchlist(survey: Survey) -> None:
    """The watch list is counted by trainings on it and by department."""
    count, rows = survey.tenant.oracle().watchlist(), survey.rows("company/get-watchlist-details")
    assert Counter(up_to_four(row["watchlistCount"]) for row in rows) == count.users
    assert Counter(row["department"] for row in rows) == count.department_users


def test_safe_score(survey: Survey) -> None:
    """Grades are counted by factor and by department, and the summary's by risk."""
    count, rows = survey.tenant.oracle().safe_score(), survey.rows("company/get-safe-score-details")
    factors = {
        "risk": "risk", "human_error": "humanError", "sentiment": "sentiment", "engagement": "engagement",
        "knowledge": "knowledge",
    }  # fmt: skip
    found = Counter((factor, row[name]) for row in rows for factor, name in factors.items())
    assert found == count.factor_users
    assert Counter((row["department"], row["risk"]) for row in rows) == count.department_users
    summary = survey.whole("company/get-safe-score-summary")[0]["scoreCounts"]
    assert {grade: summary[grade.lower()] for grade in "ABCDF"} == {grade: count.users[grade] for grade in "ABCDF"}


def test_campaigns(survey: Survey) -> None:
    """Training campaigns are counted one by one, the newest first, with the results of their people."""
    rows = sorted(survey.campaigns(), key=lambda row: str(row["launchDate"]), reverse=True)
    campaigns = survey.tenant.oracle().campaigns()
    assert [row["id"] for row in rows] == [campaign.id for campaign in campaigns]
    for row, campaign in zip(rows, campaigns, strict=True):
        right = row["numCorrectAnswers"]["forQuestion1"]
        assert (row["name"], row["title"]["title"], seconds(row["launchDate"])) == (
            campaign.name, campaign.title, campaign.launched_at,
        )  # fmt: skip
        assert (row["numSent"], row["numCompleted"], right) == (campaign.sent, campaign.completed, campaign.correct)
        users = survey.rows("campaign/get-user-data", {"id": row["id"]})
        assert Counter(user["results"]["forQuestion1"].lower() for user in users) == campaign.results


def test_simulations(survey: Survey) -> None:
    """Simulations are counted one by one, the newest first, with the statuses and delays of their people."""
    listed = survey.whole("phishing/campaign/get-campaign")
    rows = sorted(listed, key=lambda row: str(row["launchDate"]), reverse=True)
    simulations = survey.tenant.oracle().simulations()
    assert [row["id"] for row in rows] == [simulation.id for simulation in simulations]
    for row, simulation in zip(rows, simulations, strict=True):
        assert (row["name"], seconds(row["launchDate"])) == (simulation.name, simulation.launched_at)
        assert [row[f"num{name}"] for name in ("Sent", "Opened", "Clicked", "Submitted", "Reported")] == [
            simulation.sent, simulation.opened, simulation.clicked, simulation.submitted, simulation.reported,
        ]  # fmt: skip
        users = survey.rows("phishing/campaign/get-user-data", {"id": row["id"]})
        assert Counter(user["status"].lower() for user in users) == simulation.results
        assert sum("timeScanned" in user for user in users) == simulation.scanned_users
        assert sorted(delays(users, "timeClicked")) == sorted(simulation.click_delays)
        assert sorted(delays(users, "timeReported")) == sorted(simulation.report_delays)
        reactions = [user["reactionTime"] for user in users if "reactionTime" in user]
        assert sorted(reactions) == sorted(simulation.click_delays)


def delays(users: list[Any], name: str) -> list[int]:
    return [seconds(user[name]) - seconds(user["timeScheduled"]) for user in users if name in user]


def test_repeat_clickers(survey: Survey) -> None:
    """Repeat clickers are the people of the newest simulations who have clicked in two or more of all."""
    listed = survey.whole("phishing/campaign/get-campaign")
    rows = sorted(listed, key=lambda row: str(row["launchDate"]), reverse=True)
    for newest in (1, 2, 20):
        clickers = {
            user["email"]
            for row in rows[:newest]
            for user in survey.rows("phishing/campaign/get-user-data", {"id": row["id"]})
            if user["numCampaignsClicked"] >= 2
        }
        assert len(clickers) == survey.tenant.oracle().repeat_clickers(newest)


def test_only_the_newest() -> None:
    """The newest so many are those with the latest launches, and the others are left out."""
    with Simulator() as simulator:
        oracle = simulator.add_tenant("acme", users=5).oracle()
        assert oracle.campaigns()[:3] == oracle.campaigns(3)
        assert oracle.simulations()[:3] == oracle.simulations(3)


def test_terms() -> None:
    """An oracle on terms of its own counts another moment, and tells by a third what is still to come."""
    with Simulator(clock=SimulatedClock(AS_OF)) as simulator:
        tenant = simulator.add_tenant("acme", users=30, as_of=AS_OF)
        then = AS_OF - timedelta(days=40)
        count = tenant.oracle(Terms(then)).queue()
        assert 0 < count.scheduled
        assert 0 == tenant.oracle(Terms(AS_OF, state_at=then)).queue().scheduled
        assert count.titles != tenant.oracle().queue().titles
        assert tenant.oracle(Terms(then)).training() == tenant.expected(Terms(then))


def test_histogram_of_delays() -> None:
    """Delays can be counted into buckets as Prometheus does."""
    with Simulator(clock=SimulatedClock(AS_OF)) as simulator:
        oracle: Oracle = simulator.add_tenant("acme", users=400, as_of=AS_OF).oracle()
        delays = [delay for simulation in oracle.simulations() for delay in simulation.click_delays]
        histogram = Histogram([600, 3600, 86_400, math.inf], [float(delay) for delay in delays])
        counts = list(histogram.buckets.values())
        assert 0 < counts[0] < counts[1] < counts[2] < counts[3] == histogram.count == len(delays)
        assert sum(delays) == histogram.sum


def test_scanners_do_not_click_for_people() -> None:
    """A mail that only a scanner has opened and followed is SENT to its person still."""
    with Simulator(clock=SimulatedClock(AS_OF)) as simulator:
        survey = Survey(simulator, simulator.add_tenant("acme", users=400, as_of=AS_OF))
        row = next(row for row in survey.whole("phishing/campaign/get-campaign") if row["numSent"])
        users = survey.rows("phishing/campaign/get-user-data", {"id": row["id"]})
        only_scanned = [user for user in users if "timeScanned" in user and "timeOpened" not in user]
        assert {"SENT"} == {user["status"] for user in only_scanned}
        assert any(user.get("numCampaignsClickedScanned") for user in only_scanned)
