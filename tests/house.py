"""A simulated Mimecast and the exporter against it, in one process, with clocks that tests turn together."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from hands import START, Hands

from exporter.commands.assembly import CATALOGUE, Assembly, assemble
from exporter.config.context import Context
from exporter.config.parse import parse
from exporter.config_file import Loading
from exporter.exposition import Format
from exporter.instruments import Instruments
from exporter.scrape import Selection
from exporter.secret_file import SecretReader
from exporter.simulator import SimulatedClock, Simulator

_SERIES = re.compile(r"(?P<series>[a-z_]+(?:\{.*\})?) (?P<value>\S+)")


@dataclass
class House:
    """The simulator, the exporter once :meth:`build` has been called, and their clocks."""

    simulator: Simulator = field(default_factory=lambda: Simulator(strict=True, clock=SimulatedClock(START)))
    hands: Hands = field(default_factory=Hands)
    instruments: Instruments = field(default_factory=Instruments)
    assembly: Assembly | None = None

    def loading(self, defaults: str = "", head: str = "", collectors: str = "training") -> Loading:
        """Return a configuration of all tenants of the simulator, with these ``defaults`` (the inside of a map)."""
        text = f"{head}\ndefaults: {{collectors: [{collectors}], {defaults}}}\n{self.simulator.configuration()}"
        secrets = SecretReader({}, Path())
        loaded = parse(text, Context(CATALOGUE.collectors, CATALOGUE.default_collectors, secrets.read))
        return Loading(loaded.config, secrets, ())

    def build(self, defaults: str = "", head: str = "", collectors: str = "training") -> Assembly:
        """Put the exporter together for all tenants of the simulator, with these ``defaults``."""
        loading = self.loading(defaults, head, collectors)
        self.assembly = assemble(loading, Path(), self.instruments, self.hands)
        return self.assembly

    def turn(self, seconds: float) -> None:
        """Let time pass for both."""
        self.hands.turn(seconds)
        self.simulator.clock.advance(seconds)

    def scrape(self, *tenants: str, seconds: float | None = 20.0) -> dict[str, float]:
        """Return the series of a page of some tenants, or of all, without the exporter's own."""
        assert self.assembly is not None
        scrapes = self.assembly.scrapes
        selection = Selection(tenants or tuple(scrapes.tenants), instruments=False)
        page = scrapes.page(selection, seconds, Format.TEXT, gzip=False)
        return series_of(b"".join(page.parts).decode())

    def own(self) -> dict[str, float]:
        """Return the exporter's own series."""
        assert self.assembly is not None
        page = self.assembly.scrapes.page(Selection(()), None, Format.TEXT, gzip=False)
        return series_of(b"".join(page.parts).decode())


def series_of(page: str) -> dict[str, float]:
    """Return each series of a page in the text format with its value; fail on a series twice."""
    found: dict[str, float] = {}
    for line in page.splitlines():
        if not line.startswith("#"):
            match = _SERIES.fullmatch(line)
            assert match, line
            assert match["series"] not in found, line
            found[match["series"]] = float(match["value"])
    return found
