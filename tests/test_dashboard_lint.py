"""Both dashboards keep the rules of Grafana's own linter, but for exceptions with their reasons."""

import copy
import re
from collections.abc import Callable

import pytest
import yaml
from board import GRAFANA, NAMES, Board, Json, load
from linter import RULES

# What is excepted: a rule, and which complaint of it. The linter and its readers find the reasons in the file .lint.
EXCEPTIONS = [
    ("template-job-rule", "job has another allValue than .+"),
    ("template-instance-rule", "there is no variable instance"),
    ("target-instance-rule", ".* does not match instance"),
]


def complaints(rule: str, board: Board) -> list[str]:
    """Return what a rule complains of, but for what is excepted."""
    excused = [pattern for name, pattern in EXCEPTIONS if name == rule]
    found = RULES[rule](board)
    return [text for text in found if not any(re.fullmatch(pattern, text, re.DOTALL) for pattern in excused)]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("rule", RULES)
def test_rule(rule: str, name: str) -> None:
    """A dashboard keeps a rule of the linter."""
    assert [] == complaints(rule, load(name))


def test_exceptions_have_reasons() -> None:
    """What is excepted stands with its reason where the linter reads it."""
    excluded = yaml.safe_load((GRAFANA / ".lint").read_text(encoding="utf-8"))["exclusions"]
    assert [rule for rule, _ in EXCEPTIONS] == [*excluded]
    assert all(entry["reason"].endswith(".") for entry in excluded.values())


@pytest.mark.parametrize(("rule", "pattern"), EXCEPTIONS)
def test_exception_is_needed(rule: str, pattern: str) -> None:
    """An exception excuses something in each dashboard, so it goes when its reason does."""
    for name in NAMES:
        assert any(re.fullmatch(pattern, text, re.DOTALL) for text in RULES[rule](load(name)))


def _first(board: Json) -> Json:
    panels: list[Json] = [panel for panel in board["panels"] if panel["type"] != "row"]
    return panels[0]


def _target(board: Json) -> Json:
    target: Json = _first(board)["targets"][0]
    return target


def _expression(text: str) -> Callable[[Json], None]:
    return lambda board: _target(board).update(expr=text)


def _variable(which: str, /, **values: object) -> Callable[[Json], None]:
    def change(board: Json) -> None:
        for variable in board["templating"]["list"]:
            if variable["name"] == which:
                variable.update(values)

    return change


JOB = '{job=~"$job"}'


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        ("template-datasource-rule", _variable("datasource", label="Source")),
        ("template-datasource-rule", _variable("datasource", type="constant")),
        ("template-datasource-rule", _variable("datasource", query="loki")),
        ("template-datasource-rule", _variable("datasource", name="source")),
        ("template-job-rule", _variable("job", label="job")),
        ("template-job-rule", _variable("job", multi=False)),
        ("template-job-rule", _variable("job", type="custom")),
        ("template-job-rule", _variable("job", datasource={"uid": "abc"})),
        ("template-job-rule", _variable("job", name="jobs")),
        ("template-instance-rule", _variable("job", name="instance", multi=False)),
        ("template-label-promql-rule", _variable("tenant", query={"query": "label_values(up{, tenant)"})),
        ("template-label-promql-rule", _variable("tenant", query={"query": "labels(up, tenant)"})),
        ("template-on-time-change-reload-rule", _variable("tenant", refresh=1)),
        ("panel-datasource-rule", lambda board: _first(board).update(datasource={"uid": "abc"})),
        ("panel-datasource-rule", lambda board: _target(board).update(datasource={"uid": "abc"})),
        ("panel-title-description-rule", lambda board: _first(board).update(description="")),
        ("panel-title-description-rule", lambda board: _first(board).update(title="")),
        ("panel-units-rule", lambda board: _first(board)["fieldConfig"]["defaults"].update(unit="people")),
        ("panel-units-rule", lambda board: _first(board)["fieldConfig"]["defaults"].pop("unit")),
        ("panel-no-targets-rule", lambda board: _first(board).update(targets=[])),
        ("target-logql-rule", lambda board: _target(board).update(datasource={"type": "loki"})),
        ("target-logql-auto-rule", lambda board: _target(board).update(datasource={"type": "loki"})),
        ("target-promql-rule", _expression(f"sum(up{JOB}")),
        ("target-rate-interval-rule", _expression(f"sum(rate(a_total{JOB}[5m]))")),
        ("target-job-rule", _expression("up")),
        ("target-job-rule", _expression('up{job="$job"}')),
        ("target-instance-rule", lambda board: _target(board).update(expr=f"sum(rate(a_total{JOB}[5m]))")),
        ("target-counter-agg-rule", _expression(f"sum(a_total{JOB})")),
        ("target-counter-agg-rule", _expression(f"rate(a_total{JOB}[$__rate_interval]) / a_total{JOB}")),
        ("uneditable-dashboard", lambda board: board.update(editable=True)),
        ("uneditable-dashboard", lambda board: board.pop("editable")),
    ],
)
def test_rule_finds_a_fault(rule: str, change: Callable[[Json], None]) -> None:
    """A rule of the linter complains of a dashboard that breaks it."""
    board = load("exporter-health")
    broken = copy.deepcopy(board.json)
    change(broken)
    before, after = (set(RULES[rule](Board("", json))) for json in (board.json, broken))
    assert after - before
