"""Where panels stand: in lines, under headings, on Grafana's grid of 24 columns."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from grafana.panel import Json, Panel

_WIDE: Final = 24


@dataclass(frozen=True, slots=True)
class Line:
    """Panels beside each other, from the left, all of one height, each with its width."""

    height: int
    panels: Sequence[tuple[int, Panel]]


@dataclass(frozen=True, slots=True)
class Section:
    """Lines under a heading; without one they stand at the top."""

    heading: str
    lines: Sequence[Line]


def line(height: int, *panels: tuple[int, Panel]) -> Line:
    """Return a line of panels, each with its width."""
    return Line(height, panels)


def placed(sections: Sequence[Section]) -> Iterator[Json]:
    """Yield all headings and panels with their ids and places."""
    items = ((top, left, item) for top, left, item in _items(sections))
    for number, (top, left, item) in enumerate(items, start=1):
        yield {"id": number, **item, "gridPos": {"x": left, "y": top, **item["gridPos"]}}


def _items(sections: Sequence[Section]) -> Iterator[tuple[int, int, Json]]:
    top = 0
    for section in sections:
        if section.heading:
            yield top, 0, _heading(section.heading)
            top += 1
        for row in section.lines:
            left = 0
            for width, panel in row.panels:
                yield top, left, {**panel.json(), "gridPos": {"w": width, "h": row.height}}
                left += width
            top += row.height


def _heading(text: str) -> Json:
    return {"type": "row", "title": text, "collapsed": False, "panels": [], "gridPos": {"w": _WIDE, "h": 1}}
