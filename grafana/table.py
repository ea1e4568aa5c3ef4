"""Tables whose columns all come from one query: each number carries the name of its column as a label."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from grafana.panel import Json, Panel, Query, Scale, Words
from grafana.query import named
from grafana.threshold import Steps, ground

GROUND: Final = {"type": "color-background", "mode": "basic"}
NOTHING: Final = "–"  # noqa: RUF001 - what a table shows for a number that is not known


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column: its expression gives one number a row. ``look`` are properties of its cells, ``width`` is in pixels."""

    name: str
    expression: str
    unit: str = "locale"
    width: int = 100
    decimals: int = 0
    look: Json = field(default_factory=dict)

    def json(self) -> Json:
        """Return the column's properties."""
        return {
            "unit": self.unit,
            "decimals": self.decimals,
            "noValue": NOTHING,
            "custom.align": "right",
            "custom.width": self.width,
            **self.look,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """What the rows are: a label, the heading of its column, and how the table is sorted at first."""

    label: str
    heading: str
    sort: str
    downwards: bool = False
    links: Sequence[Json] = ()


def percents(name: str, expression: str, look: Json, width: int = 110) -> Column:
    """Return a column of ratios."""
    return Column(name=name, expression=expression, unit="percentunit", width=width, decimals=1, look=look)


def colored(steps: Steps) -> Json:
    """Return the look of cells whose ground has a colour where somebody should look."""
    return {"thresholds": ground(steps), "color": {"mode": "thresholds"}, "custom.cellOptions": GROUND}


def barred(steps: Steps) -> Json:
    """Return the look of cells that are bars of 0 to 100 percent, with the number beside them."""
    return {
        "thresholds": steps,
        "color": {"mode": "thresholds"},
        "min": 0,
        "max": 1,
        "custom.cellOptions": {"type": "gauge", "mode": "basic", "valueDisplayMode": "text"},
    }


def said(texts: Mapping[str, tuple[str, str | None]]) -> Json:
    """Return the look of cells that show other texts than they hold, each with the colour of its ground or none."""
    options = {
        text: {"text": shown, "index": index, **({"color": hue} if hue else {})}
        for index, (text, (shown, hue)) in enumerate(texts.items())
    }
    return {"mappings": [{"type": "value", "options": options}]}


def pivot(words: Words, rows: Rows, columns: Sequence[Column]) -> Panel:
    """Return a table with a row for each value of a label, and a column for each expression."""
    corner = f"{rows.label}\\column"
    expressions = {column.name: column.expression for column in columns}
    by_name = {rows.heading: {"links": list(rows.links)}} if rows.links else {}
    return Panel(
        kind="table",
        words=words,
        scale=Scale("locale", least=None),
        queries=[Query(named("column", expressions), instant=True, format="table")],
        by_name={**by_name, **{column.name: column.json() for column in columns}},
        options=sorted_by((rows.sort, rows.downwards)),
        transformations=[
            {
                "id": "groupingToMatrix",
                "options": {"rowField": rows.label, "columnField": "column", "valueField": "Value"},
            },
            organized({corner: rows.heading}, [corner, *expressions]),
        ],
    )


def sorted_by(*sort: tuple[str, bool]) -> Json:
    """Return the options of a table that is sorted by headings, each upwards or downwards."""
    return {
        "showHeader": True,
        "cellHeight": "sm",
        "sortBy": [{"displayName": name, "desc": is_down} for name, is_down in sort],
    }


def organized(names: Mapping[str, str], order: Sequence[str], without: Sequence[str] = ()) -> Json:
    """Return the transformation that gives columns their names and order, and leaves some out."""
    chosen: dict[str, Any] = {
        "renameByName": dict(names),
        "indexByName": {name: place for place, name in enumerate(order)},
        "excludeByName": dict.fromkeys(without, True),
    }
    return {"id": "organize", "options": chosen}
