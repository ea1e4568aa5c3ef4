"""Every fault through the whole exporter: its page, its counters, its log lines, its manners (G1, G3, G4)."""

import re
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final, Literal

import pytest
from outcome import OUTCOMES, Outcome, calls
from planting import forms, secrets, told
from pool import play_all
from program import wait_until
from stage import REFRESH, STALENESS, Lines, Series, Stage, one_root, sums

from exporter.errors import Reason
from exporter.hint import HINTS
from exporter.mimecast import client
from exporter.simulator import FAULTS, TOKEN_PATH

PACE = 30.0
# Of faults that take their time, or much of the processor's.
SECONDS = {"slow": 0.05, "jitter": 0.2, "endless_continue": 0.05, "endless_trailer": 0.05}
DEBUG = re.compile(r'ts=\S+ level=debug msg="request path=/[a-z/-]+ status=[a-z0-9]+ seconds=[0-9.]+"')


@dataclass(frozen=True)
class Case:
    """A fault, for one kind of credentials, on the first poll or after a good one."""

    fault: str
    api: Literal[1, 2]
    later: bool

    def __str__(self) -> str:
        """Return its name, which is its tenant's too."""
        return f"{self.fault}-{self.api}-{'later' if self.later else 'first'}"

    @property
    def outcome(self) -> Outcome:
        """What is declared."""
        return OUTCOMES[self.fault]


APIS: Final[tuple[Literal[1, 2], ...]] = (1, 2)
CASES = [
    Case(fault, api, later)
    for fault in OUTCOMES
    for api in APIS
    for later in (False, True)
    if api == 2 or fault not in FAULTS or not FAULTS[fault].of_token
]


@pytest.fixture(scope="module")
def played(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mapping[Case, Future[float]]]:
    """The play of each case that is asked for, many at once."""
    roots = one_root(tmp_path_factory.mktemp("roots"))
    with Lines().listening() as lines, pytest.MonkeyPatch.context() as patch:
        patch.setattr(client, "_MOST_PAGES", 20)
        yield play_all(request, Case, lambda case: play(case, lines, roots))
        assert [] == [line for _, line in lines.of[""] if not DEBUG.fullmatch(line)]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_fault_has_its_outcome(played: Mapping[Case, Future[float]], case: Case) -> None:
    """Pages, counters, log lines and requests are as declared, and right again when the fault is over (G1, G3, G4)."""
    played[case].result()


def play(case: Case, lines: Lines, roots: Path) -> float:
    """Play a case to its end; return by how many seconds its slowest scrape was over its time."""
    is_slow = case.outcome.reason is Reason.TIMEOUT
    stage = Stage(str(case), 1.0 if is_slow else 60.0, roots, options={"api": case.api})
    with stage.open():
        good = begin(stage, case) if case.later else {}
        misbehave(stage, case)
        (play_right if case.outcome.reason is None else play_failure)(stage, case, good)
        stage.tenant.clear_faults()
        stage.turn_to(stage.now + 3600)
        assert stage.expected("", {}) == pytest.approx(stage.snapshot(stage.scrape()))
        check_manners(stage)
        check_lines(stage, case, lines.of[stage.name])
    return stage.longest - stage.timeout


def begin(stage: Stage, case: Case) -> Series:
    """Poll well, and let it be time for the next poll."""
    good = stage.snapshot(stage.scrape())
    assert stage.expected("", {}) == pytest.approx(good)
    if case.fault in FAULTS and FAULTS[case.fault].of_token:
        stage.tenant.revoke_tokens()
    stage.turn_to(REFRESH)
    return good


def misbehave(stage: Stage, case: Case) -> None:
    stage.tenant.fail(case.fault, seconds=SECONDS.get(case.fault))


def play_right(stage: Stage, case: Case, good: Series) -> None:
    """Scrape while the answers are strange, and right."""
    before = len(stage.house.simulator.journal)
    page = stage.scrape()
    assert 1.0 == page[stage.series("up")]
    expected, found = stage.expected(case.fault, case.outcome.odd), stage.snapshot(page)
    if case.outcome.sums:
        assert sums(expected) == pytest.approx(sums(found))
    else:
        assert expected == pytest.approx(found)
    check_calls(stage, case, before, page)


def play_failure(stage: Stage, case: Case, good: Series) -> None:
    """Scrape while polls fail: at once, when the old numbers are almost too old, when they are, and later."""
    before = len(stage.house.simulator.journal)
    page = check_failure(stage, case, good, failures=1)
    check_calls(stage, case, before, page)
    check_wait(stage, case, page)
    failed_at, most = stage.now, len(stage.house.simulator.journal)
    if case.later:
        stage.turn_to(REFRESH + STALENESS - 1)
        check_failure(stage, case, good, failures=1)
        stage.turn_to(REFRESH + STALENESS)
        check_failure(stage, case, {}, failures=1)
    else:
        check_failure(stage, case, {}, failures=1)
    assert most == len(stage.house.simulator.journal)
    stage.turn_to(failed_at + PACE)
    check_failure(stage, case, {}, failures=1 if case.outcome.wait > PACE else 2)


