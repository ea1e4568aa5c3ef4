import logging
from pathlib import Path

import nearby  # noqa: F401 - where others are found
import pytest
from manner import check_manners
from soak import MIB, Soak, soaking
from telltale import told

# Seconds of warming up, of the soak, between two polls, and at most between two scrapes of one scraper.
SHORT = (2.0, 18.0, 0.5, 1.0)
LONG = (300.0, 1800.0, 1.0, 1.5)

log = logging.getLogger(__name__)


def test_nothing_is_wrong_while_almost_everything_fails(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    """No scrape fails, none shows what was not served, too old or out of order, and nothing is held or told (G2-4)."""
    is_long = bool(pytestconfig.getoption("--long"))
    warming, seconds, refresh, pause = LONG if is_long else SHORT
    with soaking(tmp_path, refresh, pause) as soak:
        if is_long:
            soak.misbehave(is_long=True)
        soak.run(warming)
        before = soak.rest()
        soak.misbehave(is_long=is_long)
        soak.run(seconds)
        after = soak.rest_with(before)
        log.info("G2: %.0f s: %s; %s", seconds, soak, after.more_than(before))
        check_manners(soak.population)
        shown = [*soak.judgement.keys, *map(str, other_pages(soak))]
    lines = [*soak.program.out, *soak.program.err]
    assert [f"may be told: {name}" for name in sorted(soak.population.tenants)] == told(
        soak.population, [*shown, *lines]
    )
    assert [] == [line for line in lines if "Traceback" in line or "reason=internal" in line]
    assert soak.judgement.snapshots > seconds / 3
    assert not is_long or after.memory - before.memory <= 8 * MIB


def other_pages(soak: Soak) -> list[object]:
    """Return the other pages, with their headers."""
    pages = [soak.program.get(path) for path in ("/", "/metrics/self", "/sd", "/probe?target=nobody")]
    assert [200, 200, 200, 400] == [page.status for page in pages]
    return [(page.headers, page.body) for page in pages]
