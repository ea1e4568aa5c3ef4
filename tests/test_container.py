"""The image: what its recipe says, what its context holds, and the wheels that it is made from."""

import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from blocks import ROOT, Block, Way, run_by

from exporter.cli import COMMANDS
from exporter.commands.arguments import DEFAULT_PORT

FOLDER = ROOT / "deploy/container"
DOCKERFILE = FOLDER / "Dockerfile"
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
MACHINES = ("x86_64", "aarch64")
# That of Debian 12, on which the base image stands.
GLIBC = (2, 36)
BOUND = re.compile(r"([A-Za-z0-9-]+)>=([0-9.]+)")
OLD_NAMES = {"manylinux1": (2, 5), "manylinux2010": (2, 12), "manylinux2014": (2, 17)}


def instructions() -> list[tuple[str, str]]:
    """Return the recipe, each instruction with what stands behind it, in order."""
    text = re.sub(r"^#.*\n", "", DOCKERFILE.read_text(encoding="utf-8"), flags=re.MULTILINE).replace("\\\n", " ")
    pairs = (line.split(maxsplit=1) for line in text.splitlines() if line)
    return [(name, " ".join(shlex.split(rest)) if name != "RUN" else rest) for name, rest in pairs]


def all_of(name: str) -> list[str]:
    """Return what stands behind each instruction of a name."""
    return [rest for found, rest in instructions() if found == name]


def one_of(name: str) -> str:
    """Return what stands behind the one instruction of a name."""
    (rest,) = all_of(name)
    return rest


def test_the_base_image_can_be_pinned() -> None:
    """Both stages stand on one image, whose name with a digest can be given, and copy what they need from no other."""
    assert instructions()[0] == ("ARG", one_of_args("PYTHON_IMAGE"))
    assert ["${PYTHON_IMAGE} AS build", "${PYTHON_IMAGE}"] == all_of("FROM")
    assert ["--from=build"] == [word for rest in all_of("COPY") for word in rest.split() if word.startswith("--")]
    assert [] == all_of("ADD")


def one_of_args(name: str) -> str:
    (found,) = [rest for rest in all_of("ARG") if rest.startswith(f"{name}=")]
    return found


def test_nobody_runs_as_root() -> None:
    """The user is a number, of which Kubernetes can tell that it is not root's, set behind all that needs rights."""
    user, group = one_of("USER").split(":")
    assert (True, True) == (int(user) >= 10_000, int(group) >= 10_000)
    names = [name for name, _ in instructions()]
    assert not {"RUN", "COPY", "WORKDIR"} & {*names[names.index("USER") :]}


def test_what_it_runs() -> None:
    """It runs the exporter without a shell between, and its own command asks it whether it is healthy."""
    assert "[mimecast-exporter]" == one_of("ENTRYPOINT")
    _, check = one_of("HEALTHCHECK").split(" CMD ")
    assert "[mimecast-exporter, healthcheck]" == check
    assert "healthcheck" in COMMANDS
    assert str(DEFAULT_PORT) == one_of("EXPOSE")


def test_labels() -> None:
    """It has the labels of OCI that say what it is, and those of a release are filled by arguments."""
    names = re.findall(r"org\.opencontainers\.image\.(\w+)=", one_of("LABEL"))
    assert ["title", "description", "licenses", "version", "revision", "created", "source"] == names
    filled = re.findall(r"\$\{(\w+)\}", one_of("LABEL"))
    assert [f"{name}=" for name in filled] == all_of("ARG")[1:]


def test_the_linter_finds_nothing(linters: Callable[[str], str]) -> None:
    """The linter of such recipes has nothing to say about it."""
    done = subprocess.run([linters("hadolint"), str(DOCKERFILE)], capture_output=True, text=True, check=False)
    assert (0, "") == (done.returncode, done.stdout)


def test_the_context_is_what_is_copied() -> None:
    """What is copied is let into the context, and nothing else is, so that no secret of a source folder gets there."""
    lines = [line for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line[0] != "#"]
    copied = {source for rest in all_of("COPY") if "--from" not in rest for source in rest.split()[:-1]}
    assert "*" == lines[0]
    assert copied == {line.removeprefix("!") for line in lines[1:] if line.startswith("!")}
    assert [] == [name for name in copied if not (ROOT / name).exists()]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert {"pyproject.toml", project["readme"], *project["license-files"], "exporter"} <= copied


@run_by(Way.IMAGE)
def test_it_is_run_as_locked_as_in_compose(block: Block) -> None:
    """The commands of the document build the image that compose builds, and lock it as the exporter is locked there."""
    build, run = (shlex.split(line) for line in block.text.replace("\\\n", " ").splitlines())
    service = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))["services"]["exporter"]
    assert [f"--file={service['build']['dockerfile']}", f"--tag={service['image']}", "."] == build[2:]
    assert service["image"] == run[-1]
    locks = {
        *(f"--cap-drop={name}" for name in service["cap_drop"]),
        *(f"--security-opt={option}" for option in service["security_opt"]),
        *(["--read-only"] if service["read_only"] else []),
        f"--memory={service['mem_limit']}",
        f"--pids-limit={service['pids_limit']}",
        f"--restart={service['restart']}",
    }
    assert locks == locks & {*run}
    (mounted,) = [word.split(":")[1] for word in run if word.startswith("--volume=")]
    assert mounted == all_of("WORKDIR")[-1]


