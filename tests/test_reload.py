"""Reloads: the configuration is replaced whole or not at all, and what has not changed stays as it is."""

import re
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from house import House, series_of
from program import LOOPBACK, Program, started, wait_until

from exporter.commands.assembly import reassemble
from exporter.exposition import Format
from exporter.scrape import Selection
from exporter.simulator import Simulator

RELOADED = "mimecast_exporter_config_last_reload_successful"


def reload(house: House, defaults: str = "") -> None:
    """Read the simulator's tenants anew and put them to work in place of what is."""
    assert house.assembly is not None
    loading = house.loading(defaults)
    house.assembly = reassemble(house.assembly, loading, Path(), house.instruments, house.hands)


def test_an_unchanged_tenant_keeps_its_snapshot(house: House) -> None:
    """After a reload a tenant of which nothing has changed is served from memory as before."""
    house.simulator.add_tenant("acme", users=3)
    house.build()
    before = house.scrape()
    house.simulator.add_tenant("globex", api=2, users=4)
    reload(house)
    page = house.scrape()
    assert before == {name: value for name, value in page.items() if 'tenant="acme"' in name}
    assert 4.0 == page['mimecast_training_users{tenant="globex"}']
    assert 1 == house.simulator.calls("acme")


def test_an_unchanged_tenant_is_polled_when_it_is_due(house: House) -> None:
    """After a reload a tenant of which nothing has changed is polled again as soon as it would have been without."""
    acme = house.simulator.add_tenant("acme", users=3)
    house.build("refresh_interval: 5m")
    house.scrape()
    reload(house, "refresh_interval: 5m")
    house.turn(301)
    page = house.scrape()
    assert [1.0, 3.0] == [page[f'mimecast_{name}{{tenant="acme"}}'] for name in ("up", "training_users")]
    assert 2 == house.simulator.calls(acme.name)


def test_a_changed_tenant_is_polled_anew(house: House) -> None:
    """After a reload a tenant with other settings shows nothing of before, and is polled with them."""
    house.simulator.add_tenant("acme", users=3)
    house.build()
    house.scrape()
    reload(house, "histogram_days: []")
    assert not [name for name in house.scrape(seconds=None) if "training" in name and "collector" not in name]
    assert not [name for name in house.scrape() if "_bucket" in name]
    assert 2 == house.simulator.calls("acme")


def test_a_gone_tenant_leaves_no_series(house: House) -> None:
    """After a reload without a tenant neither its numbers nor the counters of it are on any page."""
    house.simulator.add_tenant("acme", users=3)
    globex = house.simulator.add_tenant("globex", users=3)
    house.build()
    house.scrape()
    house.simulator.remove_tenant(globex.name)
    reload(house)
    assert not [name for name in (*house.scrape(), *house.own()) if "globex" in name]
    assert 1.0 == house.own()['mimecast_exporter_polls_total{collector="training",tenant="acme"}']


def test_what_is_in_flight_for_a_gone_tenant_is_discarded(house: House) -> None:
    """A flight of before a reload is published nowhere, and whoever waits for it goes on."""
    asked, opened = threading.Semaphore(0), threading.Event()

    def hold() -> bytes:
        asked.release()
        opened.wait(20)
        return b'{"meta":{"status":200},"data":[{"training":[]}],"fail":[]}'

    house.simulator.add_tenant("acme", users=3).serve(hold)
    house.build()
    with ThreadPoolExecutor(1) as scraper:
        old_page = scraper.submit(house.scrape)
        assert asked.acquire(timeout=20)
        house.simulator.tenants[0].serve(None)
        reload(house, "timeout: 30s")
        assert 0.0 == old_page.result(timeout=20)['mimecast_up{tenant="acme"}']
    opened.set()
    assert 3.0 == house.scrape()['mimecast_training_users{tenant="acme"}']


