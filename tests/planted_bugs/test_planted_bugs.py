"""The suite against bugs that are planted in a copy of the project: each has to be noticed."""

import logging
import os
import shutil
import subprocess
import sysconfig
import venv
from pathlib import Path

import pytest
from planted_bug import BUGS, Bug

ROOT = Path(__file__).parents[2]
# What tests copy from the environment; what measures coverage would measure the copy.
KEPT = ("PATH", "HOME", "LANG", "CI")
# The quickest to notice; the long form has all.
SHORT = ("request_id_replayed", "text_taken_for_true")

log = logging.getLogger(__name__)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what tests need, with an environment of its own in which the copy is the exporter."""
    copy = tmp_path_factory.mktemp("planted")
    for part in ("exporter", "tests"):
        shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", copy)
    venv.create(copy / "venv", symlinks=True)
    (installed,) = (copy / "venv/lib").glob("python*/site-packages")
    (installed / "copy.pth").write_text(f"{copy}\n{sysconfig.get_path('purelib')}\n")
    assert f"{copy}/exporter/__init__.py" == run(copy, "-I", "-c", "import exporter; print(exporter.__file__)").strip()
    return copy


def run(copy: Path, *arguments: str) -> str:
    """Return what Python says when it is started in a copy with its own exporter, whatever its status."""
    environment = {name: os.environ[name] for name in KEPT if name in os.environ}
    command = [str(copy / "venv/bin/python"), "-B", *arguments]
    return subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False).stdout


def failed(copy: Path, *tests: str) -> list[str]:
    """Run some tests of a copy and return those that fail, or that nothing was run."""
    paths = [f"tests/{test}" for test in tests]
    said = run(copy, "-m", "pytest", "--quiet", "-p", "no:cacheprovider", *paths).splitlines()
    found = [line.split()[1] for line in said if line.startswith(("FAILED ", "ERROR "))]
    return found or ([] if any(" passed" in line for line in said[-1:]) else ["no test was run"])


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_a_bug_can_be_planted(tmp_path: Path, bug: Bug) -> None:
    """What a planted bug changes stands once in the exporter, what comes of it is Python, and its test exists."""
    file = tmp_path / "exporter" / bug.file
    file.parent.mkdir(parents=True)
    shutil.copy(ROOT / "exporter" / bug.file, file)
    bug.plant(tmp_path)
    compile(file.read_text(encoding="utf-8"), bug.file, "exec")
    name = bug.test.partition("::")[2]
    assert f"\ndef {name}(" in (ROOT / "tests" / bug.test_file).read_text(encoding="utf-8")


def test_a_bug_whose_place_is_gone_is_not_planted(tmp_path: Path) -> None:
    """Where the text that is to be changed stands twice or not at all, nothing is changed, and it is told."""
    file = tmp_path / "exporter/one.py"
    file.parent.mkdir()
    for text in ("other = 1\n", "one = 1\none = 1\n"):
        file.write_text(text)
        with pytest.raises(ValueError, match=r"^gone: one.py "):
            Bug("gone", "one.py", "one = 1\n", "one = 2\n", "").plant(tmp_path)
        assert text == file.read_text()


def test_each_planted_bug_is_noticed(copy: Path, pytestconfig: pytest.Config) -> None:
    """The tests that are named with the bugs pass as it is, and with each bug in its place its own test fails."""
    chosen = [bug for bug in BUGS if bug.name in SHORT or pytestconfig.getoption("--long")]
    assert [] == failed(copy, *(bug.test for bug in chosen))
    for bug in chosen:
        kept = (copy / "exporter" / bug.file).read_bytes()
        bug.plant(copy)
        noticed = failed(copy, bug.test)
        (copy / "exporter" / bug.file).write_bytes(kept)
        log.info("%s: %s", bug.name, ", ".join(noticed))
        assert all(name.startswith(f"tests/{bug.test}") for name in noticed)
        assert noticed
