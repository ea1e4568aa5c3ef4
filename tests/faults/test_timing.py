"""Faults in the middle of things, through the whole exporter: late answers, connections that die, tokens, clocks."""

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Unpack

import pytest
from outcome import OUTCOMES
from pool import play_all
from program import wait_until
from stage import REFRESH, Stage, one_root

from exporter.errors import Reason
from exporter.simulator import TOKEN_PATH
from exporter.simulator.fault import encoding, framing, status, transport
from exporter.simulator.tenant import TenantOptions

OF_ANY_PATH = [fault.name for family in (transport, framing, encoding, status) for fault in family.FAULTS]


@contextmanager
def stage(
    directory: Path,
    timeout: float = 60.0,
    collectors: str = "training",
    **options: Unpack[TenantOptions],
) -> Iterator[Stage]:
    """Open a stage, and see that nothing was sent that should not be."""
    made = Stage("acme", timeout, one_root(directory), collectors=collectors, options=options)
    with made.open():
        yield made
    assert () == made.house.simulator.violations
    assert () == made.house.simulator.arrivals


@pytest.mark.parametrize("api", [1, 2])
@pytest.mark.parametrize("later", [False, True], ids=["first", "later"])
def test_a_late_answer(tmp_path: Path, api: Literal[1, 2], later: bool) -> None:  # noqa: FBT001 - a parameter
    """A scrape does not wait for an answer that is late, and the next one has it, without another call (row 5)."""
    with stage(tmp_path, api=api) as late:
        old = late.snapshot(late.scrape()) if later else {}
        late.turn_to(REFRESH)
        before = len(late.house.simulator.journal)
        late.tenant.fail("slow", seconds=1.0)
        assert old == late.snapshot(late.scrape(seconds=0.2))
        page = late.scrape()
        assert late.expected("", {}) == pytest.approx(late.snapshot(page))
        assert "d" == late.calls(before)[-1:] == late.calls(before).replace("t", "")


def test_an_answer_that_comes_in_pieces(tmp_path: Path) -> None:
    """An answer that comes in pieces is shown if it is whole in time, and else not at all (row 5)."""
    with stage(tmp_path, timeout=2.0) as jittery:
        jittery.tenant.fail("jitter", seconds=0.2)
        assert 1.0 == jittery.scrape()[jittery.series("up")]
        jittery.turn_to(2 * REFRESH)
        jittery.tenant.clear_faults()
        jittery.tenant.fail("jitter", seconds=20.0)
        page = jittery.scrape()
        assert 1.0 == page[jittery.series("collector_failing", collector="training", reason="timeout")]
        assert {} == jittery.snapshot(page)


@pytest.mark.parametrize("api", [1, 2])
def test_a_connection_that_dies_between_two_pages(tmp_path: Path, api: Literal[1, 2]) -> None:
    """A connection that is closed between two requests is replaced unseen, the request signed anew (row 14)."""
    with stage(tmp_path, api=api, keep_alive=True, page_size=5) as dying:
        dying.tenant.fail("close_idle", times=2)
        page = dying.scrape()
        assert 1.0 == page[dying.series("up")]
        assert 12.0 == page[dying.series("training_users")]
        codes = {key for key in page if key.startswith("mimecast_exporter_api_requests_total")}
        assert {dying.series("exporter_api_requests_total", code="200")} == codes
        assert "ddd" == dying.calls().removeprefix("t")


@pytest.mark.parametrize("api", [1, 2])
@pytest.mark.parametrize(
    ("fault", "seconds", "reason"),
    [
        ("date_off", -840, None),
        ("date_off", 960, None),
        ("http_401", 0, Reason.UNAUTHORIZED),
        ("clock_skew", 240, Reason.UNAUTHORIZED),
        ("clock_skew", 840, Reason.CLOCK_SKEW),
        ("clock_skew", 960, Reason.CLOCK_SKEW),
        ("clock_skew", -960, Reason.CLOCK_SKEW),
        ("clock_skew", 86400, Reason.CLOCK_SKEW),
    ],
)
def test_clocks_that_differ(
    tmp_path: Path, api: Literal[1, 2], fault: str, seconds: float, reason: Reason | None
) -> None:
    """How far the clocks are apart is shown, and is the reason of a refusal if it is over 300 s (row 73)."""
    with stage(tmp_path, api=api) as apart:
        apart.tenant.fail(fault, seconds=seconds)
        page = apart.scrape()
        assert seconds == pytest.approx(page[apart.series("api_clock_skew_seconds")], abs=2)
        assert float(reason is None) == page[apart.series("up")]
        failing = apart.series("collector_failing", collector="training", reason=str(reason))
        assert float(reason is not None) == page.get(failing, 0.0)


