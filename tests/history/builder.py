"""Builds a history: its parts, each in a process, and the facts about it."""

import json
import multiprocessing
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import TextIO

from history.part import Part, Tally, run
from history.progress import Progress
from history.scenario import Scenario
from history.schedule import parts

FACTS = "history.json"
CONFIGURATION = "prometheus.yml"


def build(scenario: Scenario, end: datetime, directory: Path, out: TextIO, *, keep: bool = False) -> dict[str, object]:
    """Build a history that ends at a moment into an empty or new directory; return the facts written beside it.

    `keep` keeps the OpenMetrics text. RuntimeError if something goes wrong, FileExistsError if there is one already.
    """
    started = time.monotonic()
    (directory / "openmetrics").mkdir(parents=True)
    (directory / "data").mkdir()
    moments = scenario.rhythm.moments(end)
    count = len(parts(moments, scenario.parts))
    jobs = [Part(scenario, end, number, directory, keep=keep) for number in range(count)]
    tally = _run_all(jobs, Progress(scenario.name, len(moments), out))
    (directory / CONFIGURATION).write_text("global: {scrape_interval: 1m}\n", encoding="utf-8")
    facts = {
        "scenario": scenario.name,
        "about": scenario.about,
        "start": moments[0].isoformat(),
        "end": end.isoformat(),
        "lookback": f"{scenario.lookback.total_seconds():.0f}s",
        **asdict(tally),
        "seconds": round(time.monotonic() - started, 1),
    }
    (directory / FACTS).write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    return facts


def _run_all(jobs: Sequence[Part], progress: Progress) -> Tally:
    tally = Tally()
    with _processes(jobs) as running:
        while running:
            for connection in wait(list(running)):
                assert isinstance(connection, Connection)
                match _received(connection):
                    case int(count):
                        progress.step(count)
                    case Tally() as part:
                        tally += part
                        running.pop(connection).join()
                    case problem:
                        raise RuntimeError(problem or "a part of the history has died")
    return tally


def _received(connection: Connection) -> int | Tally | str:
    try:
        message: int | Tally | str = connection.recv()
    except EOFError:
        return ""
    return message


@contextmanager
def _processes(jobs: Sequence[Part]) -> Iterator[dict[Connection, SpawnProcess]]:
    context = multiprocessing.get_context("spawn")
    running: dict[Connection, SpawnProcess] = {}
    try:
        for job in jobs:
            ours, theirs = context.Pipe(duplex=False)
            process = context.Process(target=_work, args=(job, theirs), daemon=True)
            process.start()
            theirs.close()
            running[ours] = process
        yield running
    finally:
        for process in running.values():
            process.terminate()
            process.join()


def _work(job: Part, connection: Connection) -> None:
    try:
        connection.send(run(job, connection.send))
    except Exception as error:  # noqa: BLE001 - told by the parent, which ends the other parts
        connection.send(f"{type(error).__name__}: {error}")
