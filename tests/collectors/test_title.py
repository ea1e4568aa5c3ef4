"""Titles as labels."""

import re
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.collectors.title import OTHER_TITLES, UNTITLED, clean_title, fold_small, is_shown, shown_titles
from exporter.config.settings import Titles
from exporter.model import UNFIT_FOR_A_LABEL, is_clean

TITLES = st.text(st.characters() | st.sampled_from(" \t\n\u2028\u202e\x00\ud800"), max_size=300)
SIZES = st.dictionaries(st.sampled_from(["a", "b", "c", "d", OTHER_TITLES]), st.integers(0, 3))


@dataclass(frozen=True)
class Size:
    size: int


def merge(one: Size, other: Size) -> Size:
    return Size(one.size + other.size)


@settings(max_examples=60, deadline=None)
@given(st.none() | TITLES)
def test_a_clean_title_is_a_label(title: str | None) -> None:
    """A clean title is fit for a label, has 1 to 200 characters, and no white space around it."""
    clean = clean_title(title)
    assert is_clean(clean)
    assert 1 <= len(clean) <= 200
    assert clean == clean.strip()


@settings(max_examples=60, deadline=None)
@given(TITLES.filter(lambda title: not UNFIT_FOR_A_LABEL.search(re.sub(r"\s", "", title))))
def test_a_clean_title_is_clean(title: str) -> None:
    """Cleaning a clean title changes nothing, but for blanks that stood on both sides of a removed character."""
    assert clean_title(title) == clean_title(clean_title(title))


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        (None, UNTITLED),
        ("", UNTITLED),
        (" \t\r\n\u2028\u2029\x85\u3000", UNTITLED),
        ("\u202e\x00", UNTITLED),
        (" Pass\t \nwords\u2028again ", "Pass words again"),
        ("a \x00 b", "a  b"),
        ("\u202e evil\u2066", "evil"),
        ("x" * 200, "x" * 200),
        ("x" * 201, "x" * 199 + "…"),
        ("\U0001f600" * 201, "\U0001f600" * 199 + "…"),
        ("  " + "x" * 200 + "  ", "x" * 200),
        ("a\ud800b", "ab"),
        ("e\u0301", "e\u0301"),
    ],
    ids=ascii,
)
def test_how_titles_are_cleaned(title: str | None, expected: str) -> None:
    """White space becomes one blank, then what is unfit is removed, then the rest is trimmed and cut."""
    assert expected == clean_title(title)


@pytest.mark.parametrize(
    ("title", "expected"), [("Passwords", True), ("Passwords 2", False), ("Phishing", False), ("Other", False)]
)
def test_which_titles_are_counted(title: str, expected: bool) -> None:  # noqa: FBT001 - a parameter
    """A title is counted that an included pattern matches as a whole and no excluded one does."""
    titles = Titles(include=(re.compile("Passwords|Phi.*"),), exclude=(re.compile("Phishing"),))
    assert expected is is_shown(title, titles)
    assert is_shown(title, Titles())


@settings(max_examples=60, deadline=None)
@given(SIZES, st.integers(1, 3), st.integers(1, 3), st.randoms())
def test_the_order_of_titles_does_not_matter(sizes: dict[str, int], limit: int, minimum: int, random: object) -> None:
    """Which titles are shown does not depend on the order in which the vendor lists them."""
    items = list(sizes.items())
    random.shuffle(items)  # type: ignore[attr-defined]
    assert shown_titles(sizes, limit, minimum) == shown_titles(dict(items), limit, minimum)


@settings(max_examples=60, deadline=None)
@given(SIZES, st.integers(1, 3), st.integers(1, 3))
def test_folding_keeps_the_sum(sizes: dict[str, int], limit: int, minimum: int) -> None:
    """What is folded is counted under one more title at most, and none that has its own is small."""
    folded = fold_small({title: Size(size) for title, size in sizes.items()}, limit, minimum, merge)
    assert sum(sizes.values()) == sum(count.size for count in folded.values())
    own = {title: count.size for title, count in folded.items() if title != OTHER_TITLES}
    assert len(own) <= limit
    assert all(size == 0 or size >= minimum for size in own.values())


def test_the_largest_titles_are_shown() -> None:
    """The largest titles have series of their own, by name where they are equal."""
    assert {"b", "c"} == shown_titles({"d": 2, "c": 2, "b": 9, "a": 1}, 2, 1)
