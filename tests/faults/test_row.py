"""The catalogue of what an upstream can do: each of its rows is tried."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from outcome import OUTCOMES

TESTS = Path(__file__).parents[1]
ROWS = range(1, 87)
NAMED = re.compile(r"\brows? ([0-9][0-9, toand-]*)")
RANGE = re.compile(r"([0-9]+)(?: to |-)([0-9]+)|([0-9]+)")


def sentences() -> Iterator[str]:
    """Yield the sentence of each test."""
    for file in TESTS.rglob("test_*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test"):
                yield ast.get_docstring(node) or ""


def rows_of(sentence: str) -> Iterator[int]:
    """Yield the rows that a sentence names."""
    for named in NAMED.findall(sentence):
        for first, last, alone in RANGE.findall(named):
            yield from [int(alone)] if alone else range(int(first), int(last) + 1)


def test_every_row_is_tried() -> None:
    """Each row of what an upstream can do stands in the table of outcomes, or in the sentence of a test."""
    tried = {outcome.row for outcome in OUTCOMES.values()} | {row for told in sentences() for row in rows_of(told)}
    assert [] == [row for row in ROWS if row not in tried]


def test_rows_are_found_in_sentences() -> None:
    """Rows are named one by one, several at once, or from one to another."""
    assert [14] == [*rows_of("It holds (row 14).")]
    assert [1, 2, 3, 18, 97] == [*rows_of("It holds (rows 1 to 3, 18 and 97; G5), in rows.")]
