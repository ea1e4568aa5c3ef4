"""Every series of a tenant equals an independent count of its people, at every size and by either API."""

from datetime import timedelta

import pytest
from expectation import of_training
from house import House

from exporter.simulator import TOKEN_PATH, TRAINING_PATH, Terms
from exporter.simulator.training import Spelling


def shown(page: dict[str, float]) -> dict[str, float]:
    return {series: value for series, value in page.items() if series.startswith("mimecast_training_")}


@pytest.mark.parametrize("users", [1, 100, 10_000])
@pytest.mark.parametrize(("api", "spelling"), [(1, "table"), (2, "sample")])
def test_every_series_equals_a_count_of_the_people(house: House, users: int, api: int, spelling: Spelling) -> None:
    """For one, a hundred and ten thousand people, by either API and spelling, no series differs, none is missing."""
    tenant = house.simulator.add_tenant("acme", api=2 if api == 2 else 1, users=users, spelling=spelling)
    house.build("timeout: 5m")
    page = house.scrape(seconds=300)
    assert pytest.approx(of_training(tenant.expected()), rel=1e-12) == shown(page)
    assert () == house.simulator.violations


def test_numbers_move_with_the_company(house: House) -> None:
    """A month of daily scrapes shows each day what a count of the people on that day gives."""
    tenant = house.simulator.add_tenant("acme", users=30, upcoming=2)
    house.build()
    pages = []
    for _ in range(30):
        pages.append(shown(house.scrape()))
        assert pytest.approx(of_training(tenant.expected()), rel=1e-12) == pages[-1]
        house.turn(86400)
    assert 30 == len({tuple(sorted(page.items())) for page in pages})


def test_pages_are_counted_as_one_answer(house: House) -> None:
    """An answer in pages makes the same series as the same answer in one piece."""
    tenant = house.simulator.add_tenant("acme", api=2, users=230, page_size=50, next_as_object=True)
    house.build()
    assert pytest.approx(of_training(tenant.expected()), rel=1e-12) == shown(house.scrape())
    assert [1, 5] == [house.simulator.calls("acme", path) for path in (TOKEN_PATH, TRAINING_PATH)]


@pytest.mark.parametrize("overdue_after", [timedelta(), timedelta(days=1), timedelta(days=400)])
def test_what_is_overdue_follows_the_setting(house: House, overdue_after: timedelta) -> None:
    """Overdue counts what is not watched and assigned longer ago than the tenant's setting."""
    tenant = house.simulator.add_tenant("acme", users=50)
    house.build(f"overdue_after: {overdue_after.days}d")
    count = tenant.expected(Terms(house.simulator.clock.now(), overdue_after=overdue_after))
    assert pytest.approx(of_training(count), rel=1e-12) == shown(house.scrape())
