"""The rules of Prometheus: built from their tables, of series that there are, with texts that can be acted on."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from declared import TARGET
from promql import labels_of, nodes, parse
from promql_parser import BinaryExpr, Call, NumberLiteral
from rules_file import CASES, PROMETHEUS, RULES, Alert, alerts, known, records

from exporter.config.quantity import seconds
from exporter.errors import Reason
from exporter.hint import HINTS

RECORDS = records()
ALERTS = alerts()
KNOWN = known()
THRESHOLDS = yaml.safe_load((PROMETHEUS / "thresholds.yaml").read_text(encoding="utf-8"))
RUNBOOKS = {path.stem: path.read_text(encoding="utf-8") for path in (PROMETHEUS / "runbooks").iterdir()}

OF_THE_EXPORTER = {"MimecastExporterAbsent", "MimecastExporterDown", "MimecastTargetDown", "MimecastConfigReloadFailed"}
WITH_REASONS = ("MimecastTenantDown", "MimecastCredentialsRefused", "MimecastRateLimited")
# Two polls that were missed, of a refresh interval of 5 minutes, and the one after.
SHORTEST = 15 * 60
FLAPPING = {"topk", "bottomk", "rate", "irate", "increase", "delta", "deriv"}
SECTIONS = ["## Meaning", "## Likely causes", "## What to do"]
LINK = re.compile(r"\]\(([^)#:\s]+)\)")
ROW = re.compile(r"^\| `(\w+)` \| (.*) \|$", re.MULTILINE)

every_alert = pytest.mark.parametrize("alert", ALERTS.values(), ids=lambda alert: alert.name)


def build(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "prometheus.build", *arguments]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


def test_the_rules_are_built(update: bool) -> None:  # noqa: FBT001 - a fixture
    """The rules, and the README's list of alerts, are byte for byte what the tables give."""
    built = build(PROMETHEUS.parent, *([] if update else ["--check"]))
    assert (0, "") == (built.returncode, built.stderr)


def test_a_threshold_is_one_line_of_the_rules(tmp_path: Path) -> None:
    """A threshold that is changed changes one line of the rules, and a check says so until they are built."""
    shutil.copytree(PROMETHEUS, tmp_path / "prometheus")
    thresholds = tmp_path / "prometheus" / "thresholds.yaml"
    text = thresholds.read_text(encoding="utf-8")
    thresholds.write_text(text.replace("value: 0.75", "value: 0.6"), encoding="utf-8")
    checked = build(tmp_path, "--check")
    assert (1, "mimecast.rules.yml: not as built\n") == (checked.returncode, checked.stdout)
    assert 0 == build(tmp_path).returncode
    rules = (tmp_path / "prometheus" / RULES.name).read_text(encoding="utf-8").splitlines()
    before = RULES.read_text(encoding="utf-8").splitlines()
    changed = [pair for pair in zip(before, rules, strict=True) if pair[0] != pair[1]]
    assert [("        expr: vector(0.75)", "        expr: vector(0.6)")] == changed
    assert 0 == build(tmp_path, "--check").returncode


def test_a_site_is_one_place(tmp_path: Path) -> None:
    """The name of the job and the addresses of a site are in every expression, text and link, wherever they are due."""
    shutil.copytree(PROMETHEUS, tmp_path / "prometheus")
    site = {"job": "awareness", "runbook_base": "https://git.example/main", "grafana_base": "https://grafana.example"}
    (tmp_path / "prometheus" / "site.yaml").write_text(yaml.safe_dump(site), encoding="utf-8")
    assert 0 == build(tmp_path).returncode
    text = (tmp_path / "prometheus" / RULES.name).read_text(encoding="utf-8")
    assert (0, 2) == (text.count(".*mimecast.*"), text.count('awareness"}') + text.count("matches awareness,"))
    assert len(ALERTS) == text.count("runbook_url: 'https://git.example/main/prometheus/runbooks/")
    assert len(ALERTS) == text.count("dashboard_url: 'https://grafana.example/d/mimecast-")