def test_a_token_that_ends_within_a_scrape(tmp_path: Path) -> None:
    """A token that is revoked between two collectors is renewed once, and all numbers are fresh (row 75)."""
    with stage(tmp_path, api=2, collectors="training, queue") as revoked:
        assert 1.0 == revoked.scrape()[revoked.series("up")]
        revoked.turn_to(REFRESH)
        before = len(revoked.house.simulator.journal)
        revoked.tenant.fail("token_revoked", first=2, times=1)
        page = revoked.scrape()
        assert 1.0 == page[revoked.series("up")]
        assert ["data", "data", "token", "data"] == [
            "token" if call.path == TOKEN_PATH else "data" for call in revoked.house.simulator.journal[before:]
        ]
        now = revoked.house.hands.now().timestamp()
        ended = [value for key, value in page.items() if "last_success" in key]
        assert [now, now] == pytest.approx(ended, abs=2)


def test_fifty_scrapes_without_a_token(tmp_path: Path) -> None:
    """Fifty scrapes at once that find no token ask for one, once (row 79)."""
    with stage(tmp_path, api=2) as cold, ThreadPoolExecutor(50) as scrapers:
        pages = [*scrapers.map(lambda _: cold.snapshot(cold.scrape()), range(50))]
        assert "td" == cold.calls()
        assert [pages[0]] * 50 == pages
        assert cold.expected("", {}) == pytest.approx(pages[0])


@pytest.mark.parametrize("address", ["http://127.0.0.1:{}/", "HTTP://LOCALHOST:{}//", "http://127.0.0.1:{}"])
def test_what_is_signed_is_what_is_sent(tmp_path: Path, address: str) -> None:
    """However an address is written, and whatever the application key holds, the signature is right (row 84)."""
    with stage(tmp_path) as model:
        keys = model.tenant.credentials | {"application_key": "a:b c:d"}
    signed = Stage("acme", 60.0, one_root(tmp_path), options={"credentials": keys})
    signed.house.simulator.start()
    signed.base_url = address.format(signed.house.simulator.port)
    with signed.open():
        assert 1.0 == signed.scrape()[signed.series("up")]
    assert () == signed.house.simulator.violations


@dataclass(frozen=True)
class Case:
    """A fault of any path, put on the token endpoint."""

    fault: str


@pytest.fixture(scope="module")
def played(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Mapping[Case, Future[None]]:
    """The play of each fault of the token endpoint."""
    roots = one_root(tmp_path_factory.mktemp("roots"))
    return play_all(request, Case, lambda case: play(case, roots.parent))


@pytest.mark.parametrize("case", [*map(Case, OF_ANY_PATH)], ids=lambda case: case.fault)
def test_any_fault_of_the_token_endpoint(played: Mapping[Case, Future[None]], case: Case) -> None:
    """Without a good token neither data nor another token is asked for, and with one all is right (rows 76, 77)."""
    played[case].result()


def play(case: Case, directory: Path) -> None:
    """Scrape twice while the token endpoint misbehaves, and once when it no longer does."""
    is_slow = OUTCOMES[case.fault].reason is Reason.TIMEOUT
    with stage(directory, api=2, timeout=1.0 if is_slow else 60.0) as failing:
        failing.tenant.fail(case.fault, path=TOKEN_PATH, seconds=0.1)
        for _ in range(2):
            page = failing.scrape()
            if page[failing.series("up")] == 1.0:
                assert "td" == failing.calls()
                assert failing.expected("", {}) == pytest.approx(failing.snapshot(page))
                continue
            assert "t" == failing.calls()
            assert {} == failing.snapshot(page)
        failing.tenant.clear_faults()
        failing.turn_to(failing.now + 3600)
        assert 1.0 == failing.scrape()[failing.series("up")]
        wait_until(lambda: not failing.tenant.in_flight, "no request is in flight any more")
