"""What rules are made of: thresholds, records, alerts and their groups.

A threshold stands in the file of rules as a series of its own, so that one number in one place changes every
expression and every text.
"""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from textwrap import dedent
from typing import Any, Final

import yaml

HERE: Final = Path(__file__).parent


def _load(name: str) -> Any:
    return yaml.safe_load((HERE / name).read_text(encoding="utf-8"))


SITE: Final[dict[str, str]] = _load("site.yaml")


@dataclass(frozen=True, slots=True)
class Threshold:
    """A number that whoever loads the rules may change."""

    name: str
    value: float
    unit: str
    reason: str

    @property
    def series(self) -> str:
        """The series that holds it."""
        return f"mimecast:threshold_{self.name}:{self.unit}"


THRESHOLDS: Final = {name: Threshold(name, **fields) for name, fields in _load("thresholds.yaml").items()}


class Dashboard(StrEnum):
    """The dashboards, by their uid."""

    AWARENESS = "mimecast-awareness"
    EXPORTER = "mimecast-exporter"


class Severity(StrEnum):
    """How soon somebody must act: now, or on this working day."""

    CRITICAL = "critical"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Record:
    """A recording rule; ``name`` is level:metric:operations, the level being the labels that are left."""

    name: str
    expression: str
    about: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """An alert; ``lasts`` is its ``for``, and ``means`` says when it fires, for the README.

    The description says what is wrong and where, and its last paragraph, from ``What to do:`` on, what to do.
    """

    name: str
    means: str
    expression: str
    lasts: str
    severity: Severity = Severity.WARNING
    summary: str
    description: str


@dataclass(frozen=True, slots=True)
class Group:
    """Rules that are evaluated in their order; ``audience`` and ``dashboard`` are those of its alerts."""

    name: str
    audience: str
    dashboard: Dashboard
    records: tuple[Record, ...]
    alerts: tuple[Alert, ...]


def limit(name: str) -> str:
    """Return the expression of a threshold; ``max`` because several rulers may write the same series."""
    return f"scalar(max({THRESHOLDS[name].series}))"


def lines(text: str) -> str:
    """Return an indented expression of several lines without its indentation."""
    return dedent(text).strip()


def paragraphs(text: str) -> str:
    """Return an indented text with each of its paragraphs as one line."""
    return "\n".join(" ".join(paragraph.split()) for paragraph in text.strip().split("\n\n"))
