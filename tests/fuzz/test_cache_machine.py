"""Any story of scrapes, clocks, failures and reloads, in the whole exporter over sockets, against the model (G11)."""

import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from cache_model import Bad
from cache_world import NAMES, Settings, World
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from program import wait_until
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from exporter.commands import assembly

SHORT, LONG = 20, 5000
BOTH = ("signed", "token")
TENANTS = st.sampled_from(BOTH)
COLLECTORS = st.sampled_from(NAMES)
SETTINGS = st.builds(
    Settings, st.sampled_from((0, 20, 60, 300)), st.sampled_from((0, 10, 600)), st.sampled_from((0, 60, 3600))
)
SPANS = st.sampled_from((0.25, 1, 5, 10, 19, 20, 29, 30, 31, 60, 61, 120, 240, 300, 600, 610, 900, 3600, 4200, 86400))
EARLY = st.sampled_from((1, 0.25, 0, 0, 0, -0.25))
STEPS = st.sampled_from((-86400, -3600, -1, 1, 3600, 86400))
FAILURES = st.sampled_from(
    (
        Bad("http_400", "http_4xx"),
        Bad("http_403", "forbidden", is_refusal=True),
        Bad("http_418", "binding_expired"),
        Bad("http_500", "http_5xx"),
        Bad("http_202", "http_other"),
        Bad("redirect_307", "redirect"),
        Bad("html_200", "not_json"),
        Bad("cut_json", "not_json"),
        Bad("cut_body", "incomplete"),
        Bad("fail_with_data", "api_error"),
        Bad("data_object", "schema"),
        Bad("gzip_corrupt", "encoding"),
        Bad("bad_chunk", "protocol"),
        Bad("rate_limited_none", "rate_limited", wait=60),
        Bad("rate_limited_forever", "rate_limited", wait=3600),
    )
)
WAITS = st.builds(
    lambda fault, wait: Bad(fault, "http_5xx" if fault.startswith("unavailable") else "rate_limited", wait=wait),
    st.sampled_from(("rate_limited", "rate_limited_retry_after_seconds", "unavailable_retry_after")),
    st.sampled_from((1, 5, 45, 400)),
)
PATIENCE = 20.0


class Gate:
    """Holds an answer back until it is opened."""

    def __init__(self) -> None:
        self.asked = threading.Semaphore(0)
        self.open = threading.Event()

    def __call__(self, content: bytes) -> bytes:
        self.asked.release()
        self.open.wait(PATIENCE)
        return content


