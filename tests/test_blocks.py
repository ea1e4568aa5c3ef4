"""Every block in the documents for users is run as it stands, by the way that ``WAYS`` declares."""

import filecmp
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from blocks import BLOCK, BLOCKS, DOCUMENTS, ROOT, WAYS, Block, Way, blocks_of, run_by, text_of
from program import LOOPBACK, started, wait_until
from prometheus_server import prometheus
from shell import Shell, addresses, end, scraped, tenants_in, up

from exporter.commands.assembly import CATALOGUE
from exporter.config.context import Context
from exporter.config.parse import parse
from exporter.model import Secret

FENCE = re.compile(r"^[ \t]*(?:```|~~~)", re.MULTILINE)
# What the builders of these folders read and write.
BUILT = ("prometheus", "grafana")


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_every_block_has_a_way_to_be_run(block: Block) -> None:
    """Each block has exactly one way to be run."""
    assert 1 == len(block.ways), f"declare in WAYS how this is run:\n{block.text}"


@pytest.mark.parametrize(("document", "language", "sign"), WAYS)
def test_every_way_has_its_block(document: str, language: str, sign: str) -> None:
    """No way is kept for a block that is gone, and none runs two."""
    found = [block for block in BLOCKS if (block.document, block.language) == (document, language)]
    assert 1 == sum(sign in block.text for block in found)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_no_block_is_overlooked(document: str) -> None:
    """Each fence of a document begins or ends a block that was found, and no code is set off by blanks alone."""
    text = text_of(document)
    assert len(FENCE.findall(text)) == 2 * len([*blocks_of(document, text)])
    assert [] == re.findall(r"\n\n(?: {4}|\t)[^-*\d \t].*", BLOCK.sub("", text))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("```sh\nls\n```\n", [("sh", "ls\n")]),
        ("1. Do\n\n   ```sh\n   ls \\\n     -l\n   ```\n2. Then\n", [("sh", "ls \\\n  -l\n")]),
        ("```sh\nls\n```\n\ntext\n\n  ```yaml\n  a: b\n  ```\n", [("sh", "ls\n"), ("yaml", "a: b\n")]),
        ("```\nls\n```\n", [("", "ls\n")]),
        ("```sh\nls\n", []),
    ],
)
def test_how_blocks_are_found(text: str, found: list[tuple[str, str]]) -> None:
    """A block is found where it begins a line and inside a list, with the blanks before its lines taken away."""
    assert found == [(block.language, block.text) for block in blocks_of("", text)]


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    """A directory as after the first command and with the keys put into files, and nothing else."""
    shell = Shell(tmp_path)
    with shell.simulator:
        yield shell


def configuration_in(document: str) -> str:
    (block,) = [block for block in BLOCKS if block.document == document and Way.CONFIGURATION in block.ways]
    return block.text


@run_by(Way.CI)
def test_ci_runs_it(block: Block) -> None:
    """A block that installs something, for which a test would need a network, is a line that CI runs as it stands."""
    gate = text_of(".ci/run")
    (line,) = block.text.splitlines()
    assert line.startswith("python3 -m venv ")
    words = re.findall(r"readme_command (\w+)", gate)
    assert [line] == [run for word in words if word in line for run in _found_by_ci(word)]


def _found_by_ci(word: str) -> list[str]:
    return [line for line in text_of("README.md").splitlines() if word in line and line.startswith("python3 -m venv")][
        :1
    ]


@run_by(Way.SERVE)
def test_it_serves(block: Block, shell: Shell) -> None:
    """A block that serves does so with the document's own configuration, has its tenant up, and ends well."""
    if "--config.file" in block.text:
        shell.write("mimecast-exporter.yaml", shell.here(configuration_in(block.document)))
    with shell.started(shell.here(block.text)) as program:
        assert [1.0] == [*up(scraped(addresses(program)[0])).values()]
        assert 0 == end(program)
    assert [] == [line for line in program.err if "level=info" not in line]
    assert () == shell.simulator.violations


@run_by(Way.END)
def test_it_ends(block: Block, shell: Shell) -> None:
    """A block of commands that end does so with status 0, with the document's own configuration as it stands."""
    shell.write("mimecast-exporter.yaml", configuration_in(block.document))
    done = shell.run(block.text)
    assert (0, "") == (done.returncode, done.stderr)


