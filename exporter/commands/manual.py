"""A page of help, laid out like a manual page in 80 columns, the same on a terminal and in a pipe."""

import textwrap
from argparse import Action
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

_WIDTH: Final = 80
_MARGIN: Final = "  "
_DEEPER: Final = "      "

Terms = Mapping[str, str]
"""What is explained, and the explanation."""


@dataclass(frozen=True, slots=True)
class Manual:
    """What a page says beside its flags.

    ``description`` has a blank line between its paragraphs; ``examples`` are commands by what they do; ``notes`` are
    terms by their heading, such as ``files``; the text of an empty term is about them all.
    """

    summary: str
    description: str
    examples: Terms
    statuses: Terms
    notes: Mapping[str, Terms] = field(default_factory=dict)
    usage: tuple[str, ...] = ("[FLAG]...",)


def render(program: str, manual: Manual, flags: Mapping[str, Iterable[Action]]) -> str:
    """Return the page of a program, with its flags by the heading that they stand under."""
    sections = {
        "name": [f"{program} - {manual.summary}"],
        "usage": [f"{program} {words}" for words in manual.usage],
        "description": _apart(_wrapped(paragraph) for paragraph in manual.description.split("\n\n")),
        **{heading: _apart(map(_definition, actions)) for heading, actions in flags.items()},
        "examples": _apart(_example(what, command) for what, command in manual.examples.items()),
        "exit status": _columns(manual.statuses),
        **{heading: _columns(terms) for heading, terms in manual.notes.items()},
    }
    return "\n".join(f"{heading.upper()}\n{_block(lines, _MARGIN)}\n" for heading, lines in sections.items())


def _block(lines: Iterable[str], margin: str) -> str:
    return textwrap.indent("\n".join(lines), margin)


def _apart(paragraphs: Iterable[Iterable[str]]) -> Iterator[str]:
    """Yield the lines of paragraphs, with an empty one between them."""
    for number, paragraph in enumerate(paragraphs):
        yield from ([""] if number else [])
        yield from paragraph


def _definition(action: Action) -> Iterator[str]:
    value = "" if action.nargs == 0 else f"={action.metavar}"
    yield ", ".join(f"{name}{value}" for name in action.option_strings)
    yield _block(_wrapped(action.help or "", len(_DEEPER)), _DEEPER)


def _example(what: str, command: str) -> Iterator[str]:
    yield from _wrapped(f"{what}:")
    yield textwrap.indent(command, _DEEPER)


def _columns(terms: Terms) -> Iterator[str]:
    """Yield terms on the left and what they are on the right; what is no term's stands alone."""
    width = max(map(len, terms)) + 2
    for term, text in terms.items():
        if not term:
            yield from (*_wrapped(text), *([""] if len(terms) > 1 else []))
            continue
        first, *rest = _wrapped(text, width)
        yield f"{term:{width}}{first}"
        yield from (" " * width + line for line in rest)


def _wrapped(text: str, indent: int = 0) -> list[str]:
    width = _WIDTH - len(_MARGIN) - indent
    return textwrap.wrap(" ".join(text.split()), width, break_long_words=False, break_on_hyphens=False)