def test_promtool_accepts_the_rules(tool: Callable[[str], str]) -> None:
    """Prometheus's own tool accepts the rules, and finds none twice."""
    command = [tool("promtool"), "check", "rules", "--lint-fatal", str(RULES)]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (0, "") == (checked.returncode, checked.stderr)


def test_alertmanager_accepts_its_example(tool: Callable[[str], str]) -> None:
    """Alertmanager's own tool accepts the example of its configuration."""
    command = [tool("amtool"), "check-config", str(PROMETHEUS / "alertmanager.yml")]
    assert 0 == subprocess.run(command, capture_output=True, check=False).returncode


@pytest.mark.parametrize("name", [name for name in RECORDS if not name.startswith("mimecast:")])
def test_a_record_is_named_for_its_labels(name: str) -> None:
    """The level of a record, which begins its name, has all its labels and no other."""
    assert sorted(name.partition(":")[0].split("_")) == sorted(KNOWN[name])


def test_thresholds() -> None:
    """Each threshold among the records is one of the file of thresholds, has its value, and no labels."""
    series = {f"mimecast:threshold_{name}:{one['unit']}": f"vector({one['value']})" for name, one in THRESHOLDS.items()}
    recorded = {name: expression for name, expression in RECORDS.items() if name.startswith("mimecast:")}
    assert recorded == {name: series.get(name) for name in recorded}
    assert {frozenset()} == {KNOWN[name] for name in recorded}


def test_no_threshold_is_without_use() -> None:
    """Each threshold is used by the rules or by the dashboards."""
    dashboards = "".join(path.read_text(encoding="utf-8") for path in PROMETHEUS.parent.glob("grafana/*.py"))
    used = {
        name for name in THRESHOLDS if f'"{name}"' in dashboards or f":threshold_{name}:" in RULES.read_text("utf-8")
    }
    assert {*THRESHOLDS} == used


@every_alert
def test_an_alert_is_of_what_there_is(alert: Alert) -> None:
    """An alert is of declared series and labels, speaks of labels that it has, and keeps the tenant if it is of one."""
    labels = labels_of(parse(alert.expression), KNOWN)
    assert set() == alert.named_labels - labels
    assert (alert.name not in OF_THE_EXPORTER) is ("tenant" in labels)
    assert ("tenant" in labels) is ("$labels.tenant" in alert.annotations["summary"])
    assert alert.name in OF_THE_EXPORTER or not labels & TARGET


@every_alert
def test_a_text_asks_for_what_there_is(alert: Alert) -> None:
    """The queries of a text are of declared series and labels, of the alert's own tenant or job, or of a threshold."""
    for query in alert.queries():
        labels = labels_of(parse(query.expression), KNOWN)
        shown = set(re.findall(r'\$one\.Labels\.(\w+)|sortByLabel "(\w+)"', query.following))
        assert set() == {name for names in shown for name in names if name} - labels
        assert (
            "tenant" in query.names or "job" in query.names or query.expression.startswith(("mimecast:", "(mimecast:"))
        )


@pytest.mark.parametrize("name", [*RECORDS, *ALERTS])
def test_every_division_is_guarded(name: str) -> None:
    """What is divided by is compared with 0 before, or is a number."""
    expression = parse(RECORDS.get(name) or ALERTS[name].expression)
    divisions = [node for node in nodes(expression) if isinstance(node, BinaryExpr) and "/" in str(node.op)]
    by = [node.rhs for node in divisions if not isinstance(node.rhs, NumberLiteral)]
    assert [] == [text for node in by if " > 0" not in (text := node.prettify())]


