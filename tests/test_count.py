"""Every series of a tenant equals an independent count of its people, at every size and by either API."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import chain

import pytest
from house import House

from exporter.simulator import Count, Histogram, Terms, TitleCount
from exporter.simulator.training import Spelling

DAYS = (1, 3, 7, 14, 30, 60, 90)


def labels(**values: str) -> str:
    texts = {name: text.replace("\\", r"\\").replace('"', r"\"") for name, text in values.items()}
    return "{" + ",".join(f'{name}="{text}"' for name, text in sorted(texts.items())) + "}"


def of_histogram(name: str, title: str, histogram: Histogram) -> Iterator[tuple[str, float]]:
    names = {1: "86400.0", 3: "259200.0", 7: "604800.0", 14: "1.2096e+06", 30: "2.592e+06", 60: "5.184e+06"}
    bounds = [*(names.get(days, "7.776e+06") for days in DAYS), "+Inf"]
    for bound, count in zip(bounds, histogram.buckets.values(), strict=True):
        yield f"mimecast_training_{name}_bucket{labels(tenant='acme', title=title, le=bound)}", count
    yield f"mimecast_training_{name}_gcount{labels(tenant='acme', title=title)}", histogram.count
    yield f"mimecast_training_{name}_gsum{labels(tenant='acme', title=title)}", histogram.sum


def of_title(title: str, count: TitleCount, answers: set[int]) -> Iterator[tuple[str, float]]:
    series = {
        "assigned": count.assigned,
        "watched": count.watched,
        "watchlist": count.watchlist,
        "overdue": count.overdue,
        "first_assigned_timestamp_seconds": count.first_assigned,
        "last_assigned_timestamp_seconds": count.last_assigned,
        "last_watched_timestamp_seconds": count.last_watched,
    }
    for name, value in series.items():
        if value is not None:
            yield f"mimecast_training_{name}{labels(tenant='acme', title=title)}", value
    for answer in answers:
        found = count.answers[answer]
        yield f"mimecast_training_answers{labels(tenant='acme', title=title, answer=str(answer))}", found
    for title_id in count.ids:
        yield f"mimecast_training_title_info{labels(tenant='acme', title=title, title_id=title_id)}", 1
    yield from of_histogram("completion_seconds", title, count.completion)
    yield from of_histogram("outstanding_age_seconds", title, count.outstanding_age)


def of_tenant(count: Count) -> Iterator[tuple[str, float]]:
    values = {
        "titles": len(count.titles),
        "users": count.users,
        "users_outstanding": count.users_outstanding,
        "users_watchlisted": count.users_watchlisted,
        "users_needing_engagement": count.users_needing_engagement,
        "users_with_merit_badge": count.users_with_merit_badge,
    }
    yield from ((f"mimecast_training_{name}{labels(tenant='acme')}", value) for name, value in values.items())


def expected(count: Count) -> dict[str, float]:
    answers = {answer for title in count.titles.values() for answer in title.answers}
    titles = (of_title(name, title, answers) for name, title in count.titles.items())
    return dict(chain(of_tenant(count), *titles))


def shown(page: dict[str, float]) -> dict[str, float]:
    return {series: value for series, value in page.items() if series.startswith("mimecast_training_")}


@pytest.mark.parametrize("users", [1, 100, 10_000])
@pytest.mark.parametrize(("api", "spelling"), [(1, "table"), (2, "sample")])
def test_every_series_equals_a_count_of_the_people(house: House, users: int, api: int, spelling: Spelling) -> None:
    """For one, a hundred and ten thousand people, by either API and spelling, no series differs, none is missing."""
    tenant = house.simulator.add_tenant("acme", api=2 if api == 2 else 1, users=users, spelling=spelling)
    house.build("{timeout: 5m}")
    page = house.scrape(seconds=300)
    assert pytest.approx(expected(tenant.expected()), rel=1e-12) == shown(page)
    assert () == house.simulator.violations


def test_numbers_move_with_the_company(house: House) -> None:
    """A month of daily scrapes shows each day what a count of the people on that day gives."""
    tenant = house.simulator.add_tenant("acme", users=30, upcoming=2)
    house.build()
    pages = []
    for _ in range(30):
        pages.append(shown(house.scrape()))
        assert pytest.approx(expected(tenant.expected()), rel=1e-12) == pages[-1]
        house.turn(86400)
    assert 30 == len({tuple(sorted(page.items())) for page in pages})


def test_pages_are_counted_as_one_answer(house: House) -> None:
    """An answer in pages makes the same series as the same answer in one piece."""
    tenant = house.simulator.add_tenant("acme", api=2, users=230, page_size=50, next_as_object=True)
    house.build()
    assert pytest.approx(expected(tenant.expected()), rel=1e-12) == shown(house.scrape())
    assert 6 == house.simulator.calls("acme")


@pytest.mark.parametrize("overdue_after", [timedelta(), timedelta(days=1), timedelta(days=400)])
def test_what_is_overdue_follows_the_setting(house: House, overdue_after: timedelta) -> None:
    """Overdue counts what is not watched and assigned longer ago than the tenant's setting."""
    tenant = house.simulator.add_tenant("acme", users=50)
    house.build(f"{{overdue_after: {overdue_after.days}d}}")
    count = tenant.expected(Terms(house.simulator.clock.now(), overdue_after=overdue_after))
    assert pytest.approx(expected(count), rel=1e-12) == shown(house.scrape())