def check_failure(stage: Stage, case: Case, numbers: Series, failures: int) -> Series:
    """Scrape, and check that the page says what fails, and shows these numbers and no others; return its series."""
    page = stage.scrape()
    reason = str(case.outcome.reason)
    whose = {"collector": "training"}
    assert numbers == stage.snapshot(page)
    assert (0.0, 0.0) == (page[stage.series("up")], page[stage.series("collector_success", **whose)])
    failing = {key: value for key, value in page.items() if key.startswith("mimecast_collector_failing")}
    assert {stage.series("collector_failing", **whose, reason=reason): 1.0} == failing
    assert case.later == (stage.series("collector_last_success_timestamp_seconds", **whose) in page)
    counted = {key: value for key, value in page.items() if key.startswith("mimecast_exporter_poll_failures_total")}
    assert {stage.series("exporter_poll_failures_total", **whose, reason=reason): float(failures)} == counted
    assert failures + case.later == page[stage.series("exporter_polls_total", **whose)]
    return page


def check_wait(stage: Stage, case: Case, page: Series) -> None:
    """Check that the end of a wait that the vendor has just asked for is shown, and none where it has not."""
    until = page.get(stage.series("api_blocked_until_timestamp_seconds"))
    now = stage.house.hands.now().timestamp()
    assert until == (pytest.approx(now + case.outcome.wait, abs=1e-3) if case.outcome.wait else None)


def check_calls(stage: Stage, case: Case, before: int, page: Series) -> None:
    """Check that a poll has made the declared requests, each of them counted on its page."""
    assert calls(case.fault, case.api, later=case.later) == stage.calls(before)
    counted = [value for key, value in page.items() if key.startswith("mimecast_exporter_api_requests_total")]
    assert len(stage.house.simulator.journal) == sum(counted)


def check_manners(stage: Stage) -> None:
    """Check that nothing was sent that should not be, nor to whom it should not."""
    assert () == stage.house.simulator.violations
    assert () == stage.house.simulator.arrivals
    times = [call.monotonic for call in stage.house.simulator.journal if call.path == TOKEN_PATH]
    assert [] == [pair for pair in pairwise(times) if pair[1] - pair[0] < PACE - 2]


def check_lines(stage: Stage, case: Case, lines: list[tuple[dict[str, str], str]]) -> None:
    """Check that each change of state is one line, with what belongs to it, and that nothing secret is told."""
    down = [] if case.outcome.reason is None else ["collector down", "collector up"]
    up = ["collector up"] if case.later or not down else []
    wait_until(lambda: len(lines) >= len([*up, *down]), "the last change is told")
    assert [*up, *down] == [fields["msg"] for fields, _ in lines]
    sent = {call.request_id for call in stage.house.simulator.journal}
    for fields, line in lines:
        assert line.isprintable()
        assert case.api == 2 or fields["request_id"] in sent
        if fields["msg"] == "collector down":
            assert (case.outcome.reason, HINTS[Reason(fields["reason"])]) == (fields["reason"], fields["hint"])
            assert len(fields["detail"]) < 120
    assert [] == told(secrets(stage.tenant), *(line for _, line in lines), *(page.decode() for page in stage.pages))


def test_every_fault_is_declared() -> None:
    """Every fault of the simulator has an outcome, and none is declared that does not exist."""
    assert FAULTS.keys() == OUTCOMES.keys()


def test_no_scrape_is_late(played: Mapping[Case, Future[float]], pytestconfig: pytest.Config) -> None:
    """No scrape of a misbehaving tenant takes longer than its poll may, by more than half a second (G1)."""
    late = {str(case): future.result() for case, future in played.items()}
    worst = max(late, key=lambda name: late[name])
    sys.stdout.write(f"{len(late)} cases as declared; the slowest scrape {late[worst]:+.2f} s over its time, {worst}\n")
    assert late[worst] < (0.5 if pytestconfig.getoption("--long") else 5.0)


@pytest.mark.parametrize("wrap", ["{}", "Bearer {}", '{{"k":"{}"}}'])
def test_the_search_finds_what_is_planted(wrap: str) -> None:
    """A secret is found in each form, wherever it stands (G4)."""
    secret = "pl@nted/secret+of=40 characters or so...."
    for form in forms(secret):
        assert form in told(forms(secret), f"level=info detail={wrap.format(form)}\n")
