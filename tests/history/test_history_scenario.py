from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain

import pytest
from house import series_of

from history.catalogue import SCENARIOS
from history.fleet import fleet
from history.plant import Phase, plant
from history.scenario import EVERYTHING
from history.schedule import HOUR
from history.scraper import Scraper, Target
from history.story import is_within

END = datetime(2026, 11, 25, 12, tzinfo=UTC)
OWN = Target("mimecast", "127.0.0.1:10463", "/metrics/self")
RELOADED = "mimecast_exporter_config_last_reload_successful"


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_exporter_takes_its_configurations(name: str) -> None:
    """The exporter starts with each scenario's configuration, refuses the wrong one, and takes that of the end."""
    with plant(replace(SCENARIOS[name], pace=0.0), END - HOUR, END) as running:
        running.open()
        scraper = Scraper(running)
        found = []
        for phase in (Phase.USUAL, Phase.WRONG, Phase.FRESH):
            running.become(phase)
            page = scraper.scrape(OWN).page
            assert page is not None
            found.append(series_of(page.decode())[RELOADED])
        scraper.close()
    assert [1.0, 0.0, 1.0] == found


@pytest.mark.parametrize("name", SCENARIOS)
def test_all_is_well_in_the_end_but_in_the_fleet(name: str) -> None:
    """No incident goes on at the end of a history, so that the first look is a calm one; the fleet has four."""
    scenario = SCENARIOS[name]
    spans = [incident.span for account in scenario.accounts for incident in account.incidents]
    at_the_end = [span for span in (*spans, *scenario.outages, *scenario.typos) if is_within(span, END, END)]
    assert (4 if name == "fleet" else 0) == len(at_the_end)


def test_the_fleet() -> None:
    """The fleet has 200 tenants of different names, of both APIs, with 500 different titles over all."""
    accounts = fleet()
    assert 200 == len({account.name for account in accounts})
    assert {1: 100, 2: 100} == {api: sum(account.options["api"] == api for account in accounts) for api in (1, 2)}
    assert 500 == len(set(chain.from_iterable(account.options["names"] for account in accounts)))
    titles = [account.options["titles"] + account.options["upcoming"] for account in accounts]
    assert titles == [len(account.options["names"]) for account in accounts]


def test_what_the_small_one_shows() -> None:
    """The three tenants have all collectors, those of API 2.0 and training alone, and departments in one."""
    accounts = SCENARIOS["small"].accounts
    assert [EVERYTHING, 9, ("training",)] == [
        accounts[0].settings["collectors"],
        len(tuple(str(accounts[1].settings["collectors"]).split(", "))),
        accounts[2].settings["collectors"],
    ]
    assert [True, None, None] == [account.settings.get("departments") for account in accounts]
    assert timedelta(days=90) == SCENARIOS["small"].rhythm.length
