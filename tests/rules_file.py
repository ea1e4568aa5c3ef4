"""The file of rules as Prometheus reads it: its records and alerts with what they name and which labels they have."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from declared import declared
from promql import Labels, labels_of, parse

PROMETHEUS = Path(__file__).parents[1] / "prometheus"
RULES = PROMETHEUS / "mimecast.rules.yml"
CASES = Path(__file__).parent / "rules"

# A query in a text: the expression, and the labels of the alert that take the places of %q in it.
_QUERY = re.compile(r"query (?:`(?P<plain>[^`]*)`|\(printf `(?P<form>[^`]*)` (?P<names>[^)]*)\))")
_OWN_LABEL = re.compile(r"\$labels\.(\w+)")


@dataclass(frozen=True)
class Query:
    """A query in a text, and the text from there to the next one."""

    expression: str
    names: tuple[str, ...]
    following: str


@dataclass(frozen=True)
class Alert:
    """An alert as it stands in the file."""

    name: str
    expression: str
    lasts: str
    labels: dict[str, str]
    annotations: dict[str, str]

    @property
    def text(self) -> str:
        """All that it says."""
        return "\n".join(self.annotations.values())

    @property
    def named_labels(self) -> set[str]:
        """The labels of its own that it speaks of."""
        return set(_OWN_LABEL.findall(self.text))

    def queries(self) -> Iterator[Query]:
        """Yield the queries of its texts."""
        for text in self.annotations.values():
            found = [*_QUERY.finditer(text)]
            ends = (*(match.start() for match in found), len(text))[1:]
            for match, end in zip(found, ends, strict=False):
                expression = match["plain"] or match["form"].replace("%q", '"x"')
                yield Query(expression, tuple(_OWN_LABEL.findall(match["names"] or "")), text[match.end() : end])


def _rules() -> Iterator[dict[str, Any]]:
    for group in yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]:
        yield from group["rules"]


def records() -> dict[str, str]:
    """Return the expression of each recording rule by its name, in the order of the file."""
    return {rule["record"]: rule["expr"] for rule in _rules() if "record" in rule}


def alerts() -> dict[str, Alert]:
    """Return the alerts by their names."""
    return {
        rule["alert"]: Alert(rule["alert"], rule["expr"], rule["for"], rule["labels"], rule["annotations"])
        for rule in _rules()
        if "alert" in rule
    }


def known() -> dict[str, Labels]:
    """Return the labels of each series, recorded ones too; PromqlError if a record names what there is not."""
    series = declared()
    for name, expression in records().items():
        series[name] = labels_of(parse(expression), series)
    return series