class CacheMachine(RuleBasedStateMachine):
    """What can happen, in any order; after each step the exporter knows what the model knows, and has asked no more."""

    world: World

    @initialize(settings=SETTINGS)
    def begin(self, settings: Settings) -> None:
        self.world = World(settings)

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.world.close()

    @rule(tenant=TENANTS, collector=COLLECTORS)
    def answer_well(self, tenant: str, collector: str) -> None:
        self.world.serve(tenant, collector)

    @rule(tenant=TENANTS, collector=COLLECTORS, bad=FAILURES | WAITS)
    def answer_badly(self, tenant: str, collector: str, bad: Bad) -> None:
        self.world.misbehave(tenant, collector, bad)

    @rule(seconds=SPANS)
    def time_passes(self, seconds: float) -> None:
        self.world.house.turn(seconds)

    @rule(
        tenant=TENANTS, collector=COLLECTORS, polls=st.lists(st.tuples(EARLY, st.none() | FAILURES | WAITS), min_size=1)
    )
    def scraped_when_almost_due(self, tenant: str, collector: str, polls: list[tuple[float, Bad | None]]) -> None:
        """Scrape about when polls are due, which are answered well (None) or badly."""
        world = self.world
        for early, bad in polls:
            if bad:
                world.misbehave(tenant, collector, bad)
            else:
                world.serve(tenant, collector)
            world.house.turn(max(world.tenants[tenant].next_call(collector, world.now()) - early, 0))
            self.scrape(BOTH, NAMES)

    @rule(tenant=TENANTS, collector=COLLECTORS, more=st.sampled_from((-1, -0.25, 0, 0.25)))
    def almost_too_old(self, tenant: str, collector: str, more: float) -> None:
        world = self.world
        world.house.turn(max(world.tenants[tenant].units[collector].too_old_in(world.now()) + more, 0))

    @rule(seconds=STEPS)
    def wall_clocks_step(self, seconds: float) -> None:
        house = self.world.house
        house.hands.set_wall(seconds)
        house.simulator.clock.set(house.simulator.clock.now() + timedelta(seconds=seconds))

    @rule(skew=st.sampled_from((0, 200, -200, 600, -600, 1200, -1200)))
    def our_clock_is_wrong(self, skew: float) -> None:
        self.world.house.hands.set_wall(self.world.skew - skew)
        self.world.skew = skew

    @rule(tenants=st.sampled_from((BOTH, BOTH[:1], BOTH[1:])), names=st.sampled_from((NAMES, NAMES[:1], NAMES[1:])))
    def scrape(self, tenants: tuple[str, ...], names: tuple[str, ...]) -> None:
        world = self.world
        page = world.page(tenants, names, PATIENCE)
        world.polled(tenants, names)
        world.check(page, tenants, names)

    @precondition(lambda self: self.world.settings.refresh and self.world.settings.of_safe_score)
    @rule()
    def many_scrape_at_once(self) -> None:
        world = self.world
        with ThreadPoolExecutor(5) as scrapers:
            scrapes = [scrapers.submit(world.page, BOTH, NAMES, PATIENCE) for _ in range(5)]
            pages = [scrape.result() for scrape in scrapes]
        world.polled(BOTH, NAMES)
        for page in pages:
            world.check(page, BOTH, NAMES)

    @rule(settings=st.none() | SETTINGS)
    def reload(self, settings: Settings | None) -> None:
        self.world.reload(settings or self.world.settings)

    @rule(tenant=TENANTS, collector=COLLECTORS, seconds=st.sampled_from((0, 1, 25)), settings=st.none() | SETTINGS)
    def poll_hangs(self, tenant: str, collector: str, seconds: float, settings: Settings | None) -> None:
        """Let a poll hang while time passes; then it ends, or a reload does not wait for it."""
        world, gate = self.world, Gate()
        self.our_clock_is_wrong(0)
        world.house.turn(world.tenants[tenant].next_call(collector, world.now()))
        world.serve(tenant, collector, gate)
        answer = world.due(tenant)[collector]
        world.check(world.page((tenant,), (collector,), 0.01), (tenant,), (collector,))
        assert gate.asked.acquire(timeout=PATIENCE)
        world.house.turn(seconds)
        world.check(world.page(BOTH, NAMES, None), BOTH, NAMES)
        if settings is not None and settings != world.settings:
            world.tenants[tenant].calls[collector] += 1
            world.reload(settings)
            gate.open.set()
            return
        gate.open.set()
        if world.tenants[tenant].units[collector].terms.refresh == 0:
            # A scrape that came too late to join would poll again.
            wait_until(lambda: not world.is_polling(), "the end of the poll")
            world.tenants[tenant].poll(collector, answer, world.now())
            return
        page = world.page((tenant,), NAMES, PATIENCE)
        world.tenants[tenant].poll(collector, answer, world.now())
        world.polled((tenant,), [each for each in NAMES if each != collector])
        world.check(page, (tenant,), NAMES)

    @invariant()
    def all_is_known_and_nothing_more_asked(self) -> None:
        world = self.world
        world.check(world.page(BOTH, NAMES, None), BOTH, NAMES)
        due = {(name, each): tenant.calls[each] for name, tenant in world.tenants.items() for each in NAMES}
        assert due == world.calls()
        assert () == world.house.simulator.violations
        assert () == world.house.simulator.arrivals


def test_any_story_of_the_cache(pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whatever happens, a page shows one whole good answer or a gap, why polls fail, and nothing more is asked."""
    first, end, _ = Path(DEFAULT_CA_BUNDLE_PATH).read_text(encoding="utf-8").partition("-----END CERTIFICATE-----\n")
    (tmp_path / "root.pem").write_text(first + end, encoding="utf-8")
    # All the usual roots would cost most of the time, and nothing here speaks TLS.
    monkeypatch.setattr(assembly, "DEFAULT_CA_BUNDLE_PATH", str(tmp_path / "root.pem"))
    examples = LONG if pytestconfig.getoption("--long") else SHORT
    began = time.monotonic()
    run_state_machine_as_test(CacheMachine, settings=settings(max_examples=examples, stateful_step_count=30))
    sys.stdout.write(f"{examples} stories in {time.monotonic() - began:.0f} s\n")
