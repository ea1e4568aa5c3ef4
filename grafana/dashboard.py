"""A dashboard: the frame that both have around their panels."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from grafana.link import to_other
from grafana.panel import SOURCE, Json
from grafana.query import of_tenants, once, total
from grafana.section import Section, placed
from grafana.threshold import ACT
from grafana.variable import SOURCE_CHOICE

# Grafana 10.4 and 11 write this version, and later ones read it.
_SCHEMA: Final = 39


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """What is marked in all charts: a query, and the text at each of its series."""

    name: str
    expression: str
    title: str
    text: str
    color: str
    step: str = "1h"
    value_is_time: bool = False

    def json(self) -> Json:
        """Return it as Grafana has it."""
        return {
            "name": self.name,
            "datasource": SOURCE,
            "enable": True,
            "hide": False,
            "iconColor": self.color,
            "expr": self.expression,
            "step": self.step,
            "titleFormat": self.title,
            "textFormat": self.text,
            "tagKeys": "",
            "useValueForTime": self.value_is_time,
        }


FAILURES: Final = Annotation(
    name="Failures",
    expression=total(once("tenant, collector, reason", of_tenants("mimecast_collector_failing")), "reason"),
    title="Polls fail",
    text="{{reason}}",
    color=ACT,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """A dashboard; ``other`` is the uid and the title of the one that it links to."""

    uid: str
    title: str
    about: str
    span: str
    variables: Sequence[Json]
    annotations: Sequence[Annotation]
    sections: Sequence[Section]
    other: tuple[str, str]

    def json(self) -> Json:
        """Return it as Grafana reads it."""
        return {
            "uid": self.uid,
            "title": self.title,
            "description": self.about,
            "tags": ["mimecast"],
            "schemaVersion": _SCHEMA,
            "version": 1,
            "editable": False,
            "graphTooltip": 1,
            "refresh": "5m",
            "time": {"from": f"now-{self.span}", "to": "now"},
            "timezone": "browser",
            "links": [to_other(*self.other)],
            "templating": {"list": [SOURCE_CHOICE, *self.variables]},
            "annotations": {"list": [annotation.json() for annotation in self.annotations]},
            "panels": list(placed(self.sections)),
        }
