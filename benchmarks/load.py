"""Scrapers that never pause, in a process of its own: ``python -m benchmarks.load PORT PATH CONNECTIONS SECONDS``.

It prints the seconds of each scrape, as a JSON list.
"""

import json
import subprocess
import sys
import threading
import time
from dataclasses import dataclass

from benchmarks.measure import percentile
from benchmarks.scraper import Scraper


@dataclass(frozen=True, slots=True)
class Served:
    """What scrapers got: scrapes a second, and the median seconds of one."""

    rate: float
    median: float


def served(port: int, path: str, connections: int, seconds: float, *, gzip: bool = True) -> Served:
    """Let so many connections scrape a server for some seconds."""
    encoding = "gzip" if gzip else "identity"
    arguments = (str(port), path, str(connections), str(seconds), encoding)
    command = [sys.executable, "-m", "benchmarks.load", *arguments]
    took = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    return Served(len(took) / seconds, percentile(took, 50))


def _scrape(port: int, path: str, end: float, took: list[float], *, gzip: bool) -> None:
    with Scraper(port, gzip=gzip) as scraper:
        while time.perf_counter() < end:
            took.append(scraper.scrape(path))


def main(port: str, path: str, connections: str, seconds: str, encoding: str) -> None:
    """Scrape, and print what was measured."""
    took: list[float] = []
    end = time.perf_counter() + float(seconds)
    threads = [
        threading.Thread(target=_scrape, args=(int(port), path, end, took), kwargs={"gzip": encoding == "gzip"})
        for _ in range(int(connections))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sys.stdout.write(json.dumps(took))


if __name__ == "__main__":
    main(*sys.argv[1:])