# The wheels


def table() -> list[tuple[str, str, str, str]]:
    """Return Python, machine, file and hash of each wheel."""
    lines = (FOLDER / "wheels.txt").read_text(encoding="utf-8").splitlines()
    return [(python, machine, file, digest) for python, machine, file, digest in map(str.split, lines)]


def name_of(file: str) -> str:
    return file.partition("-")[0].lower().replace("_", "-")


def fits(file: str, python: str, machine: str) -> bool:
    """Say whether a wheel can be installed for a Python on a machine."""
    minor = int(python.split(".")[1])
    interpreters, abi, platforms = file.removesuffix(".whl").split("-")[2:]
    numbers = [int(tag.removeprefix("cp3")) for tag in interpreters.split(".") if tag.startswith("cp3")]
    own = any(number == minor or (abi == "abi3" and number <= minor) for number in numbers)
    return (own or "py3" in interpreters.split(".")) and any(runs_on(tag, machine) for tag in platforms.split("."))


def runs_on(platform: str, machine: str) -> bool:
    if platform == "any":
        return True
    name, _, rest = platform.removesuffix(f"_{machine}").partition("_")
    if not platform.endswith(f"_{machine}") or not name.startswith("manylinux"):
        return False
    needed = OLD_NAMES[name] if name in OLD_NAMES else tuple(map(int, rest.split("_")))
    return needed <= GLIBC


@pytest.mark.parametrize(
    ("file", "python", "machine", "expected"),
    [
        ("a-1-py3-none-any.whl", "3.11", "aarch64", True),
        ("a-1-py2.py3-none-any.whl", "3.11", "aarch64", True),
        ("a-1-cp311-cp311-manylinux2014_x86_64.manylinux_2_17_x86_64.whl", "3.11", "x86_64", True),
        ("a-1-cp311-cp311-manylinux2014_x86_64.whl", "3.12", "x86_64", False),
        ("a-1-cp311-cp311-manylinux2014_x86_64.whl", "3.11", "aarch64", False),
        ("a-1-cp39-abi3-manylinux_2_34_x86_64.whl", "3.12", "x86_64", True),
        ("a-1-cp39-abi3-manylinux_2_39_x86_64.whl", "3.12", "x86_64", False),
        ("a-1-cp313-abi3-manylinux_2_34_x86_64.whl", "3.12", "x86_64", False),
        ("a-1-cp311-cp311-musllinux_1_2_x86_64.whl", "3.11", "x86_64", False),
        ("a-1-py2-none-any.whl", "3.11", "x86_64", False),
    ],
)
def test_what_fits(file: str, python: str, machine: str, expected: bool) -> None:  # noqa: FBT001 - a parameter
    """A wheel fits a Python by its own or a stable ABI, and a machine by its processor and its C library."""
    assert expected is fits(file, python, machine)


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("python", PYTHONS)
def test_every_dependency_has_a_wheel(python: str, machine: str) -> None:
    """Each dependency, and what it needs itself, can be had as a wheel for every Python on either processor."""
    files = [file for its, where, file, _ in table() if (its, where) == (python, machine)]
    assert [] == [file for file in files if not fits(file, python, machine)]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    bounds = {match[1].lower(): match[2] for match in map(BOUND.fullmatch, project["dependencies"]) if match}
    had = {name_of(file): file.split("-")[1] for file in files}
    # Of these, requests needs the last.
    assert {*bounds, "charset-normalizer"} == had.keys()
    assert [] == [name for name, bound in bounds.items() if version(had[name]) < version(bound)]
    assert f"Programming Language :: Python :: {python}" in project["classifiers"]


def version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdigit())


def test_what_is_installed_is_what_was_looked_up() -> None:
    """The hashes by which the image is built are those of the wheels in the table, in one version for all."""
    expected: dict[str, set[str]] = {}
    for _, _, file, digest in table():
        expected.setdefault(f"{name_of(file)}=={file.split('-')[1]}", set()).add(f"--hash=sha256:{digest}")
    text = (FOLDER / "requirements.txt").read_text(encoding="utf-8").replace("\\\n", " ")
    assert expected == {words[0]: {*words[1:]} for words in map(str.split, text.splitlines())}
    assert len({name.split("==")[0] for name in expected}) == len(expected)
    assert {*PYTHONS} == {python for python, *_ in table()}


def test_the_recipe_installs_by_hashes() -> None:
    """Dependencies are installed by their hashes, as wheels, and what is installed beside them is the source alone."""
    first, second = all_of("RUN")
    assert "--require-hashes --requirement=requirements.txt" in first
    assert "--no-deps ." in second
    assert "PIP_ONLY_BINARY=:all:" in all_of("ENV")[0].split()


@pytest.fixture
def linters(tool: Callable[[str], str]) -> Callable[[str], str]:
    """Find a program that comes as a package for Python, beside this one's or on the path."""

    def find(name: str) -> str:
        beside = Path(sys.executable).with_name(name)
        return str(beside) if beside.exists() else tool(name)

    return find
