"""The documents say what is so: the list of metrics is made from declarations, and flags and variables are there.

``pytest --update`` rewrites the list.
"""

import re
import shlex
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from blocks import BLOCKS, DOCUMENTS, ROOT, text_of
from declared import used_instruments
from program import started

from exporter import __version__
from exporter.collectors import COLLECTORS, DEFAULT_COLLECTORS
from exporter.collectors.question import Collector
from exporter.commands.assembly import CATALOGUE
from exporter.config.context import Context
from exporter.config.environment import from_environment
from exporter.errors import ConfigurationError, Reason
from exporter.model import Kind, Metric, Secret
from exporter.scrape import POLL_METRICS

TEXT = text_of("README.md")
METRICS = ROOT / "exporter" / "collectors" / "README.md"
LINKING = ("CONTRIBUTING.md", "CHANGELOG.md", *DOCUMENTS)
MOST_LINES = 200

TRY_IT = "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/mimecast-exporter demo"
TEST_IT = "python3 -m venv .venv && .venv/bin/pip install -e '.[test]' && .venv/bin/pytest -n 4"

# Said once above the table.
AGE = " As old as the refresh interval allows."
TYPES = {Kind.GAUGE: "gauge", Kind.INFO: "info", Kind.GAUGE_HISTOGRAM: "gauge histogram"}

FLAG = re.compile(r"(?<![\w-])--[a-z](?:[a-z.-]*[a-z])?")
LINK = re.compile(r"\]\(([^)#:\s]+)\)")
CONTEXT = Context(CATALOGUE.collectors, CATALOGUE.default_collectors, lambda _: Secret("cGxhbnRlZA=="))


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    names = [*head]
    lines = [names, ["---"] * len(names), *rows]
    return "".join(f"| {' | '.join(text.replace('|', chr(92) + '|') for text in line)} |\n" for line in lines)


def code(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def declared(metrics: Iterable[Metric]) -> Iterator[tuple[str, ...]]:
    for metric in metrics:
        yield f"`{metric.name}`", TYPES[metric.kind], code(("tenant", *metric.labels)), metric.help.removesuffix(AGE)


def instrument_rows() -> Iterator[tuple[str, ...]]:
    for family in used_instruments().registry.collect():
        if family.name.startswith("mimecast_"):
            ending = {"counter": "_total", "info": "_info"}.get(family.type, "")
            labels = [name for name in family.samples[0].labels if name != "le"]
            yield f"`{family.name}{ending}`", family.type, code(labels), family.documentation


HEAD = ("metric", "type", "labels", "what it says")


def section(collector: Collector) -> str:
    about = (sys.modules[collector.ask.__module__].__doc__ or "").splitlines()[0]
    by_default = " It is on by default." if collector.name in DEFAULT_COLLECTORS else ""
    return f"## Collector `{collector.name}`\n\n{about}{by_default}\n\n{table(HEAD, declared(collector.metrics))}"


def list_of_metrics() -> str:
    parts = (
        f"## Of each poll\n\n{table(HEAD, declared(POLL_METRICS))}",
        *map(section, COLLECTORS),
        f"## Of the process\n\n{table(HEAD, instrument_rows())}",
    )
    return "\n".join(parts)


def test_metrics(update: bool) -> None:  # noqa: FBT001 - a fixture
    """The list of metrics beside the collectors is the one that is made from their declarations."""
    text = METRICS.read_text(encoding="utf-8")
    before, start, rest = text.partition("<!-- generated -->\n")
    found, end, after = rest.partition("<!-- end of what is generated -->\n")
    assert end
    if update:
        found = list_of_metrics()
        METRICS.write_text(f"{before}{start}{found}{end}{after}", encoding="utf-8")
    assert list_of_metrics() == found


def test_collectors() -> None:
    """The README's table has every collector, in their order, those of API 1.0 alone marked as such."""
    rows = re.findall(r"^\| `(\w+)`( \(API 1\.0\))? \|.*\|.*\|$", TEXT, re.MULTILINE)
    assert [(collector.name, collector.signed_only) for collector in COLLECTORS] == [
        (name, bool(mark)) for name, mark in rows
    ]


def test_reasons() -> None:
    """The README names the closed set of reasons, each once."""
    listed = TEXT.partition("The reasons are\n")[2].partition(".")[0]
    assert [*map(str, Reason)] == re.findall(r"`(\w+)`", listed)


def test_readme_is_short() -> None:
    """The README has at most 200 lines."""
    assert len(TEXT.splitlines()) <= MOST_LINES


@pytest.mark.parametrize("command", [TRY_IT, TEST_IT])
def test_the_two_commands(command: str) -> None:
    """Each of the two commands is a block of the README, word by word."""
    assert f"{command}\n" in [block.text for block in BLOCKS if block.document == "README.md"]


def test_flags(tmp_path: Path) -> None:
    """The README names every flag of every command, and no other."""
    flags = set()
    for command in ([], ["demo"], ["once"], ["simulate"], ["check"], ["healthcheck"]):
        with started(*command, "--help", directory=tmp_path) as program:
            assert 0 == program.wait()
            flags |= set(FLAG.findall("\n".join(program.out)))
    assert flags == set(FLAG.findall(TEXT))


@pytest.mark.parametrize("name", sorted(set(re.findall(r"MIMECAST_[A-Z_]+[A-Z]", TEXT))))
def test_variable(name: str) -> None:
    """A variable that the README names is one that the program reads."""
    with pytest.raises(ConfigurationError) as caught:
        from_environment({name: ""}, CONTEXT)
    assert [] == [problem for problem in caught.value.problems if "unknown variable" in problem.message]


@pytest.mark.parametrize("name", LINKING)
def test_links(name: str) -> None:
    """A link to a file of ours leads to one."""
    links = LINK.findall(text_of(name))
    assert [] == [link for link in links if not (ROOT / name).parent.joinpath(link).exists()]


def test_changelog() -> None:
    """The changelog has what is to come, or the version that is."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "## [Unreleased]" in text or f"## [{__version__}]" in text


def test_ci_runs_what_contributors_run() -> None:
    """Each check that CONTRIBUTING.md names is one of CI."""
    gate = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    named = re.findall(r"^\.venv/bin/(.+)$", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.MULTILINE)
    checks = [command for command in named if shlex.split(command)[0] in {"bandit", "mypy", "ruff"}]
    assert checks
    assert [] == [command for command in checks if command not in gate]
