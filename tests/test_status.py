"""The status page and the targets of the started program, and what they are told of its polls."""

import json
import re
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from house import House
from program import LOOPBACK, started

from exporter.simulator import Simulator
from exporter.web.status import State

HTML = "text/html; charset=utf-8"


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """A simulated Mimecast that judges strictly, in real time."""
    with Simulator(strict=True) as simulator:
        yield simulator


def configured(simulator: Simulator, directory: Path) -> tuple[str, ...]:
    """Write a configuration for all tenants of a simulator and return the flags to serve it on loopback."""
    (directory / "simulated.yaml").write_text(simulator.configuration())
    return "--config.file=simulated.yaml", *LOOPBACK


def test_what_is_known_of_a_tenant(house: House) -> None:
    """A status has the state, the age, the next poll and what the vendor told, as the clock has it at that moment."""
    house.simulator.add_tenant("acme", users=10)
    scrapes = house.build("refresh_interval: 5m", collectors="training, queue").scrapes
    (before,) = scrapes.statuses()
    house.scrape()
    house.turn(60)
    (after,) = scrapes.statuses()
    assert (State.WAITING, State.UP) == (before.state, after.state)
    assert (800.0, 798.0, 0.0) == (after.rate_limit, after.rate_limit_remaining, after.blocked_for)
    assert ["training", "queue"] == [collector.name for collector in after.collectors]
    assert [(60.0, True, 240.0)] * 2 == [(each.age, each.is_shown, each.due_in) for each in after.collectors]


def test_what_is_known_of_a_failure(house: House) -> None:
    """A collector that fails has the reason and what to do, and keeps its age when its numbers no longer show."""
    acme = house.simulator.add_tenant("acme", users=10)
    scrapes = house.build("refresh_interval: 5m, max_staleness: 0s").scrapes
    house.scrape()
    acme.fail("rate_limited")
    house.turn(301)
    house.scrape()
    (status,) = scrapes.statuses()
    (training,) = status.collectors
    assert State.DOWN is status.state
    assert ["rate_limited"] == [failure.reason for failure in status.failures]
    assert "raise refresh_interval" in status.failures[0].advice
    assert (301.0, False) == (training.age, training.is_shown)
    assert 0 < status.blocked_for <= training.due_in


def test_what_is_known_while_a_poll_runs(house: House) -> None:
    """All of a status is of one moment: while the first poll runs there is no age, and none running once there is."""
    asked, opened = threading.Event(), threading.Event()

    def hold() -> bytes:
        asked.set()
        opened.wait(20)
        return b'{"meta":{"status":200},"data":[],"fail":[]}'

    house.simulator.add_tenant("acme", users=1).serve(hold)
    scrapes = house.build("refresh_interval: 5m").scrapes
    with ThreadPoolExecutor(1) as scraper:
        page = scraper.submit(house.scrape)
        assert asked.wait(20)
        ((running,),) = (status.collectors for status in scrapes.statuses())
        opened.set()
        page.result(timeout=20)
    ((over,),) = (status.collectors for status in scrapes.statuses())
    assert (State.WAITING, None, True) == (running.state, running.age, running.is_polling)
    assert (State.UP, 0.0, False, 300.0) == (over.state, over.age, over.is_polling, over.due_in)


def test_the_status_page_polls_nothing(simulator: Simulator, tmp_path: Path) -> None:
    """Before the first scrape the page has every tenant, and neither it nor the targets ask anything of the vendor."""
    simulator.add_tenant("acme", users=1)
    simulator.add_tenant("globex", api=2, users=1)
    with started(*configured(simulator, tmp_path), directory=tmp_path) as program:
        for path, kind in (("/", HTML), ("/?planted", HTML), ("/sd", "application/json")):
            page, head = program.get(path), program.get(path, method="HEAD")
            assert (200, kind) == (page.status, page.headers["content-type"])
            assert (200, kind, b"") == (head.status, head.headers["content-type"], head.body)
            assert b"planted" not in page.body
        text = program.get("/").body.decode()
        assert "0 of 2 tenants up, 2 not polled yet" in text
        assert ["acme", "globex"] == re.findall(r"<strong>(.*?)</strong>", text)
    assert 0 == simulator.calls()


def test_the_targets_are_the_names_of_tenants(simulator: Simulator, tmp_path: Path) -> None:
    """The targets are a list with an entry for each tenant, in the order of the configuration."""
    for name in ("globex", "acme"):
        simulator.add_tenant(name)
    with started(*configured(simulator, tmp_path), directory=tmp_path) as program:
        expected = [{"targets": ["globex"], "labels": {}}, {"targets": ["acme"], "labels": {}}]
        assert expected == json.loads(program.get("/sd").body)


def test_every_link_of_the_status_page_leads_somewhere(simulator: Simulator, tmp_path: Path) -> None:
    """Each link of the page, to the path of all metrics as it was given too, is answered with a 200."""
    simulator.add_tenant("acme", users=1)
    flags = ("--web.telemetry-path=//all-of-it", *configured(simulator, tmp_path))
    with started(*flags, directory=tmp_path) as program:
        links = re.findall(r'href="\.([^"]+)"', program.get("/").body.decode())
        assert {"//all-of-it", "/metrics/self", "/sd", "/-/healthy", "/probe?target=acme"} == set(links)
        assert [200] * len(links) == [program.get(link).status for link in links]


def test_chromium_shows_the_status_page(simulator: Simulator, tmp_path: Path, tool: Callable[[str], str]) -> None:
    """In Chromium the page has its table, with healthy and failing tenants and none of their hostile titles."""
    browser = tool("chromium")
    simulator.add_tenant("acme", users=5)
    simulator.add_tenant("globex", users=5).fail("app_forbidden")
    simulator.add_tenant("initech", users=5).serve(
        b'{"meta":{"status":200},"data":[{"training":[{"title":"<script>planted</script>","watched":true}]}],"fail":[]}'
    )
    quiet = ("background-networking", "component-update", "sync", "quic", "gpu", "dev-shm-usage")
    flags = ("--headless", "--no-sandbox", "--no-first-run", *(f"--disable-{name}" for name in quiet))
    with started(*configured(simulator, tmp_path), directory=tmp_path) as program:
        program.get("/metrics")
        shown = subprocess.run(
            [browser, *flags, f"--user-data-dir={tmp_path}/profile", "--dump-dom", f"http://127.0.0.1:{program.port}/"],
            capture_output=True,
            timeout=60,
            check=True,
        ).stdout.decode()
    assert 3 == shown.count("<table>")
    assert '<th scope="row">training</th>' in shown
    assert "<b>forbidden</b>: give the role" in shown
    assert "planted" not in shown
