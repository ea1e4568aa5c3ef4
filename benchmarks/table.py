"""The table that is printed: a line for each figure, as it comes."""

from collections.abc import Iterable
from typing import Final

from benchmarks.figure import Figure, Goal

_WIDTH: Final = 84


def head() -> str:
    """Return the lines above the figures."""
    return (
        f"| {'':<3} | {'figure':<{_WIDTH}} | {'goal':>16} | {'found':>8} | {'quartiles':>15} | verdict |\n"
        f"| --- | {'-' * _WIDTH} | {'-' * 15}: | {'-' * 7}: | {'-' * 14}: | ------- |"
    )


def line(figure: Figure) -> str:
    """Return a figure as one line."""
    goal, found = figure.goal, figure.found
    quartiles = f"{_number(found.low)} - {_number(found.high)}"
    return (
        f"| {goal.name:<3} | {goal.what:<{_WIDTH}} | {_limit(goal):>16} | {_number(found.median):>8} "
        f"| {quartiles:>15} | {figure.verdict} |"
    )


def _limit(goal: Goal) -> str:
    limit = f"{'>=' if goal.at_least else '<='} {_number(goal.limit)} {goal.unit}".rstrip()
    return limit if goal.asked is None else f"{limit} ({_number(goal.asked)})"


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 1000 else f"{value:.3g}"


def status(figures: Iterable[Figure]) -> int:
    """Return the exit status: 1 if a goal is missed by half."""
    return int(not all(figure.is_bearable for figure in figures))
