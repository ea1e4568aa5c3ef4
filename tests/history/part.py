"""One part of a history: a process of its own that turns the clock, scrapes, writes and loads."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from exporter.log import Logfmt
from history.block import Loader
from history.chronicle import Chronicle
from history.plant import Phase, Plant, plant
from history.scenario import Scenario
from history.schedule import parts
from history.scraper import Scraper, targets
from history.story import Story, is_within


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of which history, and the directory that it goes into."""

    scenario: Scenario
    end: datetime
    number: int
    directory: Path
    keep: bool = False


@dataclass(frozen=True, slots=True)
class Tally:
    """What has been done: times that all targets were scraped, samples, most series in one window, bytes of text."""

    rounds: int = 0
    samples: int = 0
    series: int = 0
    size: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        series = max(self.series, other.series)
        return Tally(self.rounds + other.rounds, self.samples + other.samples, series, self.size + other.size)


def run(part: Part, report: Callable[[int], None]) -> Tally:
    """Run a part, and report each round of scrapes; RuntimeError if something in it does what it must not."""
    _log_to(part.directory / f"exporter-{part.number}.log")
    scenario, end = part.scenario, part.end
    windows = parts(scenario.rhythm.moments(end), scenario.parts)[part.number]
    tally = Tally()
    with (
        plant(scenario, windows[0][0], end) as running,
        Loader("promtool", part.directory / "data", keep=part.keep) as loader,
    ):
        rounds = _Rounds(part, running, report)
        for window in windows:
            file = part.directory / "openmetrics" / f"{window[0]:%Y-%m-%dT%H%M}.txt"
            tally += rounds.run(window, file)
            loader.load(file)
        loader.finish()
    return tally


class _Rounds:
    """The rounds of scrapes of one part."""

    def __init__(self, part: Part, running: Plant, report: Callable[[int], None]) -> None:
        self._part = part
        self._plant = running
        self._report = report
        self._story = Story(part.scenario, running.simulator, part.end)
        self._scraper = Scraper(running)
        self._targets = targets(part.scenario)
        self._chronicle = Chronicle(running.started.timestamp())

    def run(self, window: tuple[datetime, ...], file: Path) -> Tally:
        """Scrape at all moments of a window, and write what was found to a file."""
        for moment in window:
            self._set_stage(moment)
            for target in self._targets:
                self._chronicle.add(self._scraper.scrape(target))
            self._judge()
            self._report(1)
        samples, series = self._chronicle.samples, self._chronicle.series
        return Tally(len(window), samples, series, self._chronicle.write(file))

    def _set_stage(self, moment: datetime) -> None:
        scenario, end = self._part.scenario, self._part.end
        self._plant.clock.reach(moment)
        self._story.tell(moment)
        if any(is_within(span, moment, end) for span in scenario.outages):
            self._plant.close()
        else:
            self._plant.open()
        if moment >= scenario.rhythm.dense_from(end):
            self._plant.become(Phase.FRESH)
        else:
            wrong = any(is_within(span, moment, end) for span in scenario.typos)
            self._plant.become(Phase.WRONG if wrong else Phase.USUAL)

    def _judge(self) -> None:
        simulator = self._plant.simulator
        if simulator.violations:
            raise RuntimeError(f"the exporter breaks the vendor's rules: {simulator.violations[0]}")
        simulator.clear_journal()


def _log_to(path: Path) -> None:
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(Logfmt())
    logging.getLogger().handlers[:] = [handler]
    logging.getLogger("exporter").setLevel(logging.INFO)
