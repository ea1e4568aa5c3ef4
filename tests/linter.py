"""The rules of Grafana's dashboard-linter, by the names that it gives them.

Each rule yields what it complains of. The linter's documentation says why each of them is good:
https://github.com/grafana/dashboard-linter/blob/main/docs/index.md
"""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

from board import RATE_INTERVAL, Board, Json, expanded
from promql import PromqlError, nodes, parse
from promql_parser import Call, Expr, MatchOp, MatrixSelector, VectorSelector

Rule = Callable[[Board], Iterator[str]]

_SOURCES = ("$datasource", "${datasource}")
_FUNCTION = re.compile(r"([a-z_]+)\((.+)\)")
_FUNCTIONS = {"label_names", "label_values", "metrics", "query_result"}
# Of the units that it allows, those that are in use here.
UNITS = {"none", "short", "locale", "percentunit", "s", "bytes"}
_CHECKED = {"stat", "singlestat", "graph", "table", "timeseries", "gauge", "bargauge", "barchart", "heatmap"}
_COUNTING = {"rate", "irate", "increase"}


def _template_datasource(board: Board) -> Iterator[str]:
    sources = [variable for variable in board.variables.values() if variable["type"] == "datasource"]
    if len(sources) != 1:
        yield f"{len(sources)} templated data sources"
    for source in sources:
        if source["query"] != "prometheus":
            yield f"the data source is of {source['query']}"
        if source["name"] not in {"datasource", "prometheus_datasource"}:
            yield f"the data source is named {source['name']}"
        if source["label"] not in {"Data source", "Prometheus data source"}:
            yield f"the data source is labelled {source['label']}"


def _template(name: str) -> Rule:
    def rule(board: Board) -> Iterator[str]:
        variable = board.variables.get(name)
        if variable is None:
            yield f"there is no variable {name}"
            return
        if variable["type"] != "query":
            yield f"{name} is no query"
        if variable.get("datasource", {}).get("uid") not in _SOURCES:
            yield f"{name} does not use the templated data source"
        if variable["label"] != name.title():
            yield f"{name} is labelled {variable['label']}"
        if not variable["multi"]:
            yield f"{name} is no multi select"
        if variable.get("allValue") != ".+":
            yield f"{name} has another allValue than .+"

    return rule


def _query_variables(board: Board) -> list[Json]:
    return [variable for variable in board.variables.values() if variable["type"] == "query"]


def _template_label_promql(board: Board) -> Iterator[str]:
    for variable in _query_variables(board):
        match = _FUNCTION.fullmatch(variable["query"]["query"])
        if match is None or match[1] not in _FUNCTIONS:
            yield f"{variable['name']} asks for {variable['query']['query']}"
            continue
        argument = match[2].rpartition(",")[0] if match[1] == "label_values" else match[2]
        try:
            parse(expanded(argument))
        except PromqlError as error:
            yield f"{variable['name']}: {error}"


def _template_reload(board: Board) -> Iterator[str]:
    for variable in _query_variables(board):
        if variable["refresh"] != 2:
            yield f"{variable['name']} is not asked for again when the time range changes"


def _panel_datasource(board: Board) -> Iterator[str]:
    for panel in _checked(board):
        sources = [panel.get("datasource"), *(target.get("datasource") for target in panel.get("targets", []))]
        if any((source or {}).get("uid") not in _SOURCES for source in sources):
            yield f"{panel['title']} does not use the templated data source"


def _panel_title_description(board: Board) -> Iterator[str]:
    for panel in _checked(board):
        if not panel.get("title") or not panel.get("description"):
            yield f"panel {panel['id']} lacks its title or description"


def _panel_units(board: Board) -> Iterator[str]:
    for panel in _checked(board):
        unit = panel["fieldConfig"]["defaults"].get("unit")
        if unit not in UNITS:
            yield f"{panel['title']} has the unit {unit}"


def _panel_no_targets(board: Board) -> Iterator[str]:
    for panel in _checked(board):
        if not panel.get("targets"):
            yield f"{panel['title']} has no targets"


def _checked(board: Board) -> list[Json]:
    return [panel for panel in board.panels if panel["type"] in _CHECKED]


def _target_logql(board: Board) -> Iterator[str]:
    """Complain of any query for Loki: there is nothing to check in it as long as there is none."""
    for _, target in board.targets():
        if (target.json or {}).get("datasource", {}).get("type") == "loki":
            yield f"{target.place} is LogQL"


def _expressions(board: Board) -> Iterator[tuple[str, Expr]]:
    for _, target in board.targets():
        try:
            yield target.place, parse(target.promql)
        except PromqlError:
            continue


def _target_promql(board: Board) -> Iterator[str]:
    for _, target in board.targets():
        try:
            parse(target.promql)
        except PromqlError as error:
            yield f"{target.place}: {error}"


def _target_rate_interval(board: Board) -> Iterator[str]:
    interval = timedelta(seconds=int(RATE_INTERVAL.removesuffix("s")))
    for place, expression in _expressions(board):
        calls = [node for node in nodes(expression) if isinstance(node, Call) and node.func.name in {"rate", "irate"}]
        ranges = [argument.range for call in calls for argument in call.args if isinstance(argument, MatrixSelector)]
        if any(found != interval for found in ranges):
            yield f"{place} does not use $__rate_interval"


def _target_matcher(label: str) -> Rule:
    def rule(board: Board) -> Iterator[str]:
        for place, expression in _expressions(board):
            for node in nodes(expression):
                if isinstance(node, VectorSelector) and not _has_matcher(node, label):
                    yield f"{place}: {node.prettify()} does not match {label}"

    return rule


def _has_matcher(selector: VectorSelector, label: str) -> bool:
    found = [matcher for matcher in selector.matchers.matchers if matcher.name == label]
    return any(matcher.op == MatchOp.Re and matcher.value == f"${label}" for matcher in found)


def _target_counter_agg(board: Board) -> Iterator[str]:
    for place, expression in _expressions(board):
        found = [*nodes(expression)]
        calls = [node for node in found if isinstance(node, Call) and node.func.name in _COUNTING]
        counted = [argument for call in calls for argument in call.args if isinstance(argument, MatrixSelector)]
        names = [argument.vector_selector.name for argument in counted]
        counters = [node.name or "" for node in found if isinstance(node, VectorSelector)]
        for name in {name for name in counters if name.endswith("_total")}:
            if counters.count(name) != names.count(name):
                yield f"{place}: {name} is counted without rate, irate or increase"


def _uneditable(board: Board) -> Iterator[str]:
    if board.json.get("editable", True):
        yield "it is editable"


RULES: dict[str, Rule] = {
    "template-datasource-rule": _template_datasource,
    "template-job-rule": _template("job"),
    "template-instance-rule": _template("instance"),
    "template-label-promql-rule": _template_label_promql,
    "template-on-time-change-reload-rule": _template_reload,
    "panel-datasource-rule": _panel_datasource,
    "panel-title-description-rule": _panel_title_description,
    "panel-units-rule": _panel_units,
    "panel-no-targets-rule": _panel_no_targets,
    "target-logql-rule": _target_logql,
    "target-logql-auto-rule": _target_logql,
    "target-promql-rule": _target_promql,
    "target-rate-interval-rule": _target_rate_interval,
    "target-job-rule": _target_matcher("job"),
    "target-instance-rule": _target_matcher("instance"),
    "target-counter-agg-rule": _target_counter_agg,
    "uneditable-dashboard": _uneditable,
}
