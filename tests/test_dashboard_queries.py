"""What the dashboards ask Prometheus: of series that there are, bounded, summed before it is divided, counted once."""

import re
from collections.abc import Iterator
from math import inf

import pytest
from board import LEGEND, NAMES, Target, load
from declared import declared
from promql import labels_of, nodes, parse
from promql_parser import (
    AggregateExpr,
    BinaryExpr,
    Call,
    Expr,
    MatrixSelector,
    NumberLiteral,
    StringLiteral,
    VectorSelector,
)

from exporter.scrape import POLL_METRICS

KNOWN = declared()
MOST_SERIES = 10
# Labels whose values are a closed set or one number, so that there are a few however many tenants and titles there are.
CLOSED = {"grade", "incorrect_answers", "overdue", "reason", "code", "collector", "le", "part", "whole", "note"}
BOARDS = [load(name) for name in NAMES]
QUERIES = [pytest.param(target, id=f"{board.name}, {target.place}") for board in BOARDS for target in board.queries()]
DRAWN = [
    pytest.param(target, id=f"{board.name}, {target.place}")
    for board in BOARDS
    for panel, target in board.targets()
    if panel["type"] != "table"
]

every_query = pytest.mark.parametrize("target", QUERIES)


@every_query
def test_query_names_only_what_there_is(target: Target) -> None:
    """A query has metrics and labels that are declared, joins series by labels that both have, and so has a result."""
    labels_of(parse(target.promql), KNOWN)


@every_query
def test_legend_has_the_labels_that_it_names(target: Target) -> None:
    """A legend names labels that the series still have after all sums."""
    expression = parse(target.promql)
    replaced = {
        argument.val
        for call in nodes(expression)
        if isinstance(call, Call) and call.func.name in {"label_replace", "label_join"}
        for argument in call.args[1:2]
        if isinstance(argument, StringLiteral)
    }
    assert set() == set(LEGEND.findall(target.legend)) - labels_of(expression, KNOWN) - replaced


@pytest.mark.parametrize("target", DRAWN)
def test_charts_have_few_lines(target: Target) -> None:
    """A figure, a chart or a row of bars has a few series, with one tenant as with 200, with 3 titles as with 500."""
    expression = parse(target.promql)
    labels = labels_of(expression, KNOWN) - CLOSED
    most = [_most(node) for node in nodes(expression) if isinstance(node, AggregateExpr)]
    assert not labels or min(most) <= MOST_SERIES


def _most(aggregate: AggregateExpr) -> float:
    """Return how many series an aggregation lets through at most, if it says so by a number."""
    is_top = str(aggregate.op) in {"topk", "bottomk"} and isinstance(aggregate.param, NumberLiteral)
    return float(aggregate.param.val) if is_top and aggregate.param else inf


@every_query
def test_only_counters_have_rates(target: Target) -> None:
    """Nothing but counters of the process is a rate or an increase: all else is a state."""
    calls = [node for node in nodes(parse(target.promql)) if isinstance(node, Call)]
    rated = [call.args[0] for call in calls if call.func.name in {"rate", "irate", "increase", "delta", "deriv"}]
    names = [argument.vector_selector.name or "" for argument in rated if isinstance(argument, MatrixSelector)]
    assert [] == [name for name in names if not re.fullmatch(r"\w+_total|\w+_request_duration_seconds_bucket", name)]


@every_query
def test_ratios_are_of_sums(target: Target) -> None:
    """Nothing is averaged."""
    calls = [str(node.op) for node in nodes(parse(target.promql)) if isinstance(node, AggregateExpr)]
    assert "avg" not in calls


def _aggregated(expression: Expr, by: str = "") -> Iterator[tuple[str, str]]:
    """Yield each selector whose numbers count with the innermost aggregation around it."""
    match expression:
        case BinaryExpr() if str(expression.op).strip() in {"and", "unless"}:
            # Of the right side it only matters that it is there.
            yield from _aggregated(expression.lhs, by)
        case VectorSelector():
            yield expression.name or "", by
        case AggregateExpr():
            yield from _aggregated(expression.expr, str(expression.op))
        case Call():
            for argument in expression.args:
                yield from _aggregated(argument, by)
        case _:
            for side in ("expr", "lhs", "rhs"):
                inner = getattr(expression, side, None)
                if inner is not None:
                    yield from _aggregated(inner, by)


POLLED = {name for name, labels in KNOWN.items() if "tenant" in labels and not name.startswith("mimecast_exporter_")}


@every_query
def test_a_pair_of_exporters_counts_once(target: Target) -> None:
    """A number of a tenant is first taken once over all exporters that have it, and only then summed or counted."""
    found = [pair for pair in _aggregated(parse(target.promql)) if pair[0] in POLLED]
    assert [] == [pair for pair in found if pair[1] not in {"max", "min", "quantile"}]


def test_every_metric_of_a_poll_that_says_how_it_went_is_shown() -> None:
    """The dashboard of health shows every metric that is of each poll."""
    shown = {node.name for target in load("exporter-health").queries() for node in _selectors(target)}
    missing = {metric.name for metric in POLL_METRICS} - shown
    assert set() == missing


def _selectors(target: Target) -> Iterator[VectorSelector]:
    return (node for node in nodes(parse(target.promql)) if isinstance(node, VectorSelector))