@run_by(Way.SIMULATE)
def test_it_simulates(block: Block, shell: Shell) -> None:
    """A block that runs the simulator prints a configuration with which the exporter has every tenant up."""
    with shell.started(shell.here(block.text)) as simulated:
        wait_until(lambda: bool(tenants_in(printed(simulated.out))) or simulated.has_ended, "a configuration")
        shell.write("mimecast-exporter.yaml", printed(simulated.out))
        with shell.started("mimecast-exporter --web.listen-address=127.0.0.1:0") as program:
            page = scraped(addresses(program)[0])
        tenants = tenants_in(printed(simulated.out))
        assert {f'mimecast_up{{tenant="{name}"}}': 1.0 for name in tenants} == up(page)
        assert 0 == end(simulated)


def printed(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


@run_by(Way.CONFIGURATION)
def test_it_is_a_configuration(block: Block) -> None:
    """A configuration of the exporter can be used as it stands, without a warning."""
    context = Context(CATALOGUE.collectors, CATALOGUE.default_collectors, lambda _: Secret("cGxhbnRlZA=="))
    assert () == parse(block.text, context).warnings


@run_by(Way.BUILD)
def test_it_builds(block: Block, shell: Shell) -> None:
    """A block that builds what is committed does so in a copy of the folders, and all stays as it is."""
    for folder in BUILT:
        shutil.copytree(ROOT / folder, shell.directory / folder, ignore=shutil.ignore_patterns("__pycache__"))
    done = shell.run(block.text)
    assert (0, "") == (done.returncode, done.stderr)
    for folder in BUILT:
        names = [file.name for file in (shell.directory / folder).iterdir() if file.is_file()]
        assert [] == filecmp.cmpfiles(ROOT / folder, shell.directory / folder, names, shallow=False)[1]


@run_by(Way.RULES)
def test_rules_are_found_by_it(block: Block, shell: Shell, tool: Callable[[str], str]) -> None:
    """A piece of a configuration of Prometheus names rules that lie beside the document, by Prometheus's own tool."""
    folder = shutil.copytree((ROOT / block.document).parent, shell.directory / "rules")
    (folder / "prometheus.yml").write_text(block.text, encoding="utf-8")
    done = subprocess.run(
        [tool("promtool"), "check", "config", "prometheus.yml"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert 0 == done.returncode, done.stderr
    assert len(yaml.safe_load(block.text)["rule_files"]) == done.stdout.count("rules found")


@run_by(Way.PROMETHEUS)
def test_promtool_accepts_it(block: Block, tmp_path: Path, tool: Callable[[str], str]) -> None:
    """A configuration of Prometheus is good as it stands, by Prometheus's own tool."""
    (tmp_path / "prometheus.yml").write_text(block.text, encoding="utf-8")
    done = subprocess.run([tool("promtool"), "check", "config", "prometheus.yml"], cwd=tmp_path, check=False)
    assert 0 == done.returncode


@run_by(Way.PROMETHEUS)
def test_prometheus_scrapes_by_it(block: Block, shell: Shell, tool: Callable[[str], str]) -> None:
    """With a configuration of Prometheus a real one has every tenant up, and every target, and warns of nothing."""
    names = ["acme", *(shell.simulator.add_tenant(name, users=5).name for name in ("globex", "initech"))]
    shell.write("mimecast-exporter.yaml", shell.simulator.configuration())
    with (
        started(*LOOPBACK, directory=shell.directory) as program,
        prometheus(tool("prometheus"), shell.directory, each_second(shell.here(block.text, program.port))) as server,
    ):
        wait_until(lambda: len(server.query("mimecast_up == 1")) == len(names), "all tenants are up")
        assert sorted(names) == sorted(tenant for (tenant,) in server.query("sum by (tenant) (mimecast_up)"))
        wait_until(lambda: server.query("count(up == 0)") == {}, "no target is down")
        jobs = [job["job_name"] for job in yaml.safe_load(block.text)["scrape_configs"]]
        assert jobs == sorted({job for (job,) in server.query("sum by (job) (up == 1)")})
        assert [] == server.warnings()


def each_second(configuration: str) -> str:
    """Return a configuration of Prometheus whose scrapes do not let a test wait."""
    document = yaml.safe_load(configuration)
    for job in document["scrape_configs"]:
        job |= {"scrape_interval": "1s", "scrape_timeout": "1s"}
    return yaml.safe_dump(document)
