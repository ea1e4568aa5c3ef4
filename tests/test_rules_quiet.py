"""The rules over pages of the real collectors: nothing fires where nothing is wrong."""

import json
import re
import subprocess
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from hands import START
from house import House
from rules_file import RULES

from exporter.collectors import COLLECTORS
from exporter.simulator.tenant import TenantOptions

ALL = ", ".join(collector.name for collector in COLLECTORS)
DEFAULT = "training, queue, performance, safe_score, watchlist"
TARGET = 'job="mimecast",instance="exporter-1:10463"'
STEP = timedelta(minutes=5)
STEPS = 60
GAP: dict[str, float] = {}

Page = dict[str, float]


def values(pages: Sequence[Page], series: str) -> str:
    """Return the values of one series over pages, in promtool's words; times are those since the start."""
    zero = START.timestamp() if "_timestamp_seconds" in series else 0.0
    return " ".join("_" if series not in page else f"{page[series] - zero:.6f}" for page in pages)


def case(pages: Sequence[Page]) -> str:
    """Return a case of promtool in which these pages are scraped one by one, and no alert fires."""
    names = {series for page in pages for series in page}
    series = [{"series": name.replace("{", f"{{{TARGET},", 1), "values": values(pages, name)} for name in sorted(names)]
    series.append({"series": f"up{{{TARGET}}}", "values": " ".join("1" if page else "0" for page in pages)})
    times = [f"{int(STEP.total_seconds() / 60) * step}m" for step in range(len(pages))]
    expectations = [{"expr": 'ALERTS{alertstate="firing"}', "eval_time": time, "exp_samples": []} for time in times]
    test = {"interval": "5m", "input_series": series, "promql_expr_test": expectations}
    order = [group["name"] for group in yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]]
    document = {"rule_files": [str(RULES)], "evaluation_interval": "5m", "group_eval_order": order, "tests": [test]}
    return json.dumps(document)


def pages_of(house: House, collectors: str, options: TenantOptions) -> tuple[Page, Page]:
    """Return the page of a tenant before its first poll has ended, and the one after."""
    house.simulator.add_tenant("acme", **options)
    house.build(collectors=collectors)
    return house.scrape(seconds=0.0), house.scrape()


def firing(binary: str, directory: Path, pages: Sequence[Page]) -> str:
    """Return what promtool says of alerts that fire while these pages are scraped; nothing if none does."""
    (directory / "case.yaml").write_text(case(pages), encoding="utf-8")
    command = [binary, "test", "rules", "case.yaml"]
    tested = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    return "" if tested.returncode == 0 else tested.stdout + tested.stderr


COMPANIES: dict[str, tuple[str, TenantOptions]] = {
    "a company with all collectors": (ALL, {}),
    "one with the default ones": (DEFAULT, {}),
    "one with trainings alone": ("training", {}),
    "one of API 2.0 in the other spelling": (DEFAULT, {"api": 2, "spelling": "table"}),
    "one without people": (ALL, {"users": 0}),
    "one without people, with trainings alone": ("training", {"users": 0}),
    "one of five people": (ALL, {"users": 5}),
    "one that has launched its first title": (ALL, {"titles": 1, "simulations": 0}),
    "one that has launched its first title, with trainings alone": ("training", {"titles": 1}),
}


@pytest.mark.parametrize(("collectors", "options"), COMPANIES.values(), ids=COMPANIES)
def test_nothing_fires(
    collectors: str, options: TenantOptions, house: House, tool: Callable[[str], str], tmp_path: Path
) -> None:
    """Nothing fires over hours of such a company, from the first scrape on, which comes before any poll has ended."""
    first, later = pages_of(house, collectors, options)
    assert "" == firing(tool("promtool"), tmp_path, [first, *[later] * STEPS])


def test_nothing_fires_over_a_restart(house: House, tool: Callable[[str], str], tmp_path: Path) -> None:
    """Nothing fires while an exporter restarts, and has not polled yet when it is back."""
    first, later = pages_of(house, ALL, {})
    pages = [*[later] * 12, GAP, GAP, first, *[later] * STEPS]
    assert "" == firing(tool("promtool"), tmp_path, pages)


def test_a_tenant_that_fails_fires(house: House, tool: Callable[[str], str], tmp_path: Path) -> None:
    """Over pages of the same kind, polls that fail from the first one on do fire, and nothing else does."""
    house.simulator.add_tenant("acme").fail("http_500")
    house.build(collectors="training")
    said = firing(tool("promtool"), tmp_path, [house.scrape()] * 4)
    assert {"MimecastTenantDown"} == set(re.findall(r'alertname="(\w+)"', said))
