"""The benchmarks: each figure has its row and its goal, and the verdict is the one that the goal asks for."""

import os
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from benchmarks.__main__ import GROUPS, again_if_missed
from benchmarks.account import Account
from benchmarks.decoding import pieces, snapshot_of
from benchmarks.document import document
from benchmarks.figure import GOALS, P1, P13, Figure
from benchmarks.loop import aggregate
from benchmarks.measure import Spread, percentile, ratio, taking_turns
from benchmarks.plot import Plot
from benchmarks.poller import check
from benchmarks.table import head, line, status
from exporter.mimecast.envelope import decode

ROOT = Path(__file__).parents[1]
NAMES = {f"P{number}" for number in range(1, 14)}


def found(goal: float, factor: float) -> Spread:
    return Spread.of([goal * factor])


def test_every_figure_is_measured_and_has_a_goal() -> None:
    """Each of P1 to P13 has a goal, belongs to one group that is measured, and has a row in the last full table."""
    measured = [name for names in GROUPS for name in names]
    assert sorted(NAMES) == sorted(measured)
    assert {goal.name for goal in GOALS} == NAMES
    rows = [row.split("|") for row in (ROOT / "benchmarks/table.md").read_text().splitlines() if row.startswith("| P")]
    assert [(goal.name, goal.what) for goal in GOALS] == [(row[1].strip(), row[2].strip()) for row in rows]


@pytest.mark.parametrize(
    ("factor", "verdict", "expected"), [(0.5, "ok", 0), (1.0, "ok", 0), (1.4, "missed", 0), (1.6, "MISSED BY HALF", 1)]
)
def test_verdicts(factor: float, verdict: str, expected: int) -> None:
    """A goal is reached, missed, or missed by half, which is a failure; what is to be large is judged the other way."""
    for goal, value in ((P1, factor), (P13, 1 / factor)):
        figure = Figure(goal, found(goal.limit, value))
        assert (verdict, expected) == (figure.verdict, status([figure]))
        assert line(figure).endswith(f"| {verdict} |")
        assert head().count("|") == 2 * line(figure).count("|")


@pytest.mark.parametrize(
    ("factors", "expected"), [([1.4], 0), ([1.6, 0.5], 0), ([1.6, 1.6, 1.4], 0), ([1.6, 1.6, 1.6], 1)]
)
def test_what_is_missed_by_half_is_measured_again(factors: list[float], expected: int) -> None:
    """A figure that is missed by half is measured again, alone, twice at most, and the last measurement counts."""
    asked: list[Sequence[str] | None] = []

    def tell(only: Sequence[str] | None) -> list[Figure]:
        asked.append(only)
        return [Figure(P1, found(P1.limit, factors[len(asked) - 1]))]

    assert expected == status(again_if_missed(tell, None))
    assert [None, ["P1"], ["P1"]][: len(factors)] == asked


def test_turns_are_taken() -> None:
    """Contestants take turns, every other round backwards, and ratios are those of the same round."""
    order: list[str] = []
    clock = iter([0, 1, 1, 3, 3, 7, 7, 8]).__next__
    seconds = taking_turns({"a": lambda: order.append("a"), "b": lambda: order.append("b")}, 2, lambda: float(clock()))
    assert ["a", "b", "b", "a"] == order
    assert {"a": [1.0, 1.0], "b": [2.0, 4.0]} == seconds
    assert Spread(0.375, 0.3125, 0.4375) == ratio(seconds["a"], seconds["b"])
    assert [1.0, 99.0, 100.0] == [percentile([float(value) for value in range(1, 101)], at) for at in (0, 98, 100)]


def test_processor_time_is_that_of_the_process() -> None:
    """A process's processor time, asked for by its number or for this one, is what the system's own clock says."""
    before = time.process_time()
    found = [Account(os.getpid()).processor_seconds, Account().processor_seconds]
    told = [before, *found, time.process_time()]
    assert told == sorted(told)


def test_records_have_the_size_that_is_told() -> None:
    """A record of the documents has 308 bytes, users have 12 of 200 titles, and the same comes out each time."""
    content = document(1500)
    data = decode(content)["data"]
    assert (1500, {12}) == (len(data), {len(user["training"]) for user in data})
    assert 200 == len({record["title"] for user in data for record in user["training"]})
    assert 308 == pytest.approx(len(content) / (1500 * 12), abs=1)
    assert content == document(1500)


def test_what_we_compare_with_counts_the_same() -> None:
    """The loop that a good script would have counts what the collector does, and a wrong one is noticed."""
    content = document(50)
    titles = aggregate(decode(content))
    check(snapshot_of(pieces(content)), titles)
    titles["Awareness training title 000"]["watched"] += 1
    with pytest.raises(ValueError, match="watched"):
        check(snapshot_of(pieces(content)), titles)


def test_a_plot_is_a_drawing() -> None:
    """A plot is well-formed SVG with a line and a name for each, on axes on which each factor of ten is as long."""
    svg = Plot("A & B", "grows", "users", "seconds", {"ours": [(1, 1), (10, 10), (100, 100)], "theirs": [(1, 2)]}).svg()
    root = ET.fromstring(svg)  # noqa: S314 - it is ours
    space = "{http://www.w3.org/2000/svg}"
    lines = root.findall(f"{space}polyline")
    assert 2 == len(lines)
    places = [[float(number) for number in pair.split(",")] for pair in lines[0].attrib["points"].split()]
    steps = [(x - before_x, y - before_y) for (before_x, before_y), (x, y) in pairwise(places)]
    assert steps[0] == pytest.approx(steps[1], abs=0.2)
    assert {"A & B", "ours", "theirs"} <= {text.text for text in root.iter(f"{space}text")}


def test_the_command_has_a_help() -> None:
    """The command tells its flags, and refuses a figure that there is not."""
    command = [sys.executable, "-m", "benchmarks"]
    told = subprocess.run([*command, "--help"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert {"--quick", "--only", "--growth"} <= {word.strip("[],") for word in told.stdout.split()}
    refused = subprocess.run([*command, "--only", "P99"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (2, "") == (refused.returncode, refused.stdout)


def test_a_group_is_measured(capfd: pytest.CaptureFixture[str]) -> None:
    """The smallest group is measured by the command as it is, with a row for each of its figures."""
    command = [sys.executable, "-m", "benchmarks", "--quick", "--only", "P9"]
    subprocess.run(command, cwd=ROOT, check=False)
    rows = [row for row in capfd.readouterr().out.splitlines() if row.startswith("| P")]
    assert ["| P9  |"] * 2 == [row[:7] for row in rows]
