"""What answers of any size cost the started program: memory, and no more time than a poll has (G9)."""

import re
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from pathlib import Path

import beside  # noqa: F401 - where the next ones are found
import pytest
from exact import read
from house import House
from proc import Proc
from program import LOOPBACK, Program, started, wait_until
from vendor import Vendor, vendor

from exporter.simulator.answer import envelope

MIB = 1 << 20
HEAP = 64 * MIB
MAPPED = re.compile(r"(?P<start>[0-9a-f]+)-(?P<end>[0-9a-f]+) (?P<rights>\S+)")
TIMEOUT = 2.0
SETTINGS = f"defaults: {{collectors: [training], refresh_interval: 0s, timeout: {TIMEOUT}s, titles: {{limit: 50}}"
LARGE = {
    "huge_length": 8,
    "endless_length": 8,
    "endless_headers": 8,
    "endless_continue": 8,
    "huge_header": 32,
    "many_headers": 8,
    "gzip_bomb": 32,
    "nested_gzip_bomb": 32,
    "endless_body": 32,
    "big_body": 32,
    "spaces": 32,
    "negative_chunk": 32,
    "endless_chunk_line": 8,
    "endless_trailer": 8,
    "deep_nesting": 32,
    "long_titles": 32,
}


@contextmanager
def running(directory: Path, most: str) -> Iterator[tuple[Program, Vendor, Proc]]:
    """Start the program for one tenant, whose answers may be as large as said, and have it warm."""
    with ExitStack() as stack:
        bad = stack.enter_context(vendor("acme"))
        file = directory / "mimecast-exporter.yaml"
        file.write_text(f"{SETTINGS}, max_response_size: {most}}}\ntenants:\n{bad.configuration}")
        file.chmod(0o600)
        with started(*LOOPBACK, directory=directory, measured=False) as program:
            for _ in range(3):
                assert 1.0 == read(program.get("/metrics").body)['mimecast_up{tenant="acme"}']
            yield program, bad, Proc(program.process.pid)
            assert 0 == program.end()


@pytest.mark.parametrize("most", ["256MiB", "16GiB"])
def test_large_answers(tmp_path: Path, most: str) -> None:
    """No answer, however large, takes more than its memory or the time of a poll, or is drained (rows 11 to 17, G9)."""
    # Where no limit ends it, the deadline does; a gigabyte of white space would be a right answer.
    faults = [fault for fault in LARGE if most != "16GiB" or fault == "endless_body"]
    with running(tmp_path, most) as (program, bad, process):
        for fault in faults:
            bad.tell("fail", "acme", fault)
            process.forget_peak()
            before, began = process.memory, time.monotonic()
            assert 200 == program.get("/metrics").status
            took, grown = time.monotonic() - began, process.peak - before
            sys.stdout.write(f"{most} {fault}: {grown / MIB:+.1f} MiB, {took:.2f} s\n")
            assert grown <= LARGE[fault] * MIB
            assert took <= TIMEOUT + 3.0
            wait_until(lambda: bad.tell("flying", "acme") == "0", "the connection is dropped", 5.0)
            bad.tell("clear", "acme")


def test_new_ids_with_every_answer(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    """Ids that are gone have no series at once, and however many there have been, none is kept (row 64)."""
    rounds = 500 if pytestconfig.getoption("--long") else 120
    with running(tmp_path, "256MiB") as (program, bad, process):
        bad.tell("fail", "acme", "new_ids")
        pages = [ids(program) for _ in range(20)]
        before = process.memory
        pages += [ids(program) for _ in range(rounds)]
        grown = process.memory - before
    sys.stdout.write(f"{rounds} answers with new ids: {grown / MIB:+.2f} MiB\n")
    assert all(not one & other for one, other in pairwise(pages))
    assert {5} == {len(page) for page in pages}
    assert grown < 4 * MIB


def test_threads_share_one_heap(tmp_path: Path) -> None:
    """Of however many threads, each is woken in time, and all use the heap that the program was started with."""
    with running(tmp_path, "256MiB") as (program, _, process), ThreadPoolExecutor(16) as scrapers:
        pages = list(scrapers.map(lambda _: program.get("/metrics"), range(200)))
        assert {200} == {page.status for page in pages}
        assert [] == further_heaps(process.pid)
        threads = [int(thread.name) for thread in Path(f"/proc/{process.pid}/task").iterdir()]
        assert {"1\n"} == {Path(f"/proc/{thread}/timerslack_ns").read_text() for thread in threads}


def further_heaps(pid: int) -> list[str]:
    """Return glibc's heaps of threads: each has 64 MiB of addresses to itself, of which the first part is in use."""
    spans = [MAPPED.match(line) for line in Path(f"/proc/{pid}/maps").read_text().splitlines()]
    mapped = [(int(span["start"], 16), int(span["end"], 16), span["rights"]) for span in spans if span]
    return [
        f"{start:x}-{end:x}"
        for (start, middle, used), (follows, end, rest) in pairwise(mapped)
        if (used, rest, middle, end - start) == ("rw-p", "---p", follows, HEAP)
    ]


def ids(program: Program) -> set[str]:
    """Return the series of the ids that are new with each answer."""
    page = read(program.get("/metrics").body)
    return {key for key in page if key.startswith("mimecast_training_title_info") and 'title="Odd"' in key}


@pytest.mark.parametrize("number", [10_000, 100_000])
def test_many_titles(house: House, number: int) -> None:
    """Of any number of titles the most assigned are shown, by name where equal, and the rest as one (row 66)."""
    # Title n is assigned once, and the first ten once more.
    titles = [f"Title {place:06}" for place in range(number)]
    rows = [f'{{"title":"{title}","watched":false}}' for title in [*titles, *titles[:10]]]
    people = [",".join(rows[start : start + 100]) for start in range(0, len(rows), 100)]
    data = ",".join(f'{{"training":[{person}]}}' for person in people)
    tenant = house.simulator.add_tenant("acme", users=1)
    tenant.serve(envelope(f"[{data}]".encode()))
    house.build("titles: {limit: 20}, histogram_days: []")
    page = house.scrape(seconds=60.0)
    shown = {key: count for key, count in page.items() if key.startswith("mimecast_training_assigned")}
    name = 'mimecast_training_assigned{{tenant="acme",title="{}"}}'
    expected = {name.format(title): 2.0 if place < 10 else 1.0 for place, title in enumerate(titles[:20])}
    assert expected | {name.format("(other titles)"): number - 20.0} == shown
    assert (number, number + 10) == (
        page['mimecast_training_titles{tenant="acme"}'],
        page['mimecast_collector_records{collector="training",tenant="acme"}'],
    )
