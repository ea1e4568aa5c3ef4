"""P9: what rendering costs, and how often it is done."""

from collections.abc import Iterator
from typing import Final

from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from benchmarks.decoding import pieces, snapshot_of
from benchmarks.document import document
from benchmarks.figure import P9_COST, P9_COUNT, Figure
from benchmarks.measure import Spread, ratio, taking_turns
from benchmarks.neighbour import Ready
from exporter.config.settings import Settings
from exporter.exposition import Format, Joined, Rendered
from exporter.model import Sample

_USERS: Final = 2_000
_SCRAPES: Final = 100


class _Watched(tuple[Sample, ...]):
    """Samples that count how often they are gone through."""

    __slots__ = ()
    times = 0

    def __iter__(self) -> Iterator[Sample]:
        _Watched.times += 1
        return super().__iter__()


def measure(*, quick: bool) -> Iterator[Figure]:
    """Yield the figures."""
    samples = snapshot_of(pieces(document(_USERS)), Settings(histogram_days=())).samples
    yield Figure(P9_COUNT, Spread.of([_renders(samples)]))
    text = b"".join(Joined(Rendered("acme", samples).families(Format.TEXT), Format.TEXT).page(gzip=False).parts)
    ready = Ready(text_string_to_metric_families(text.decode()))
    contestants = {
        "ours": lambda: Rendered("acme", samples).families(Format.TEXT),
        "client": lambda: generate_latest(ready),
    }
    seconds = taking_turns(contestants, 15 if quick else 50)
    yield Figure(P9_COST, ratio(seconds["ours"], seconds["client"]))


def _renders(samples: tuple[Sample, ...]) -> float:
    """Return how often the samples are gone through for each format, over many scrapes."""
    _Watched.times = 0
    rendered = Rendered("acme", _Watched(samples))
    for _ in range(_SCRAPES):
        for form in Format:
            Joined(rendered.families(form), form).page(gzip=True)
    return _Watched.times / len(Format)