@every_alert
def test_an_alert_is_calm(alert: Alert) -> None:
    """An alert lasts for more than two polls, and neither ranks nor takes rates of what is replaced at each poll."""
    assert SHORTEST <= (seconds(alert.lasts) or 0)
    found = [*nodes(parse(alert.expression)), *(node for one in RECORDS.values() for node in nodes(parse(one)))]
    names = {node.func.name for node in found if isinstance(node, Call)} | {
        str(getattr(node, "op", "")) for node in found
    }
    assert set() == {name.strip() for name in names} & FLAPPING


@every_alert
def test_an_alert_says_what_and_where_and_what_to_do(alert: Alert) -> None:
    """An alert has a severity, an audience, one line of summary, what to do, a page and a dashboard."""
    assert {"severity", "audience"} == set(alert.labels)
    assert {"critical", "warning"} >= {alert.labels["severity"]}
    assert {"operator", "awareness"} >= {alert.labels["audience"]}
    assert ["summary", "description", "runbook_url", "dashboard_url"] == list(alert.annotations)
    assert re.fullmatch(r"[^\n]*Mimecast[^\n]*\.", alert.annotations["summary"])
    what, to_do = alert.annotations["description"].split("\n")
    assert ("What to do: ", True) == (to_do[:12], bool(what))
    assert f"prometheus/runbooks/{alert.name}.md" == alert.annotations["runbook_url"]


def test_every_alert_has_its_page() -> None:
    """Each alert has a runbook of three sections, and there is no other page."""
    assert sorted(ALERTS) == sorted(RUNBOOKS)
    for name, text in RUNBOOKS.items():
        assert [f"# {name}", *SECTIONS] == re.findall(r"^#.*", text, re.MULTILINE)
        assert [] == [part for part in re.split(r"^#.*", text, flags=re.MULTILINE)[2:] if not part.strip()]


def test_every_reason_has_one_alert() -> None:
    """Each reason of a failed poll is on the page of one alert, with the hint that the exporter itself gives."""
    rows = [row for name in WITH_REASONS for row in ROW.findall(RUNBOOKS[name])]
    assert sorted((str(reason), HINTS[reason]) for reason in Reason) == sorted(rows)


def test_a_tenant_that_is_down_points_at_somebody() -> None:
    """Of each reason that a tenant is down for, its alert says once where it points, and of no other."""
    alert = ALERTS["MimecastTenantDown"]
    (apart,) = re.findall(r'reason=~"([^"]*)"', alert.expression)
    pointing = re.findall(r'reason=~"([^"]*)"', alert.annotations["description"])
    assert sorted(map(str, Reason)) == sorted("|".join([apart, *pointing]).split("|"))


def test_every_alert_has_its_cases() -> None:
    """Each alert has a file of cases in which it fires and in which it stays quiet, which their names say."""
    assert sorted(ALERTS) == sorted(path.stem for path in CASES.iterdir())
    for path in CASES.iterdir():
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert {path.stem} == {one["alertname"] for test in document["tests"] for one in test["alert_rule_test"]}
        fires = {test["name"]: any(one["exp_alerts"] for one in test["alert_rule_test"]) for test in document["tests"]}
        assert {True, False} == set(fires.values())
        assert fires == {name: name.startswith("fires") for name in fires}
        assert [] == [name for name in fires if not name.startswith(("fires", "quiet"))]


@pytest.mark.parametrize("path", sorted(CASES.iterdir()), ids=lambda path: path.stem)
def test_cases(path: Path, tool: Callable[[str], str]) -> None:
    """An alert fires with exactly these labels and texts, and stays quiet otherwise."""
    tested = subprocess.run([tool("promtool"), "test", "rules", path], capture_output=True, text=True, check=False)
    assert 0 == tested.returncode, tested.stdout + tested.stderr


@pytest.mark.parametrize(
    "path", [PROMETHEUS / "README.md", *(PROMETHEUS / "runbooks").iterdir()], ids=lambda path: path.stem
)
def test_links(path: Path) -> None:
    """A link of these pages leads to a file."""
    links = LINK.findall(path.read_text(encoding="utf-8"))
    assert [] == [link for link in links if not (path.parent / link).exists()]
