"""The packages: the same bytes wherever they are built, all that belongs in, and a wheel that needs nothing else."""

import email
import hashlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import installed
import needed
import pytest

from exporter import __version__

ROOT = Path(__file__).parents[2]
CAPTION = f"mimecast_exporter-{__version__}"
# What the contract has at the top; all else there is of this machine.
FOLDERS = (".ci", ".github", "benchmarks", "deploy", "exporter", "grafana", "prometheus", "tests")
FILES = (".dockerignore", ".gitignore", ".pre-commit-config.yaml", "config.example.yaml", "pyproject.toml", "LICENSE")
DOCUMENTS = ("CHANGELOG.md", "CONTRIBUTING.md", "README.md")
UNWANTED = shutil.ignore_patterns("__pycache__", "*.pyc", ".*_cache", ".hypothesis", ".coverage*")


@dataclass(frozen=True)
class Built:
    """What was built of a source, and where the source is."""

    source: Path
    directory: Path

    @property
    def wheel(self) -> Path:
        """The wheel."""
        (found,) = self.directory.glob("*.whl")
        return found

    @property
    def sdist(self) -> Path:
        """The source distribution."""
        (found,) = self.directory.glob("*.tar.gz")
        return found

    @property
    def sources(self) -> set[str]:
        """The names of all files of the source."""
        return {str(path.relative_to(self.source)) for path in self.source.rglob("*") if not path.is_dir()}


def copied(to: Path) -> Path:
    for name in FOLDERS:
        shutil.copytree(ROOT / name, to / name, symlinks=True, ignore=UNWANTED)
    for name in (*FILES, *DOCUMENTS):
        shutil.copy(ROOT / name, to / name)
    return to


def built(source: Path, directory: Path, mask: int) -> Built:
    """Build both packages with files that are as new as can be, and a mask of their own."""
    needed.module("hatchling")
    for path in source.rglob("*"):
        path.touch()
    environment = {"PATH": os.environ["PATH"], "SOURCE_DATE_EPOCH": "1767225600"}
    command = [sys.executable, "-m", "hatchling", "build", "--directory", str(directory)]
    subprocess.run(command, cwd=source, env=environment, check=True, capture_output=True, umask=mask)
    return Built(source, directory)


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The packages of this source."""
    here = tmp_path_factory.mktemp("one")
    return built(copied(here / "source"), here / "dist", 0o022)


def digests(*paths: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def test_the_same_bytes_from_elsewhere(packages: Built, tmp_path: Path) -> None:
    """Wheel and source are byte for byte the same from another directory, at another time, under another mask."""
    other = built(copied(tmp_path / "elsewhere" / "checkout"), tmp_path / "out", 0o077)
    assert digests(packages.wheel, packages.sdist) == digests(other.wheel, other.sdist)


def test_the_same_wheel_from_the_source_distribution(packages: Built, tmp_path: Path) -> None:
    """Who builds from the source distribution gets the wheel that is published, byte for byte."""
    shutil.unpack_archive(packages.sdist, tmp_path)
    other = built(tmp_path / CAPTION, tmp_path / "dist", 0o022)
    assert digests(packages.wheel) == digests(other.wheel)


def test_what_is_in_the_wheel(packages: Built) -> None:
    """The wheel has the package with all its files, the licence, and nothing else."""
    named = {
        name for name in zipfile.ZipFile(packages.wheel).namelist() if not name.startswith(f"{CAPTION}.dist-info/")
    }
    assert {name for name in packages.sources if name.startswith("exporter/")} == named
    assert f"{CAPTION}.dist-info/licenses/LICENSE" in zipfile.ZipFile(packages.wheel).namelist()


def test_what_is_in_the_source_distribution(packages: Built) -> None:
    """The source distribution has every file of the project, so that its tests can be run from it."""
    with tarfile.open(packages.sdist) as archive:
        named = {name.removeprefix(f"{CAPTION}/") for name in archive.getnames()}
    assert packages.sources | {"PKG-INFO"} == named


def test_the_version_stands_in_one_place(packages: Built) -> None:
    """The version of the packages is that of the program, and pyproject.toml has none."""
    metadata = email.message_from_bytes(zipfile.ZipFile(packages.wheel).read(f"{CAPTION}.dist-info/METADATA"))
    assert __version__ == metadata["Version"]
    assert not re.search(r'^version = "', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)


def test_the_wheel_alone_runs_the_demo(packages: Built) -> None:
    """In an environment with the wheel and its dependencies, and no source beside it, the demo has three tenants up."""
    with installed.environment() as where:
        installed.install(where, "--no-index", "--no-deps", str(packages.wheel))
        (site,) = where.glob("lib/python*/site-packages")
        # The dependencies of this environment, but not its exporter, which is a line in a file that is not read there.
        (site / "dependencies.pth").write_text(f"{sysconfig.get_path('purelib')}\n", encoding="utf-8")
        version, series = installed.tried(where)
        found = subprocess.run(
            [where / "bin" / "python", "-Ic", "import exporter; print(exporter.__file__)"],
            capture_output=True,
            text=True,
            check=True,
        )
    assert found.stdout.startswith(str(site))
    assert version.startswith(f"mimecast-exporter, version {__version__} ")
    assert [f'mimecast_up{{tenant="{name}"}} 1.0' for name in ("acme", "globex", "initech")] == sorted(series)
