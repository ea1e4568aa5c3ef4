"""One tenant in a bad state beside two in a good one, in the started program: whom it disturbs (G7)."""

import math
import os
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from exact import read
from program import LOOPBACK, Program, started
from vendor import USERS, Vendor, vendor
from witness import p99, witness

SETTINGS = "defaults: {collectors: [training], refresh_interval: 0s, timeout: 5s}\n"
GOOD = ("good", "token-good")
STATES = ("hang", "reset", "endless_body", "gzip_bomb", "many_titles")
MORE_STATES = (
    "refuse_close",
    "drip_headers",
    "half_body_silence",
    "slow",
    "endless_continue",
    "endless_trailer",
    "endless_headers",
    "negative_chunk",
    "nested_gzip_bomb",
    "deep_nesting",
    "fields_wrong",
    "http_503",
    "rate_limited",
    "redirect_307",
    "next_endless",
)
ROUNDS, MORE_ROUNDS = 40, 150
PACE = 0.2
MOST, TRIES = 0.05, 3
SCRAPE = "/probe?target="


@dataclass(frozen=True)
class Seen:
    """How long the good ones' scrapes took, and how late the machine was meanwhile, 99 % of the times, in seconds."""

    took: float
    machine: float


@contextmanager
def running(directory: Path) -> Iterator[tuple[Program, Vendor]]:
    """Start the program for a tenant that is to be bad and two good ones, whose vendor is not the other's."""
    with ExitStack() as stack:
        bad = stack.enter_context(vendor("bad"))
        good = stack.enter_context(vendor(*GOOD))
        file = directory / "mimecast-exporter.yaml"
        file.write_text(f"{SETTINGS}tenants:\n{bad.configuration}{good.configuration}")
        file.chmod(0o600)
        with started(*LOOPBACK, directory=directory, measured=False) as program:
            assert program.port
            yield program, bad
            assert "0" == good.tell("violations") == bad.tell("violations")
            assert 0 == program.end()


def seen(program: Program, rounds: int) -> Seen:
    """Scrape the good tenants in turn, each time with their own numbers."""
    times, bodies = [], []
    with witness() as watching:
        for name in GOOD * rounds:
            began = time.monotonic()
            page = program.get(f"{SCRAPE}{name}")
            times.append(time.monotonic() - began)
            bodies.append((name, page.body))
    for name, body in bodies:
        series = read(body)
        assert 1.0 == series[f'mimecast_up{{tenant="{name}"}}']
        assert USERS + GOOD.index(name) == series[f'mimecast_training_users{{tenant="{name}"}}']
        assert {name} == {key.split('tenant="')[1].split('"')[0] for key in series}
    return Seen(p99(times), p99(watching.delays))


@contextmanager
def scraped_again_and_again(program: Program) -> Iterator[None]:
    """Scrape the tenant that is or will be bad all the while, twice at a time."""
    over = threading.Event()

    def scrape_bad() -> None:
        while not over.wait(PACE):
            assert 200 == program.get(f"{SCRAPE}bad", x_prometheus_scrape_timeout_seconds="1.5").status

    with ThreadPoolExecutor(2) as scrapers:
        runs = [scrapers.submit(scrape_bad) for _ in range(2)]
        try:
            yield
        finally:
            over.set()
        for run in runs:
            run.result()


def disturbance(program: Program, bad: Vendor, state: str, rounds: int) -> float:
    """Return by how many seconds a state makes the good ones' scrapes later than they are without it."""
    undisturbed = seen(program, rounds)
    bad.tell("fail", "bad", state)
    disturbed = seen(program, rounds)
    bad.tell("clear", "bad")
    by_machine = max(0.0, disturbed.machine - undisturbed.machine)
    later = disturbed.took - undisturbed.took - by_machine
    sys.stdout.write(f"{state}: p99 {1000 * disturbed.took:.1f} ms, {1000 * later:+.1f} ms\n")
    return later


def test_a_bad_tenant_disturbs_no_other(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    """Whatever state one tenant is in, two others are right, and 50 ms later at most than if there were none (G7)."""
    is_long = pytestconfig.getoption("--long")
    states, rounds = ((*STATES, *MORE_STATES), MORE_ROUNDS) if is_long else (STATES, ROUNDS)
    # Other processes of the test run take their part of the processors, and make all of it several times slower.
    most = 4 * MOST if "PYTEST_XDIST_WORKER" in os.environ else MOST
    found: dict[str, float] = {}
    with running(tmp_path) as (program, bad), scraped_again_and_again(program):
        seen(program, rounds)
        for state in states:
            # Others' work on this machine disturbs as well, but not each time.
            tries = (disturbance(program, bad, state, rounds) for _ in range(TRIES))
            found[state] = next((later for later in tries if later <= most), math.inf)
    worst = max(found, key=lambda state: found[state])
    sys.stdout.write(f"{len(found)} states: the others {1000 * found[worst]:+.1f} ms at most ({worst})\n")
    assert found[worst] <= most
