"""Scrapes of the started program while the vendor takes its time: answered by their deadline (G5)."""

import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

import beside  # noqa: F401 - where the next ones are found
import pytest
from exact import read
from program import LOOPBACK, Program, started
from raw_server import raw_server
from relay import stall
from vendor import vendor
from witness import witness

OWN, OFFSET, HEADERS = 1.0, 0.5, (1.2, 5.0)
SETTINGS = f"scrape_timeout: {OWN}s\ndefaults: {{collectors: [training], refresh_interval: 0s, timeout: 3s}}\n"
SLOW = {
    "late": "slow",
    "jittery": "jitter",
    "hanging": "hang",
    "dripping-headers": "drip_headers",
    "dripping-body": "drip_body",
    "half": "half_body_silence",
    "token-hanging": "token_hang",
    "token-dripping": "drip_headers",
    "continuing": "endless_continue",
    "trailing": "endless_trailer",
    "endless": "endless_body",
}
# Nothing reads what they are sent, nor shakes hands.
UNREAD = {"unread": "http", "unshaken": "https"}


@contextmanager
def running(directory: Path) -> Iterator[Program]:
    """Start the program for tenants who take their time, each in its way, two of them on servers that read nothing."""
    with ExitStack() as stack:
        bad = stack.enter_context(vendor(*SLOW, *UNREAD))
        for name, fault in SLOW.items():
            bad.tell("fail", name, fault)
        stalling = stack.enter_context(raw_server(stall, reads=False))
        configuration = bad.configuration
        for name, scheme in UNREAD.items():
            start, _, rest = configuration.partition(f'- name: "{name}"\n    base_url: ')
            configuration = (
                f'{start}- name: "{name}"\n    base_url: "{scheme}://127.0.0.1:{stalling.port}"\n'
                + (rest.partition("\n")[2])
            )
        file = directory / "mimecast-exporter.yaml"
        file.write_text(f"{SETTINGS}tenants:\n{configuration}")
        file.chmod(0o600)
        with started(*LOOPBACK, directory=directory, measured=False) as program:
            assert program.port
            yield program
            assert 0 == program.end()


def late(program: Program, name: str, times: int) -> list[float]:
    """Scrape a tenant so many times; return by how many seconds each answer came after its deadline."""
    found = []
    for number in range(times):
        header = HEADERS[number % len(HEADERS)]
        began = time.monotonic()
        page = program.get(f"/probe?target={name}", x_prometheus_scrape_timeout_seconds=str(header))
        found.append(time.monotonic() - began - min(OWN, header - OFFSET))
        assert 200 == page.status
        assert 0.0 == read(page.body)[f'mimecast_up{{tenant="{name}"}}']
    return found


def test_scrapes_are_answered_by_their_deadline(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    """Each scrape ends 0.3 s after its deadline at most, what the machine is late aside (rows 3 to 7, 13, 17, 76)."""
    times = 100 if pytestconfig.getoption("--long") else 10
    names = [*SLOW, *UNREAD]
    with running(tmp_path) as program, ThreadPoolExecutor(len(names)) as scrapers:
        list(scrapers.map(lambda name: late(program, name, 1), names))
        with witness() as watching:
            found = dict(zip(names, scrapers.map(lambda name: late(program, name, times), names), strict=True))
    worst = max(found, key=lambda name: max(found[name]))
    machine = max(watching.delays)
    sys.stdout.write(
        f"{len(names)} x {times} scrapes, the latest {max(found[worst]):.3f} s after its deadline ({worst}), "
        f"the machine itself {machine:.3f} s late\n"
    )
    assert max(found[worst]) <= 0.3 + 3 * machine
    # Who comes late in a poll is answered when that ends, and who finds no token to be had at once.
    assert all(median(found[name]) > -0.05 for name in names if not name.startswith("token"))
