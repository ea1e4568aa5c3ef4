"""Titles as labels: cleaned, chosen by the settings, and folded together beyond their limits."""

import re
from collections.abc import Callable, Mapping
from functools import reduce
from typing import Final, Protocol, TypeVar

from exporter.config.settings import Titles
from exporter.model import UNFIT_FOR_A_LABEL

UNTITLED: Final = "(untitled)"
OTHER_TITLES: Final = "(other titles)"

_LONGEST = 200
_WHITE_SPACE = re.compile(r"\s+")


def clean_title(title: str | None, nameless: str = UNTITLED) -> str:
    """Return a title as its label: one line, no control or bidi character, at most 200 characters, never empty."""
    text = UNFIT_FOR_A_LABEL.sub("", _WHITE_SPACE.sub(" ", title or "")).strip()
    if len(text) > _LONGEST:
        text = text[: _LONGEST - 1] + "…"
    return text or nameless


def is_shown(title: str, titles: Titles) -> bool:
    """Return whether the settings let a clean title be counted: included, if anything is, and not excluded."""
    included = not titles.include or any(pattern.fullmatch(title) for pattern in titles.include)
    return included and not any(pattern.fullmatch(title) for pattern in titles.exclude)


class Sized(Protocol):
    """A count of something that can be folded into another of its kind."""

    @property
    def size(self) -> int:
        """How much it counts, to order by."""
        ...


C = TypeVar("C", bound=Sized)


def shown_titles(sizes: Mapping[str, int], limit: int, minimum: int) -> frozenset[str]:
    """Return which titles have series of their own: the ``limit`` largest, by name where equal.

    Titles of a size under ``minimum`` are not among them, but for empty ones, which tell of nobody; nor is one that is
    itself called ``(other titles)``.
    """
    large = [title for title, size in sizes.items() if (size == 0 or size >= minimum) and title != OTHER_TITLES]
    return frozenset(sorted(large, key=lambda title: (-sizes[title], title))[:limit])


def fold_small(counts: Mapping[str, C], limit: int, minimum: int, merge: Callable[[C, C], C]) -> dict[str, C]:
    """Return the counts of the titles that are shown, and of the rest as ``(other titles)``."""
    shown = shown_titles({title: count.size for title, count in counts.items()}, limit, minimum)
    folded = {title: count for title, count in counts.items() if title in shown}
    rest = [count for title, count in counts.items() if title not in shown]
    if rest:
        folded[OTHER_TITLES] = reduce(merge, rest)
    return folded
