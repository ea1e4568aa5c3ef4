"""The way to the vendor, through the whole exporter: what goes wrong on it fails one tenant, and heals."""

import gc
import socket
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from operator import le
from pathlib import Path

import pytest
from names import Name, NameServer
from pool import play_all
from program import wait_until
from stage import REFRESH, Lines, Stage, one_root
from way import WAYS

from exporter.errors import Reason


@dataclass(frozen=True)
class Case:
    """A way, on the first poll or after a good one."""

    way: str
    later: bool

    def __str__(self) -> str:
        """Return its name, which is its tenant's too."""
        return f"{self.way}-{'later' if self.later else 'first'}"

    @property
    def reason(self) -> Reason | None:
        """Why polls fail."""
        return WAYS[self.way][1]


CASES = [Case(way, later) for way in WAYS for later in (False, True)]


def held() -> tuple[int, int]:
    """Return how many threads and open files there are; those who poll stay for two seconds, and do not count."""
    gc.collect()
    threads = [thread for thread in threading.enumerate() if thread.name != "poll"]
    return len(threads), len(list(Path("/proc/self/fd").iterdir()))


@pytest.fixture(scope="module")
def played(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mapping[Case, Future[None]]]:
    """The play of each case."""
    roots = one_root(tmp_path_factory.mktemp("roots"))
    before, server = held(), NameServer()
    with Lines().listening() as lines, pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", server)
        yield play_all(request, Case, partial(play, server, roots, lines))
        wait_until(lambda: all(map(le, held(), before)), "as many threads and files as before", 5.0)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_way_to_the_vendor(played: Mapping[Case, Future[None]], case: Case) -> None:
    """What goes wrong on the way fails one tenant with its reason, leaves nothing, and heals (rows 1 to 3, 18, 19)."""
    played[case].result()


def play(server: NameServer, roots: Path, lines: Lines, case: Case) -> None:
    """Scrape while the way is spoilt, and when it has healed."""
    host = f"127.7.{WAYS[case.way][1] is None:d}.{CASES.index(case) + 1}"
    name = server.names[host] = Name()
    stage = Stage(str(case), 1.0 if case.reason is Reason.TIMEOUT else 6.0, roots, f"http://{host}:1")
    stage.house.simulator.add_tenant("other", users=3)
    with stage.open():
        name.addresses = (("127.0.0.1", stage.house.simulator.port),)
        there = name.addresses
        if case.later:
            assert 1.0 == stage.scrape()[stage.series("up")]
            stage.turn_to(REFRESH)
        with WAYS[case.way][0](name):
            check(stage, case)
        name.failures, name.addresses = 0, there
        stage.turn_to(stage.now + REFRESH)
        assert 1.0 == stage.scrape()[stage.series("up")]
    assert () == stage.house.simulator.violations
    up = ["collector up"] * (case.later or not case.reason)
    expected = [*up, *["collector down", "collector up"] * bool(case.reason)]
    told = lines.of[stage.name]
    wait_until(lambda: len(told) >= len(expected), "the last change is told")
    assert expected == [fields["msg"] for fields, _ in told]


def check(stage: Stage, case: Case) -> None:
    """Scrape the other tenant, which has its numbers whatever becomes of this one, and then both, twice."""
    page = stage.scrape(path="/probe", query="target=other")
    assert 3.0 == page['mimecast_training_users{tenant="other"}']
    for _ in range(2):
        page = stage.scrape()
        failing = stage.series("collector_failing", collector="training", reason=str(case.reason))
        assert float(case.reason is None) == page[stage.series("up")]
        assert float(case.reason is not None) == page.get(failing, 0.0)
        assert (case.later or case.reason is None) == (stage.series("training_users") in page)
        assert 1.0 == page['mimecast_up{tenant="other"}']
