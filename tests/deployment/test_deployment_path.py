"""The program where somebody has put modules of their own in its way."""

import subprocess
import sys
from pathlib import Path

import pytest

from deployment.conftest import CONFIGURATION

# What the program, its libraries or the interpreter import, each found by its name alone.
NAMES = (
    "requests",
    "urllib3",
    "yaml",
    "msgspec",
    "queue",
    "logging",
    "argparse",
    "ssl",
    "sitecustomize",
    "usercustomize",
)
# Says that it has been run, and lets nothing go on.
HOSTILE = "import pathlib\npathlib.Path(__file__).with_suffix('.run').touch()\nraise SystemExit(99)\n"
SCRIPT = str(Path(sys.executable).with_name("mimecast-exporter"))
CHECK = ("check", "--offline")


@pytest.fixture
def hostile(directory: Path) -> Path:
    """The directory of the configuration, with modules of somebody else."""
    for name in NAMES:
        (directory / f"{name}.py").write_text(HOSTILE)
    return directory


def add_package(directory: Path) -> None:
    (directory / "exporter").mkdir()
    for name in ("__init__", "__main__"):
        (directory / "exporter" / f"{name}.py").write_text(HOSTILE)


def ended(*command: str, directory: Path, **environment: str) -> int:
    """Run a command in a directory with little else in its environment, and return its status."""
    return subprocess.run(command, cwd=directory, env=environment, check=False, capture_output=True).returncode


def have_run(directory: Path) -> list[str]:
    return sorted(file.stem for file in directory.rglob("*.run"))


def test_what_hostile_modules_do(hostile: Path) -> None:
    """A module of the working directory is run by an interpreter that looks there, and leaves its mark."""
    assert 99 == ended(sys.executable, "-c", "import requests", directory=hostile)
    assert ["requests"] == have_run(hostile)


@pytest.mark.parametrize("package", [False, True], ids=["modules", "package"])
def test_the_command_runs_nothing_of_the_working_directory(hostile: Path, package: bool) -> None:  # noqa: FBT001
    """The installed command runs nothing that lies in the directory where it is started (row 143)."""
    if package:
        add_package(hostile)
    assert Path(SCRIPT).exists()
    assert 0 == ended(SCRIPT, *CHECK, directory=hostile)
    assert [] == have_run(hostile)


def test_the_module_runs_nothing_of_the_working_directory(hostile: Path) -> None:
    """Started as a module, of which Python finds the package, it takes no other module from there (row 143)."""
    assert 0 == ended(sys.executable, "-m", "exporter", *CHECK, directory=hostile)
    assert [] == have_run(hostile)


@pytest.mark.parametrize("flag", ["-I", "-P"])
def test_the_module_with_a_safe_path(hostile: Path, flag: str) -> None:
    """With Python's own flags the package of the working directory is not run, either (row 143)."""
    add_package(hostile)
    assert 0 == ended(sys.executable, flag, "-m", "exporter", *CHECK, directory=hostile)
    assert [] == have_run(hostile)


def test_isolated_python_ignores_paths_of_the_environment(hostile: Path, tmp_path: Path) -> None:
    """With -I neither PYTHONPATH nor a user's own packages are looked at (row 143)."""
    add_package(hostile)
    (tmp_path / CONFIGURATION).write_bytes((hostile / CONFIGURATION).read_bytes())
    paths = {"PYTHONPATH": str(hostile), "PYTHONUSERBASE": str(hostile), "PYTHONSTARTUP": str(hostile / "queue.py")}
    assert 0 == ended(sys.executable, "-I", "-m", "exporter", *CHECK, directory=tmp_path, **paths)
    assert [] == have_run(hostile)


def test_what_cannot_be_stopped(hostile: Path, tmp_path: Path) -> None:
    """Python runs what PYTHONPATH names before it runs any program, so that is its operator's to set (row 143)."""
    (tmp_path / CONFIGURATION).write_bytes((hostile / CONFIGURATION).read_bytes())
    assert 0 != ended(SCRIPT, *CHECK, directory=tmp_path, PYTHONPATH=str(hostile))
    assert ["sitecustomize"] == have_run(hostile)
