"""Run the benchmarks and print a table: figure, goal, ratio, verdict. The status is 1 if a goal is missed by half.

Every figure is a ratio within this run, because machines differ and are noisy. It needs the project installed.

    python benchmarks/run.py
"""

import http.client
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from document import document
from poll import least

from exporter.collectors.training import TRAINING
from exporter.config.settings import Settings
from exporter.exposition import Format, render
from exporter.mimecast.stream import read_page
from exporter.model import Sample
from exporter.simulator import Simulator

HERE = Path(__file__).parent
USERS = 10_000


@dataclass(frozen=True)
class Figure:
    """One measured figure and its goal; smaller is better."""

    name: str
    goal: float
    value: float
    unit: str = "x"

    def line(self) -> str:
        """Return its line of the table."""
        verdict = "ok" if self.value <= self.goal else "MISSED"
        return f"{self.name:<72} {self.goal:>8.3g} {self.value:>8.3g} {self.unit:<4} {verdict}"


def polls() -> list[Figure]:
    """Measure a poll of 10,000 users over loopback."""
    content = document(USERS)
    loads = least(lambda: json.loads(content), 5)
    with subprocess.Popen(
        [sys.executable, HERE / "upstream.py", str(USERS)], stdout=subprocess.PIPE, text=True
    ) as upstream:
        try:
            assert upstream.stdout  # noqa: S101 - asked for above
            port = upstream.stdout.readline().strip()
            measured = subprocess.run(
                [sys.executable, HERE / "poll.py", port], capture_output=True, check=True, text=True
            )
        finally:
            upstream.terminate()
    found = json.loads(measured.stdout)
    decoding = (found["poll"] - found["transfer"]) / loads
    return [
        Figure(f"poll of {USERS} users less its transfer / bare json.loads", 0.75, decoding),
        Figure(f"growth of peak memory by a poll of {USERS} users", 4.0, found["growth"] / 2**20, "MiB"),
    ]


def scrapes() -> list[Figure]:
    """Measure a scrape from memory, over a socket of the started program, against rendering the same samples."""
    content = document(2000)
    samples = _samples(content)
    rendering = least(lambda: render("acme", samples, Format.TEXT))
    with Simulator() as simulator, tempfile.TemporaryDirectory() as directory:
        simulator.add_tenant("acme").serve(content)
        file = Path(directory) / "benchmark.yaml"
        file.write_text(simulator.configuration())
        with serving(file) as port:
            figures = [
                Figure(
                    f"scrape of {len(samples)} samples from memory, {coding} / rendering", 1 / 15, seconds / rendering
                )
                for coding, seconds in ((coding, _median_scrape(port, coding)) for coding in ("identity", "gzip"))
            ]
    return figures


def _samples(content: bytes) -> tuple[Sample, ...]:
    question = next(asking := TRAINING.ask(Settings(), datetime.now(UTC)))
    counted = question.fold(record for batch in read_page([content], question.reading) for record in batch)
    try:
        asking.send(counted)
    except StopIteration as end:
        return TRAINING.snapshot(end.value).samples
    raise AssertionError("the collector asks once")


def _median_scrape(port: int, coding: str) -> float:
    """Return the median seconds of a probe on a kept connection, after one that polls."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    seconds = []
    for _ in range(201):
        start = time.perf_counter()
        connection.request("GET", "/probe?target=acme", headers={"Accept-Encoding": coding})
        connection.getresponse().read()
        seconds.append(time.perf_counter() - start)
    connection.close()
    return median(seconds[1:])


@contextmanager
def serving(file: Path) -> Iterator[int]:
    """Start the exporter with a configuration file, and yield its port."""
    arguments = ["--config.file", str(file), "--web.listen-address", "127.0.0.1:0"]
    with subprocess.Popen([sys.executable, "-m", "exporter", *arguments], stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr  # noqa: S101 - asked for above
            line = next(line for line in process.stderr if "msg=serving" in line)
            yield int(line.split("addresses=")[1].split()[0].rpartition(":")[2])
        finally:
            process.terminate()


def main() -> int:
    """Measure everything and return the exit status."""
    say = sys.stdout.write
    say(f"{'figure':<72} {'goal':>8} {'found':>8}\n")
    figures = []
    for measure in (polls, scrapes):
        for figure in measure():
            figures.append(figure)
            say(figure.line() + "\n")
    return int(any(figure.value > 1.5 * figure.goal for figure in figures))


if __name__ == "__main__":
    sys.exit(main())
