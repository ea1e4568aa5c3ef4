"""A short history in a real Prometheus: its answers equal an independent count of the simulator's people."""

import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from expectation import labels, of_company
from hands import START
from prometheus_server import Prometheus, prometheus

from exporter.scrape import POLL_METRICS
from exporter.simulator import SimulatedClock, Simulator
from history.builder import build
from history.scenario import EVERYTHING, EVERYTHING_OF_API_2, Account, Incident, Scenario, Span
from history.schedule import HOUR, MINUTE, Rhythm

DAYS = timedelta(days=3)
RHYTHM = Rhythm(length=DAYS, step=6 * HOUR, dense=10 * MINUTE, dense_step=5 * MINUTE)
SIGNED = Account(
    "acme",
    {"api": 1, "users": 60, "titles": 8, "seed": 5, "simulations": 4},
    {"collectors": EVERYTHING, "departments": True},
)
OAUTH = Account("acme", {**SIGNED.options, "api": 2}, {"collectors": EVERYTHING_OF_API_2, "departments": True})
OF_POLLS = tuple(metric.name for metric in POLL_METRICS)


def stored(server: Prometheus, ago: timedelta) -> dict[str, float]:
    """Return what collectors have found of acme, so long before the end."""
    moment = str((START - ago).timestamp())
    answer = server.ask("/api/v1/query", query='{__name__=~"mimecast_.*",tenant="acme"}', time=moment)["result"]
    found = {}
    for one in answer:
        metric = {name: text for name, text in one["metric"].items() if name not in {"job", "instance"}}
        found[metric.pop("__name__") + labels(**metric)] = float(one["value"][1])
    return {name: value for name, value in found.items() if not name.startswith((*OF_POLLS, "mimecast_exporter_"))}


@pytest.mark.parametrize("account", [SIGNED, OAUTH], ids=["signed", "oauth"])
def test_prometheus_has_what_the_people_did(tool: Callable[[str], str], tmp_path: Path, account: Account) -> None:
    """At the beginning, in between and in the end, no series of a tenant differs from a count, and none is missing."""
    tool("promtool")
    directory = tmp_path / "history"
    build(Scenario("short", "three days", (account,), RHYTHM, pace=0.0), START, directory, io.StringIO())
    signed = account is SIGNED
    with prometheus(tool("prometheus"), directory, "global: {}") as server:
        for ago in (DAYS, 42 * HOUR, 6 * HOUR, 5 * MINUTE, timedelta()):
            simulator = Simulator(clock=SimulatedClock(START - ago))
            tenant = simulator.add_tenant("acme", **account.options_at(START))
            assert pytest.approx(of_company(tenant, newest=20, signed=signed), rel=1e-12) == stored(server, ago)
        assert [] == server.warnings()
    assert [] == list((directory / "openmetrics").iterdir())


STORY = Scenario(
    "story",
    "two tenants that are probed, one of them in trouble",
    (
        Account("acme", {"users": 5, "titles": 2}, incidents=(Incident("binding_expired", Span(DAYS / 2, 12 * HOUR)),)),
        Account("globex", {"api": 2, "users": 5, "titles": 2}, {"collectors": ["training"]}),
    ),
    replace(RHYTHM, dense_step=MINUTE),
    pace=0.0,
    probes=True,
    outages=(Span(12 * HOUR, 6 * HOUR),),
    typos=(Span(6 * HOUR, HOUR),),
)
FAILING = 'count(mimecast_collector_failing{tenant="acme",reason="binding_expired"})'


@pytest.fixture(scope="module")
def story(tool: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """A Prometheus on the story."""
    tool("promtool")
    directory = tmp_path_factory.mktemp("story") / "history"
    build(STORY, START, directory, io.StringIO())
    with prometheus(tool("prometheus"), directory, "global: {}") as server:
        yield server


@pytest.mark.parametrize(
    ("hours", "query", "expected"),
    [
        (72, "count(up{job='mimecast'} == 1)", [2]),
        (72, "count(up{job='mimecast-exporter'} == 1)", [1]),
        (36, FAILING, [5]),
        (36, "mimecast_up{tenant='acme'}", [0]),
        (36, "mimecast_up{tenant='globex'}", [1]),
        (24, FAILING, []),
        (12, "sum(up)", [0]),
        (12, "count(mimecast_up)", []),
        (12, "sum(scrape_samples_scraped)", [0]),
        (6, "sum(up)", [3]),
        (6, "mimecast_exporter_config_last_reload_successful", [0]),
        (0, "mimecast_exporter_config_last_reload_successful", [1]),
        (0, "mimecast_up", [1, 1]),
        (0, "count by (instance, job) ({instance='globex'}) - scrape_samples_scraped{instance='globex'}", [5]),
        (0, "time() - max(mimecast_collector_last_success_timestamp_seconds)", [0]),
        (0, "sum(increase(mimecast_exporter_cache_hits_total{tenant='globex'}[10m])) > bool 0", [1]),
        (0, "changes(process_start_time_seconds[3d])", [1]),
        (72, "time() - process_start_time_seconds", [0]),
    ],
)
def test_a_story(story: Prometheus, hours: int, query: str, expected: list[float]) -> None:
    """What befalls tenants and exporter is in the series of the scrapes, with each tenant as a target of its own."""
    moment = str((START - hours * HOUR).timestamp())
    answer = story.ask("/api/v1/query", query=query, time=moment)["result"]
    assert expected == [float(one["value"][1]) for one in answer]