def test_a_late_scrape_of_the_old_is_all_of_the_old(house: House) -> None:
    """A scrape that began before a reload polls nothing more, and shows and counts nothing of the new (row 128)."""
    house.simulator.add_tenant("acme", users=3)
    house.simulator.add_tenant("gone", users=3)
    old = house.build()
    house.scrape("acme")
    house.simulator.remove_tenant("gone")
    house.simulator.add_tenant("globex", users=4)
    reload(house, "timeout: 30s")
    calls = house.simulator.calls()
    late = b"".join(old.scrapes.page(Selection(("acme", "gone")), 20.0, Format.TEXT, gzip=False).parts).decode()
    assert calls == house.simulator.calls()
    assert {"acme", "gone"} == set(re.findall(r'tenant="([^"]*)"', late))
    assert 3.0 == series_of(late)['mimecast_training_users{tenant="acme"}']
    assert not [name for name in house.own() if "gone" in name]


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """A simulated Mimecast that judges strictly, in real time."""
    with Simulator(strict=True) as simulator:
        simulator.add_tenant("acme", users=3)
        yield simulator


def own(program: Program) -> dict[str, float]:
    return series_of(program.get("/metrics/self").body.decode())


def test_sighup_reads_the_file_again(simulator: Simulator, tmp_path: Path) -> None:
    """After SIGHUP a tenant that was added to the file is served, and the counters go on."""
    file = tmp_path / "mimecast-exporter.yaml"
    file.write_text(simulator.configuration())
    with started(*LOOPBACK, directory=tmp_path) as program:
        program.get("/metrics")
        simulator.add_tenant("globex", api=2, users=4)
        file.write_text(simulator.configuration())
        program.process.send_signal(signal.SIGHUP)
        wait_until(lambda: any("configuration reloaded" in line for line in program.err), "the reload")
        page = series_of(program.get("/metrics").body.decode())
        assert [1.0, 1.0] == [page[f'mimecast_up{{tenant="{name}"}}'] for name in ("acme", "globex")]
        assert 1.0 == page['mimecast_exporter_polls_total{collector="training",tenant="acme"}']
        assert 1.0 == page[RELOADED]


@pytest.mark.parametrize("text", ["tenants: []\n", "tenants: [{name: acme}]\n", "{", "", None])
def test_a_bad_file_keeps_the_old_configuration(simulator: Simulator, tmp_path: Path, text: str | None) -> None:
    """After SIGHUP with a bad file, or none, the old configuration serves on, and the log and a metric say so."""
    file = tmp_path / "mimecast-exporter.yaml"
    file.write_text(simulator.configuration())
    with started("--config.file=mimecast-exporter.yaml", *LOOPBACK, directory=tmp_path) as program:
        before = program.get("/probe?target=acme").body
        if text is None:
            file.unlink()
        else:
            file.write_text(text)
        program.process.send_signal(signal.SIGHUP)
        wait_until(lambda: any("configuration refused" in line for line in program.err), "the refusal")
        assert 0.0 == own(program)[RELOADED]
        assert before == program.get("/probe?target=acme").body
        assert 0 == program.end()


def test_a_request_reads_the_file_again(simulator: Simulator, tmp_path: Path) -> None:
    """With --web.enable-lifecycle a POST or PUT reloads, or is a 500 with the reason while the old stays."""
    file = tmp_path / "mimecast-exporter.yaml"
    file.write_text(simulator.configuration())
    with started(*LOOPBACK, "--web.enable-lifecycle", directory=tmp_path) as program:
        assert [200, 200] == [program.get("/-/reload", method=method).status for method in ("POST", "PUT")]
        file.write_text("tenants: [{name: acme}]\n")
        refused = program.get("/-/reload", method="POST")
        assert 500 == refused.status
        assert b"tenants[0].credentials" in refused.body
        assert 0.0 == own(program)[RELOADED]
        allowed = program.get("/-/reload")
        assert (405, "POST, PUT") == (allowed.status, allowed.headers["allow"])


def test_without_the_flag_nobody_reloads(simulator: Simulator, tmp_path: Path) -> None:
    """Without --web.enable-lifecycle /-/reload is a 404 for every method."""
    (tmp_path / "mimecast-exporter.yaml").write_text(simulator.configuration())
    with started(*LOOPBACK, directory=tmp_path) as program:
        assert [404, 404] == [program.get("/-/reload", method=method).status for method in ("POST", "GET")]
