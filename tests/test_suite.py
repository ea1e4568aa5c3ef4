"""The rules of the tests themselves."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
FILES = sorted(TESTS.rglob("*.py"))
SENTENCE = re.compile(r"(?:[A-Z0-9`]|[a-z]+_).*[^.?!]\.", re.DOTALL)
NEXT_SENTENCE = re.compile(r"[.?!]`?\s+[A-Z]")


def nodes(path: Path) -> Iterator[ast.AST]:
    yield from ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in nodes(path):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test"):
            yield node


def is_sentence(text: str) -> bool:
    return bool(SENTENCE.fullmatch(text)) and not NEXT_SENTENCE.search(text)


def imported(node: ast.AST) -> list[str]:
    """Return what a node imports, with the name where there is one."""
    match node:
        case ast.Import(names=names):
            return [alias.name for alias in names]
        case ast.ImportFrom(module=module, names=names):
            return [f"{module}.{alias.name}" for alias in names]
        case _:
            return []


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(TESTS)))
def test_every_test_says_what_holds(path: Path) -> None:
    """Each test has one sentence that says what holds."""
    assert [] == [test.name for test in functions(path) if not is_sentence(ast.get_docstring(test) or "")]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(TESTS)))
def test_no_test_mocks(path: Path) -> None:
    """Tests take real sockets and doubles of their own, not mocks."""
    names = [name for node in nodes(path) for name in imported(node)]
    assert [] == [name for name in names if name == "mock" or name.startswith(("mock.", "unittest"))]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(TESTS)))
def test_no_test_sleeps(path: Path) -> None:
    """Tests wait for what happens, not for a time."""
    names = [name for node in nodes(path) for name in imported(node)]
    assert [] == [name for name in names if name in {"time.sleep", "asyncio.sleep"}]
    attributes = [ast.unparse(node) for node in nodes(path) if isinstance(node, ast.Attribute)]
    assert [] == [name for name in attributes if name in {"time.sleep", "asyncio.sleep"}]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A page is whole.", True),
        ("``/metrics`` is whole, e.g. after a cut.", True),
        ("mimecast_up is 0 before the first poll.", True),
        ("", False),
        ("a page is whole.", False),
        ("A page is whole", False),
        ("Is a page whole?", False),
        ("A page is whole. So is the next.", False),
        ("A page is whole...", False),
    ],
)
def test_what_a_sentence_is(text: str, expected: bool) -> None:  # noqa: FBT001 - a parameter
    """One sentence begins with a capital, a figure or a name of code, and ends with its only full stop."""
    assert expected is is_sentence(text)
