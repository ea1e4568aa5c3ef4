"""The workflows: pinned, with no right too many, in line with what the project promises, and accepted by zizmor."""

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import needed
import pytest
import yaml

ROOT = Path(__file__).parents[2]
GITHUB = ROOT / ".github"
FILES = sorted((GITHUB / "workflows").glob("*.yml"))
# All that a job may be given, by its name.
RIGHTS = {
    "gate": {"contents": "read"},
    "test": {"contents": "read"},
    "build": {"contents": "read"},
    "provenance": {"id-token": "write", "attestations": "write"},
    "pypi": {"id-token": "write"},
    "image": {"contents": "read", "packages": "write", "id-token": "write", "attestations": "write"},
    "release": {"contents": "write"},
}
PINNED = re.compile(r"[\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")

Json = dict[str, Any]

every_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)


def load(path: Path) -> Json:
    read: Json = yaml.safe_load(path.read_text(encoding="utf-8"))
    return read


def steps() -> list[tuple[str, Json]]:
    jobs = [(name, job) for path in FILES for name, job in load(path)["jobs"].items()]
    return [(name, step) for name, job in jobs for step in job.get("steps", ())]


def test_zizmor_finds_nothing() -> None:
    """Zizmor finds nothing in the workflows, nor in what renews their pins."""
    command = [needed.program("zizmor"), "--offline", "--no-progress", "--quiet", str(GITHUB)]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert 0 == found.returncode, found.stdout


@every_file
def test_everything_is_pinned(path: Path) -> None:
    """Each foreign action is one commit, with its version beside it, and the same one wherever it is used."""
    used = re.findall(r"uses: (\S+(?: # \S+)?)", path.read_text(encoding="utf-8"))
    assert [] == [text for text in used if not PINNED.fullmatch(text) and not text.startswith("$/")]
    everywhere = {text for file in FILES for text in re.findall(r"uses: (\S+@\S+)", file.read_text(encoding="utf-8"))}
    assert len(everywhere) == len({text.partition("@")[0] for text in everywhere})


@every_file
def test_rights(path: Path) -> None:
    """A workflow has no right, and each of its jobs those alone that are listed, and an end of its time."""
    workflow = load(path)
    assert {} == workflow["permissions"]
    for name, job in workflow["jobs"].items():
        assert RIGHTS[name] == job["permissions"]
        assert "uses" in job or 0 < job["timeout-minutes"] <= 90


def test_nothing_of_a_stranger_becomes_a_command() -> None:
    """No expression stands in a command, nor a secret anywhere, and what is checked out has no token."""
    assert [] == [step["run"] for _, step in steps() if "${{" in step.get("run", "")]
    assert [] == [path.name for path in FILES if "secrets." in path.read_text(encoding="utf-8")]
    checkouts = [step for _, step in steps() if step.get("uses", "").startswith("actions/checkout@")]
    assert [False] * 3 == [step["with"]["persist-credentials"] for step in checkouts]


def test_every_promised_python_is_tested() -> None:
    """The gate runs with each Python that pyproject.toml promises, and a release waits for it."""
    classifiers = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["classifiers"]
    promised = re.findall(r"Python :: (3\.\d+)", "\n".join(classifiers))
    assert promised == load(GITHUB / "workflows" / "test.yml")["jobs"]["gate"]["strategy"]["matrix"]["python"]
    jobs = load(GITHUB / "workflows" / "release.yml")["jobs"]
    assert ("$/.github/workflows/test.yml", "test") == (jobs["test"]["uses"], jobs["build"]["needs"])
    assert all("build" in job["needs"] or {"pypi", "image"} == {*job["needs"]} for job in [*jobs.values()][2:])


def test_what_is_published() -> None:
    """A release has packages and an image for two processors, both with their parts and proof of origin (row 144)."""
    by_action = {step["uses"].partition("@")[0]: step for name, step in steps() if "uses" in step and name != "gate"}
    image = by_action["docker/build-push-action"]["with"]
    assert {"linux/amd64", "linux/arm64"} == {*image["platforms"].split(",")}
    assert (True, "mode=max") == (image["sbom"], image["provenance"])
    assert (ROOT / image["file"]).is_file()
    assert "password" not in by_action["pypa/gh-action-pypi-publish"].get("with", {})
    attesting = [name for name, step in steps() if "attest-build-provenance" in step.get("uses", "")]
    assert ["provenance", "image"] == attesting
    assert any("cyclonedx-py environment" in step.get("run", "") for _, step in steps())


def test_files_that_commands_name_are_there() -> None:
    """Each file of the project that a command names exists."""
    commands = " ".join(step["run"] for _, step in steps() if "run" in step)
    named = re.findall(r"(?<![\w/$.])(?:\.ci|\.github|deploy|tests)/[\w./-]+", commands)
    assert {".ci/run", "tests/release/installed.py", "deploy/container/requirements.txt"} <= {*named}
    assert [] == [name for name in named if not (ROOT / name).exists()]


def test_tools_are_locked() -> None:
    """What a release is made with is pinned, each file by its hash, and each tool that is asked for is there."""
    locked = (GITHUB / "requirements.txt").read_text(encoding="utf-8")
    pins = re.findall(r"^([a-z][a-z0-9._-]*)==\S+ \\\n    --hash=sha256:[0-9a-f]{64}", locked, re.MULTILINE)
    assert len(pins) == len(re.findall(r"^[^\s#]", locked, re.MULTILINE))
    asked = re.findall(r"^[a-z]\S*", (GITHUB / "requirements.in").read_text(encoding="utf-8"), re.MULTILINE)
    assert {*asked} <= {*pins}
