"""Lines on two logarithmic axes, as SVG: a hundred lines of our own, so that no library has to be installed for it."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

Point = tuple[float, float]

_WIDTH: Final = 760
_HEIGHT: Final = 420
_LEFT: Final = 80
_RIGHT: Final = 560
_TOP: Final = 70
_BOTTOM: Final = 360
_COLOURS: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")
_STYLE: Final = """\
text { font: 13px system-ui, sans-serif; fill: #222 }
.title { font-size: 16px; font-weight: 600 }
.says { fill: #555 }
.grid { stroke: #ddd }
.line { fill: none; stroke-width: 2.5 }
.page { fill: #fff }
@media (prefers-color-scheme: dark) {
text { fill: #ddd } .says { fill: #aaa } .grid { stroke: #444 } .page { fill: #16181c }
}"""


@dataclass(frozen=True, slots=True)
class Plot:
    """What is drawn: lines by their names, and a sentence that says what grows how."""

    title: str
    says: str
    x: str
    y: str
    lines: Mapping[str, Sequence[Point]]

    def svg(self) -> str:
        """Return the drawing."""
        return "\n".join(["\n".join(self._head()), *self._grid(), *self._lines(), "</svg>"]) + "\n"

    def _head(self) -> Iterator[str]:
        yield f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">'
        yield f"<title>{escape(self.title)}</title>"
        yield f"<style>{_STYLE}</style>"
        yield f'<rect class="page" width="{_WIDTH}" height="{_HEIGHT}"/>'
        yield _text(_LEFT, 26, self.title, "title")
        yield _text(_LEFT, 48, self.says, "says")
        yield _text((_LEFT + _RIGHT) / 2, _HEIGHT - 14, self.x, anchor="middle")
        middle = (_TOP + _BOTTOM) / 2
        yield f'<g transform="translate(20 {middle}) rotate(-90)">{_text(0, 0, self.y, anchor="middle")}</g>'

    def _grid(self) -> Iterator[str]:
        across, up = self._scales()
        for tick in across.ticks:
            x = _LEFT + across.part(tick) * (_RIGHT - _LEFT)
            yield f'<line class="grid" x1="{x:.1f}" y1="{_TOP}" x2="{x:.1f}" y2="{_BOTTOM}"/>'
            yield _text(x, _BOTTOM + 20, _label(tick), anchor="middle")
        for tick in up.ticks:
            y = _BOTTOM - up.part(tick) * (_BOTTOM - _TOP)
            yield f'<line class="grid" x1="{_LEFT}" y1="{y:.1f}" x2="{_RIGHT}" y2="{y:.1f}"/>'
            yield _text(_LEFT - 8, y + 4, _label(tick), anchor="end")

    def _lines(self) -> Iterator[str]:
        across, up = self._scales()
        ends: list[float] = []
        for (name, points), colour in zip(self.lines.items(), _COLOURS, strict=False):
            places = [
                (_LEFT + across.part(x) * (_RIGHT - _LEFT), _BOTTOM - up.part(y) * (_BOTTOM - _TOP)) for x, y in points
            ]
            drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
            yield f'<polyline class="line" stroke="{colour}" points="{drawn}"/>'
            yield from (f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' for x, y in places)
            x, y = places[-1]
            while any(abs(y - other) < 16 for other in ends):
                y += 4
            ends.append(y)
            yield f'<text x="{x + 10:.1f}" y="{y + 4:.1f}" style="fill: {colour}">{escape(name)}</text>'

    def _scales(self) -> tuple["_Scale", "_Scale"]:
        points = [point for line in self.lines.values() for point in line]
        return _Scale.over([x for x, _ in points]), _Scale.over([y for _, y in points])


@dataclass(frozen=True, slots=True)
class _Scale:
    """A logarithmic axis, from power to power of ten."""

    low: int
    high: int

    @classmethod
    def over(cls, values: Sequence[float]) -> "_Scale":
        low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
        return cls(low, max(high, low + 1))

    @property
    def ticks(self) -> list[float]:
        return [10.0**power for power in range(self.low, self.high + 1)]

    def part(self, value: float) -> float:
        return (math.log10(value) - self.low) / (self.high - self.low)


def _text(x: float, y: float, text: str, kind: str = "", anchor: str = "start") -> str:
    of = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{of}>{escape(text)}</text>'


def _label(tick: float) -> str:
    return f"{tick:,.0f}" if tick >= 1 else f"{tick:g}"
