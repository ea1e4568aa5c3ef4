"""Pages at hand: what was asked for before, and would be made again as it is, needs no worker."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
from house import House, series_of

from exporter.commands.assembly import reassemble
from exporter.scrape import Scrapes
from exporter.simulator import Tenant
from exporter.web.request import BadRequest, Request
from exporter.web.response import Response
from exporter.web.routes import Options, Routes

HITS = 'mimecast_exporter_cache_hits_total{collector="training",tenant="acme"}'
OPENMETRICS = "application/openmetrics-text;version=1.0.0"


def probe(query: str = "target=acme", method: str = "GET", path: str = "/probe", **headers: str) -> Request:
    return Request(method, path, query, {"accept-encoding": "gzip", **headers}, keep_alive=True)


def routes_of(house: House) -> Routes:
    def scrapes() -> tuple[Scrapes, float]:
        assert house.assembly is not None
        return house.assembly.scrapes, 60.0

    return Routes(scrapes, house.instruments, Options())


def text(response: Response) -> str:
    return gzip.decompress(b"".join(response.body)).decode()


@pytest.fixture
def acme(house: House) -> Tenant:
    """A tenant with ten users, polled every minute, whose numbers may be 20 s older."""
    tenant = house.simulator.add_tenant("acme", users=10)
    house.build("refresh_interval: 1m, max_staleness: 20s")
    return tenant


@pytest.fixture
def routes(house: House, acme: Tenant) -> Routes:
    """The pages of it, scraped twice: the first scrape polls, and the second one has a page to keep."""
    routes = routes_of(house)
    for _ in range(2):
        routes.answer(probe())
    return routes


def test_a_page_is_at_hand_once_it_was_served_from_memory(house: House, acme: Tenant) -> None:
    """The page of the scrape that polls is not kept, that of the next one is, and it counts as served from memory."""
    routes = routes_of(house)
    assert routes.at_hand(probe()) is None
    routes.answer(probe())
    assert routes.at_hand(probe()) is None
    whole = routes.answer(probe())
    hits = house.own()[HITS]
    at_hand = routes.at_hand(probe())
    assert at_hand is not None
    assert (whole.status, whole.headers, whole.length) == (at_hand.status, at_hand.headers, at_hand.length)
    assert text(whole) == text(at_hand)
    assert hits + 1 == house.own()[HITS]
    assert 1 == house.simulator.calls("acme")


@pytest.mark.parametrize(
    "request_",
    [
        probe(method="HEAD"),
        probe(method="POST"),
        probe(path="/metrics"),
        probe(path="/metrics/self"),
        probe(path="/"),
        probe(**{"accept-encoding": "identity"}),
        probe(accept=OPENMETRICS),
        probe("target=acme&collector=training"),
        probe("target=nobody"),
        probe(""),
    ],
    ids=lambda request: f"{request.method} {request.path}?{request.query} {request.headers}",
)
def test_other_pages_are_not(routes: Routes, request_: Request) -> None:
    """Another method, path, format, coding or selection is another page."""
    assert routes.at_hand(probe()) is not None
    assert routes.at_hand(request_) is None


def test_each_format_has_its_own(routes: Routes) -> None:
    """With a page of each format at hand, each reader has its own."""
    routes.answer(probe(accept=OPENMETRICS))
    one, other = (routes.at_hand(probe(accept=accept)) for accept in ("text/plain", OPENMETRICS))
    assert one is not None
    assert other is not None
    assert [False, True] == [text(page).endswith("# EOF\n") for page in (one, other)]


def test_a_wrong_selection_is_never_kept(routes: Routes) -> None:
    """Who asks for a tenant that there is not is refused each time."""
    for _ in range(3):
        assert routes.at_hand(probe("target=nobody")) is None
        with pytest.raises(BadRequest):
            routes.answer(probe("target=nobody"))


def _failing(house: House, acme: Tenant) -> None:
    acme.fail("http_500")
    house.turn(60)


CHANGES: dict[str, Callable[[House, Tenant], None]] = {
    "a poll is due": lambda house, _: house.turn(60),
    "a poll has failed": _failing,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_no_page_outlives_what_it_shows(
    house: House, acme: Tenant, routes: Routes, change: Callable[[House, Tenant], None]
) -> None:
    """What has changed is not shown from hand, and when it has settled the new page is at hand."""
    house.turn(59)
    assert routes.at_hand(probe()) is not None
    house.turn(-59)
    change(house, acme)
    assert routes.at_hand(probe()) is None
    polled = routes.answer(probe())
    assert routes.at_hand(probe()) is None
    routes.answer(probe())
    at_hand = routes.at_hand(probe())
    assert at_hand is not None
    assert series_of(text(polled)) == series_of(text(at_hand))


def test_numbers_that_grow_too_old_are_not_shown_from_hand(house: House, acme: Tenant, routes: Routes) -> None:
    """A page with old numbers, while polls fail, is at hand until they are too old, and then the one without them."""
    _failing(house, acme)
    for _ in range(2):
        routes.answer(probe())
    house.turn(19)
    old = routes.at_hand(probe())
    assert old is not None
    assert "mimecast_training_assigned" in text(old)
    house.turn(0.9)
    assert routes.at_hand(probe()) is not None
    house.turn(0.1)
    assert routes.at_hand(probe()) is None
    assert "mimecast_training_assigned" not in text(routes.answer(probe()))
    assert routes.at_hand(probe()) is not None


def test_the_end_of_a_wait_ends_a_page(house: House, acme: Tenant, routes: Routes) -> None:
    """A page that tells of the vendor's wait is at hand until that is over."""
    acme.fail("rate_limited", times=1, seconds=20)
    house.turn(60)
    for _ in range(2):
        routes.answer(probe())
    told = routes.at_hand(probe())
    assert told is not None
    assert "mimecast_api_blocked_until_timestamp_seconds" in text(told)
    house.turn(20)
    assert routes.at_hand(probe()) is None


def test_a_reload_leaves_no_page_at_hand(house: House, routes: Routes) -> None:
    """Pages of the configuration before are gone with it."""
    assert house.assembly is not None
    assert routes.at_hand(probe()) is not None
    house.assembly = reassemble(house.assembly, house.loading(), Path(), house.instruments, house.hands)
    assert routes.at_hand(probe()) is None


def test_a_large_page_is_left_to_a_worker(house: House) -> None:
    """A page that no socket may take at once is never at hand."""
    house.simulator.add_tenant("acme", users=400, titles=400)
    house.build("refresh_interval: 1m, titles: {limit: 400}")
    routes = routes_of(house)
    for _ in range(2):
        page = routes.answer(probe())
    assert page.length is not None
    assert page.length > 128 * 1024
    assert routes.at_hand(probe()) is None
