"""What a collector makes of its answers, as a whole."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from answering import NOW
from holding import Holding
from msgspec import Struct

from exporter.collectors.campaign_results import CAMPAIGN_RESULTS, Participant, Participants
from exporter.collectors.campaigns import CAMPAIGNS, TrainingCampaign, TrainingCampaigns
from exporter.collectors.performance_details import PERFORMANCE_DETAILS
from exporter.collectors.performance_details import Person as PerformancePerson
from exporter.collectors.phishing import PHISHING, Simulation
from exporter.collectors.phishing_results import PHISHING_RESULTS, Recipient, Recipients
from exporter.collectors.question import Asking, Collector, Odd, Outcome, check_left_out
from exporter.collectors.safe_score_details import SAFE_SCORE_DETAILS
from exporter.collectors.safe_score_details import Person as SafeScorePerson
from exporter.collectors.watchlist import WATCHLIST
from exporter.collectors.watchlist import Person as WatchlistPerson
from exporter.config.settings import Campaigns, Settings
from exporter.errors import PollError, Reason
from exporter.model import Metric, Sample

DECLARED, UNDECLARED = Metric("mimecast_a", "A."), Metric("mimecast_b", "B.")


def nothing(_: Settings, __: object) -> Asking:
    yield from ()
    return Outcome((), 0)


COLLECTOR = Collector("nothing", (DECLARED,), ("record", "a"), nothing)
LEFT_OUT: Odd[Any] = Odd(None, ("record",))


def told(collector: Collector, *answers: Iterable[Any], settings: Settings | None = None) -> Outcome:
    """Return what a collector makes of these records, the answers to one question after the other."""
    asking = collector.ask(settings or Settings(), NOW)
    question = next(asking)
    try:
        for records in answers:
            question = asking.send(question.fold(records))
    except StopIteration as end:
        outcome: Outcome = end.value
        return outcome
    raise AssertionError(question)


@pytest.mark.parametrize(
    ("records", "unreadable"),
    [
        (0, {}),
        (4, {"record": 1}),
        (8, {"record": 1, "user": 1}),
        (28, {"record": 7}),
        (0, {"name": 9}),
        (399_996, {"user": 99_999}),
    ],
)
def test_up_to_a_fifth_may_be_left_out(records: int, unreadable: Mapping[str, int]) -> None:
    """A poll stands with exactly 20 % of its records and users left out, and unreadable values do not count."""
    check_left_out(records, unreadable)


@pytest.mark.parametrize(
    ("records", "unreadable"),
    [
        (0, {"record": 1}),
        (3, {"record": 1}),
        (7, {"record": 1, "user": 1}),
        (27, {"record": 7}),
        (399_995, {"user": 99_999}),
    ],
)
def test_over_a_fifth_may_not(records: int, unreadable: Mapping[str, int]) -> None:
    """A poll fails by its schema with one record less."""
    with pytest.raises(PollError) as error:
        check_left_out(records, unreadable)
    assert Reason.SCHEMA is error.value.reason


def test_a_snapshot_has_all_fields() -> None:
    """A snapshot tells of every field how many values were unreadable, 0 included, and of the records read."""
    snapshot = COLLECTOR.snapshot(Outcome([Sample(DECLARED, (), 1)], 4, {"record": 1}, asides=7))
    assert {"record": 1, "a": 0} == snapshot.unreadable
    assert 4 == snapshot.records


def test_a_snapshot_fails_as_a_whole() -> None:
    """A snapshot of records too many of which were left out fails, but for those that only told what to ask for."""
    outcome = Outcome((), 3, {"record": 1})
    with pytest.raises(PollError):
        COLLECTOR.snapshot(outcome)
    COLLECTOR.snapshot(replace(outcome, asides=1))


def test_undeclared_metrics_are_refused() -> None:
    """A collector makes samples of the metrics alone that it declares."""
    with pytest.raises(ValueError, match="undeclared metrics: mimecast_b"):
        COLLECTOR.snapshot(Outcome([Sample(UNDECLARED, (), 1)], 0))


def test_a_series_twice_is_refused() -> None:
    """A snapshot has no series twice."""
    with pytest.raises(ValueError, match="mimecast_a has a series twice"):
        COLLECTOR.snapshot(Outcome([Sample(DECLARED, (), 1)] * 2, 0))


SIMULATION = Simulation(id="1", name="Lure")
TRAINING_CAMPAIGN = TrainingCampaign(id="1", name="Q3")


@pytest.mark.parametrize(
    ("collector", "few", "many"),
    [
        (PHISHING_RESULTS, [*[SIMULATION] * 4, LEFT_OUT], [*[SIMULATION] * 3, LEFT_OUT]),
        (
            CAMPAIGN_RESULTS,
            [Odd(TrainingCampaigns([TRAINING_CAMPAIGN] * 4), ("record",))],
            [Odd(TrainingCampaigns([TRAINING_CAMPAIGN] * 3), ("record",))],
        ),
    ],
    ids=["phishing_results", "campaign_results"],
)
def test_a_list_of_campaigns_is_judged_by_itself(collector: Collector, few: list[Any], many: list[Any]) -> None:
    """Campaigns left out fail the poll that would ask for each, however many people the others have."""
    none_asked = Settings(campaigns=Campaigns(newest=0))
    collector.snapshot(told(collector, few, settings=none_asked))
    with pytest.raises(PollError) as error:
        told(collector, many)
    assert Reason.SCHEMA is error.value.reason


@pytest.mark.parametrize(
    ("collector", "campaigns", "people"),
    [
        (PHISHING_RESULTS, [SIMULATION], [Odd(Recipients([Recipient()] * 3), ("record",) * 2)]),
        (
            CAMPAIGN_RESULTS,
            [TrainingCampaigns([TRAINING_CAMPAIGN])],
            [Odd(Participants([Participant()] * 3), ("record",) * 2)],
        ),
    ],
    ids=["phishing_results", "campaign_results"],
)
def test_nested_people_left_out_count(collector: Collector, campaigns: list[Any], people: list[Any]) -> None:
    """People within an element of data are the records, and those left out fail the poll like any others."""
    outcome = told(collector, campaigns, people)
    assert 3 == outcome.records
    with pytest.raises(PollError):
        collector.snapshot(outcome)


@pytest.mark.parametrize("collector", [PHISHING, CAMPAIGNS], ids=lambda collector: collector.name)
def test_campaigns_are_the_records(collector: Collector) -> None:
    """Campaigns are counted as records wherever the answer has them."""
    records: list[Any] = [SIMULATION] * 3 if collector is PHISHING else [TrainingCampaigns([TRAINING_CAMPAIGN] * 3)]
    assert 3 == told(collector, records).records


def people(kind: type[Struct], count: int) -> Iterator[Any]:
    return (kind(department=f"Department {number}") for number in range(count))


@pytest.mark.parametrize(
    ("collector", "kind"),
    [
        (WATCHLIST, WatchlistPerson),
        (PERFORMANCE_DETAILS, PerformancePerson),
        (SAFE_SCORE_DETAILS, SafeScorePerson),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_people_are_counted_in_constant_memory(collector: Collector, kind: type[Struct]) -> None:
    """However many people an answer has, nothing of them is kept but counts."""
    held = Holding(__file__)
    assert 5_000 == told(collector, held.reading(people(kind, 5_000), 1_000)).records
    assert 64 * 1024 > held.most > 0


def test_results_are_counted_in_constant_memory() -> None:
    """However many people a campaign has, and whatever their answers are called, nothing is kept but counts."""
    campaigns = [TrainingCampaigns([TRAINING_CAMPAIGN])]
    answers = (Participants([Participant({f"forQuestion{number}": f"{number}"})]) for number in range(5_000))
    recipients = (Recipients([Recipient(f"{number}@example.com", f"{number}")]) for number in range(5_000))
    held = Holding(__file__)
    assert 5_000 == told(CAMPAIGN_RESULTS, campaigns, held.reading(answers, 1_000)).records
    assert 5_000 == told(PHISHING_RESULTS, [SIMULATION], held.reading(recipients, 1_000)).records
    assert 64 * 1024 > held.most > 0
