"""A whole company behind all collectors: each series equals an independent count, in a real Prometheus too."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from expectation import labels, of_company
from house import House
from program import wait_until
from prometheus_server import prometheus

from exporter.collectors import COLLECTORS
from exporter.scrape import POLL_METRICS
from exporter.web.application import Limits
from exporter.web.listener import Address
from exporter.web.routes import Options, Routes
from exporter.web.server import Server

SIGNED = ", ".join(collector.name for collector in COLLECTORS)
OAUTH = ", ".join(collector.name for collector in COLLECTORS if not collector.signed_only)
OF_POLLS = tuple(metric.name for metric in POLL_METRICS)


def found(page: dict[str, float]) -> dict[str, float]:
    return {name: value for name, value in page.items() if not name.startswith(OF_POLLS)}


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("users", [1, 250])
@pytest.mark.parametrize("api", [1, 2])
def test_every_series_of_every_collector(house: House, seed: int, users: int, api: int) -> None:
    """For three companies of one and of 250 people, by either API, no series differs and none is missing."""
    tenant = house.simulator.add_tenant("acme", api=2 if api == 2 else 1, users=users, seed=seed, titles=40)
    house.build("departments: true, timeout: 5m", collectors=SIGNED if api == 1 else OAUTH)
    page = found(house.scrape(seconds=300))
    assert pytest.approx(of_company(tenant, newest=20, signed=api == 1), rel=1e-12) == page
    assert () == house.simulator.violations


@contextmanager
def served(house: House) -> Iterator[int]:
    """Serve the house on a port of loopback, on its own clock."""
    assembly = house.assembly
    assert assembly is not None
    routes = Routes(lambda: (assembly.scrapes, 600.0), house.instruments, Options())
    server = Server(routes, [Address("127.0.0.1", 0)], Limits())
    server.start()
    try:
        yield server.addresses[0].port
    finally:
        server.stop(5.0)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "people" in metafunc.fixturenames:
        metafunc.parametrize("people", (1, 250, 20_000) if metafunc.config.getoption("--long") else (250,))


CONFIGURATION = """\
global: {{scrape_interval: 2s, scrape_timeout: 2s}}
scrape_configs: [{{job_name: house, static_configs: [{{targets: ["127.0.0.1:{port}"]}}]}}]
"""


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_prometheus_has_every_series(
    house: House,
    tool: Callable[[str], str],
    tmp_path: Path,
    people: int,
    seed: int,
) -> None:
    """What a real Prometheus stores of three companies equals a count, in the long form of 20,000 people each."""
    tenant = house.simulator.add_tenant("acme", users=people, seed=seed)
    house.build("departments: true, timeout: 10m", collectors=SIGNED)
    house.scrape(seconds=600)
    with (
        served(house) as port,
        prometheus(tool("prometheus"), tmp_path, CONFIGURATION.format(port=port)) as server,
    ):
        wait_until(lambda: len(server.query("mimecast_up")) == 1, "it has scraped", 90)
        answer = server.ask("/api/v1/query", query='{__name__=~"mimecast_.*",tenant="acme"}')["result"]
    stored = {}
    for one in answer:
        metric = {name: text for name, text in one["metric"].items() if name not in {"job", "instance"}}
        stored[metric.pop("__name__") + labels(**metric)] = float(one["value"][1])
    page = {name: value for name, value in found(stored).items() if not name.startswith("mimecast_exporter_")}
    assert pytest.approx(of_company(tenant, newest=20, signed=True), rel=1e-12) == page


def total(page: dict[str, float], metric: str) -> float:
    """Return the sum of a metric's series."""
    return sum(value for name, value in page.items() if name.split("{")[0] == f"mimecast_{metric}")


def test_sums_that_must_agree_do_so_all_year(house: House) -> None:
    """Each week of a year the collectors tell the same of one company, as its people watch, answer and fall behind."""
    house.simulator.add_tenant("acme", users=30, upcoming=12)
    wanted = "training, queue, performance, safe_score, watchlist, performance_details, campaigns"
    house.build(collectors=wanted)
    pages = []
    for _ in range(52):
        page = house.scrape(seconds=60)
        sent, completed = total(page, "queue_sent"), total(page, "queue_completed")
        assert {sent} == {
            total(page, "campaign_sent"),
            total(page, "training_assigned"),
            total(page, "performance_videos_sent"),
            total(page, "performance_answers"),
        }
        assert {completed} == {
            total(page, "campaign_completed"),
            total(page, "training_watched"),
            sent - total(page, "performance_videos_not_watched"),
        }
        assert total(page, "watchlist_users") == total(page, "training_users_watchlisted")
        assert total(page, "safe_score_users") == total(page, "training_users") == 30.0
        assert total(page, "performance_users") == total(page, "performance_users_participating")
        pages.append((sent, completed))
        house.turn(7 * 86400)
    assert sorted(pages) == pages
    assert pages[0] < pages[-1]


@pytest.mark.parametrize("collector", ["phishing_results", "campaign_results"])
def test_a_campaign_that_goes_between_two_questions_is_left_out(house: House, collector: str) -> None:
    """A campaign that was listed and is gone when it is asked for has no series, and the poll succeeds."""
    tenant = house.simulator.add_tenant("acme", users=20, titles=4)
    oracle = tenant.oracle()
    campaigns = oracle.simulations() if collector == "phishing_results" else oracle.campaigns()
    names = [campaign.name for campaign in campaigns]
    gone = next(campaign for campaign in campaigns if names.count(campaign.name) == 1)
    tenant.withdraw_campaign(gone.id, still_listed=True)
    house.build(collectors=collector)
    page = house.scrape()
    shown = {name.split('campaign="')[1].split('"')[0] for name in page if 'campaign="' in name}
    assert 1.0 == page['mimecast_up{tenant="acme"}']
    assert set(names) - {gone.name} == shown


def test_collectors_fail_alone(house: House) -> None:
    """A collector that the account may not use fails with its reason, and the others show their numbers."""
    house.simulator.add_tenant("acme", api=2, users=20, forbidden=("company/get-safe-score-summary",))
    house.build(collectors="training, safe_score, queue")
    page = house.scrape()
    assert 0.0 == page['mimecast_up{tenant="acme"}']
    assert 1.0 == page['mimecast_collector_failing{collector="safe_score",reason="forbidden",tenant="acme"}']
    assert [1.0, 1.0] == [
        page[f'mimecast_collector_success{{collector="{name}",tenant="acme"}}'] for name in ("training", "queue")
    ]
    assert 20.0 == page['mimecast_training_users{tenant="acme"}']


def test_requests_of_one_tenant_come_one_after_the_other(house: House) -> None:
    """However many collectors a tenant has, the vendor never sees two of its requests at once."""
    house.simulator.add_tenant("acme", users=50)
    house.build(collectors=SIGNED)
    assert 1.0 == house.scrape(seconds=60)['mimecast_up{tenant="acme"}']
    assert () == house.simulator.violations
