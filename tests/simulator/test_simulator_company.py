import ast
import base64
import json
import time
import zlib
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

import exporter.simulator as simulator_package
from exporter.simulator import Company, SimulatedClock, Simulator, Terms, counted, expected
from exporter.simulator.training import TrainingDetails

MOMENT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def test_same_seed_same_company() -> None:
    """A seed always makes the same company, and another seed another one."""
    one, same, other = (Company(users=20, seed=seed, as_of=MOMENT) for seed in (1, 1, 2))
    assert one.titles == same.titles
    assert list(one.people(MOMENT)) == list(same.people(MOMENT))
    assert one.titles != other.titles


def test_secure_ids() -> None:
    """Ids of titles are base64url of a zlib stream of an object, of 186 to 199 characters, each another."""
    titles = Company(titles=60, as_of=MOMENT).titles
    assert 60 == len({title.id for title in titles}) == len({title.name for title in titles})
    for title in titles:
        assert 186 <= len(title.id) <= 199
        assert title.id.startswith("eN")
        assert ["secureid"] == list(json.loads(zlib.decompress(base64.urlsafe_b64decode(title.id + "=="))))


def test_waves() -> None:
    """Titles are launched about once a month on working days, all but the upcoming ones by the present."""
    company = Company(titles=12, upcoming=2, as_of=MOMENT)
    launched = [datetime.fromtimestamp(title.launched_at, UTC) for title in company.titles]
    assert all(timedelta(days=27) < later - one < timedelta(days=33) for one, later in pairwise(launched))
    assert all(moment.weekday() < 5 for moment in launched)
    assert 12 == sum(moment <= MOMENT for moment in launched)


def test_other_titles() -> None:
    """Titles go by the names that are given, again with a season, and as often as is wished."""
    titles = Company(titles=4, upcoming=1, as_of=MOMENT, names=("A", "B"), title_days=7).titles
    assert ["A", "A, season 2", "B", "B, season 2"] == sorted(title.name for title in titles[:4])
    assert titles[4].name in {"A, season 3", "B, season 3"}
    days = [(later.launched_at - one.launched_at) / 86_400 for one, later in pairwise(titles)]
    assert [7.0] * 4 == days


def test_company_is_believable() -> None:
    """Everybody is there, most have watched most, some never do, some are listed, and most answer rightly."""
    company = Company(users=1000, titles=12, as_of=MOMENT)
    count = expected(company, Terms(MOMENT))
    titles = list(count.titles.values())
    assigned, watched = (sum(getattr(title, name) for title in titles) for name in ("assigned", "watched"))
    right = sum(count.titles[title.name].answers[title.right_answer] for title in company.titles)
    assert 1000 == count.users
    assert 0.7 < watched / assigned < 0.97
    assert 0.5 < right / watched < 0.95
    assert 0 < count.users_needing_engagement < count.users_watchlisted < count.users_outstanding < 1000
    assert 0 < count.users_with_merit_badge < 1000
    assert any(title.overdue for title in titles)


def test_upcoming_titles_change_nothing_yet() -> None:
    """Titles to come do not change what has happened."""
    terms = Terms(MOMENT)
    plain, more = (expected(Company(users=50, upcoming=upcoming, as_of=MOMENT), terms) for upcoming in (0, 3))
    assert plain == more


@pytest.mark.parametrize("spelling", ["table", "sample"])
def test_document_agrees_with_people(spelling: str) -> None:
    """The document and the people are counted the same, at any moment and in either spelling."""
    company = Company(users=60, titles=10, as_of=MOMENT)
    details = TrainingDetails(company, "table" if spelling == "table" else "sample")
    for days in (-400, -200, 0, 5, -3):
        terms = Terms(MOMENT + timedelta(days=days), overdue_after=timedelta(days=3), histogram_days=(1, 10))
        document = b'{"data":[' + b",".join(details.elements(terms.moment)) + b"]}"
        assert expected(company, terms) == counted(document, terms)


