"""The command: measures, prints the table, and after a full run writes it and the plots beside this file."""

import argparse
import os
import platform
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks import decoding, fleet, lifetime, polling, rendering, serving
from benchmarks.figure import GOALS, Figure
from benchmarks.growth import plots
from benchmarks.table import head, line, status
from benchmarks.upstream import Upstream, sending

_HERE: Final = Path(__file__).parent
_MORE_TIMES: Final = 2

GROUPS: Final[Mapping[tuple[str, ...], Callable[[Upstream, bool], Iterator[Figure]]]] = {
    ("P1", "P2"): lambda _, quick: decoding.measure(quick=quick),
    ("P3", "P4", "P7", "P8"): lambda upstream, quick: polling.measure(upstream, quick=quick),
    ("P5", "P6", "P13"): lambda upstream, quick: serving.measure(upstream, quick=quick),
    ("P9",): lambda _, quick: rendering.measure(quick=quick),
    ("P10", "P11"): lambda upstream, quick: lifetime.measure(upstream, quick=quick),
    ("P12",): lambda upstream, quick: fleet.measure(upstream, quick=quick),
}
"""What is measured together, by the names of its figures."""


def parsed(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the arguments of the command."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure the exporter against what people would use instead, and print a table. "
        "The status is 1 if a goal is missed by half.",
    )
    parser.add_argument("--quick", action="store_true", help="in three minutes, without the plots; nothing is written")
    names = sorted({goal.name for goal in GOALS}, key=lambda name: int(name[1:]))
    parser.add_argument(
        "--only", nargs="+", choices=names, metavar="P", help="the figures of these names and those measured with them"
    )
    parser.add_argument("--growth", action="store_true", help="draw the plots alone")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command, and return its exit status."""
    asked = parsed(arguments)
    figures: list[Figure] = []
    with sending() as upstream:
        if not asked.growth:
            figures = again_if_missed(partial(_told, upstream, quick=asked.quick), asked.only)
        if asked.growth or not (asked.quick or asked.only):
            _draw(upstream)
    if figures and not (asked.quick or asked.only):
        (_HERE / "table.md").write_text(_table(figures))
    return status(figures)


def again_if_missed(tell: Callable[[Sequence[str] | None], list[Figure]], only: Sequence[str] | None) -> list[Figure]:
    """Measure what is missed by half twice more at most, and let the last count: others may have used the machine."""
    figures = tell(only)
    for _ in range(_MORE_TIMES):
        missed = sorted({figure.goal.name for figure in figures if not figure.is_bearable})
        again = {figure.goal: figure for figure in (tell(missed) if missed else ())}
        figures = [again.get(figure.goal, figure) for figure in figures]
    return figures


def _told(upstream: Upstream, only: Sequence[str] | None, *, quick: bool) -> list[Figure]:
    """Return the figures that are asked for, and print each as it comes."""
    figures = []
    _say(head())
    for figure in _measured(upstream, only, quick=quick):
        figures.append(figure)
        _say(line(figure))
    return figures


def _measured(upstream: Upstream, only: Sequence[str] | None, *, quick: bool) -> Iterator[Figure]:
    for names, measure in GROUPS.items():
        if only is None or set(names) & set(only):
            yield from measure(upstream, quick)


def _draw(upstream: Upstream) -> None:
    for name, plot in plots(upstream):
        (_HERE / f"{name}.svg").write_text(plot.svg())
        _say(f"{plot.title}: {plot.says}")


def _table(figures: Sequence[Figure]) -> str:
    ordered = sorted(figures, key=lambda figure: GOALS.index(figure.goal))
    machine = f"Python {platform.python_version()}, {os.cpu_count()} processors, Linux"
    return "\n".join([f"Measured by `python -m benchmarks`: {machine}.", "", head(), *map(line, ordered)]) + "\n"


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