def test_count_of_a_document() -> None:
    """A document is counted by hand: what is unreadable is unknown, what has no verdict is left out."""
    rows = [
        {"title": "A", "watched": True, "assignedTimeStamp": "2026-03-01T00:00:00+0000", "myAnswer": 2,
         "watchedDate": "2026-03-02T00:00:00+0000", "watchedData": "2026-03-02T00:00:00+0000"},
        {"title": "A", "watched": False, "assignedTimeStamp": "2026-02-01T00:00:00", "onWatchList": True,
         "myAsnwer": -1},
        {"title": "", "watched": False, "onWatchlist": True, "onWatchList": False, "assignedTimeStamp": "soon"},
        {"title": "B", "watched": "true"},
        None,
    ]  # fmt: skip
    users = [{"training": rows, "needEngagement": True, "meritBadge": {"x": 1}}, {"training": None}, 5]
    count = counted(json.dumps({"data": users}), Terms(MOMENT, histogram_days=(1,)))
    a, untitled = count.titles["A"], count.titles["(untitled)"]
    assert (2, 3, 1, 1) == (count.users, count.records, count.users_outstanding, count.users_watchlisted)
    assert (2, 1, 1, 1, {2: 1}) == (a.assigned, a.watched, a.watchlist, a.overdue, dict(a.answers))
    assert (1, 86_400.0, [1, 1]) == (a.completion.count, a.completion.sum, list(a.completion.buckets.values()))
    assert (1, 0, 0, None) == (untitled.assigned, untitled.watchlist, untitled.overdue, untitled.first_assigned)
    assert (1, 1) == (count.users_needing_engagement, count.users_with_merit_badge)


def test_large_company_is_quick() -> None:
    """Ten thousand people are made at once, and their document within seconds of the processor."""
    start = time.process_time()
    company = Company(users=10_000)
    assert 1.0 > time.process_time() - start
    assert 10_000 == len(TrainingDetails(company, "sample").elements(datetime.now(UTC)))
    assert 10.0 > time.process_time() - start


def test_impossible_companies() -> None:
    """A company has a title with a name, a day between two, and no negative number of anything."""
    for users, titles, upcoming in ((1, 0, 0), (-1, 1, 0), (1, 1, -1)):
        with pytest.raises(ValueError, match="fewer"):
            Company(users=users, titles=titles, upcoming=upcoming)
    for names, days in (((), 30), (("A",), 0)):
        with pytest.raises(ValueError, match="a name for its titles"):
            Company(names=names, title_days=days)
    with pytest.raises(IndexError):
        Company(users=1).person(1)


def test_clock() -> None:
    """A clock stands where it is set, goes by what it is advanced, and its monotonic time never goes back."""
    clock = SimulatedClock(MOMENT)
    before = clock.monotonic()
    clock.advance(90)
    assert MOMENT + timedelta(seconds=90) == clock.now() == clock.now()
    assert 90 <= clock.monotonic() - before < 91
    clock.set(MOMENT)
    assert MOMENT == clock.now()
    assert 90 <= clock.monotonic() - before < 91
    clock.run(speed=1e6)
    assert MOMENT < clock.now()


def test_default_clock_is_real() -> None:
    """Without a start the clock is the real one."""
    assert timedelta(seconds=5) > abs(Simulator().clock.now() - datetime.now(UTC))


def test_imports() -> None:
    """The simulator imports the standard library and itself, and nothing else."""
    names = set()
    for path in Path(simulator_package.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                names.add(node.module or "")
    foreign = {name for name in names if name.startswith("exporter") and not name.startswith("exporter.simulator")}
    assert set() == foreign
    assert set() == {name.partition(".")[0] for name in names} & {
        "requests",
        "yaml",
        "msgspec",
        "urllib3",
        "prometheus_client",
    }
