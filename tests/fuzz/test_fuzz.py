"""The targets of the fuzzer: seeds, cases that once were wrong, and a short run that is the same each time (G11)."""

import re
import subprocess
import sys
import time
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest
from blind import feed
from corpus import HERE, TARGETS, Target
from mutation import LONGEST, mutations

SHORT = {"answer": 1000, "configuration": 2500, "request": 6000}
LONG = 5_000_000
FILES = [(target, file) for target in TARGETS.values() for file in target.files()]


@pytest.mark.parametrize(("target", "file"), FILES, ids=[f"{target.name}-{file.name}" for target, file in FILES])
def test_what_is_kept_is_right(target: Target, file: Path) -> None:
    """Each seed, and each input that once was wrong, passes its target."""
    target.run(file.read_bytes())


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_changed_inputs_are_right(target: Target) -> None:
    """Thousands of changes of the seeds, the same each time, pass the target."""
    for data in islice(mutations(target.corpus(), target.words, target.change, seed=20261125), SHORT[target.name]):
        target.run(data)


@pytest.mark.parametrize("name", TARGETS)
def test_a_run_finds_nothing(name: str, pytestconfig: pytest.Config, tmp_path: Path) -> None:
    """The command finds nothing wrong, in its long form in five million runs, and says how many there were."""
    is_long = pytestconfig.getoption("--long")
    runs, more = (LONG, []) if is_long else (50, ["--blind"])
    began = time.monotonic()
    command = [sys.executable, str(HERE / "run.py"), name, "--runs", str(runs), "--out", str(tmp_path), *more]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (0, []) == (done.returncode, [*tmp_path.iterdir()]), done.stderr[-3000:]
    assert re.search(rf"\b{runs}\b.* runs in \d+ s", done.stderr)
    sys.stdout.write(f"{name}: {runs} runs in {time.monotonic() - began:.0f} s\n")


def test_what_is_wrong_is_kept(tmp_path: Path) -> None:
    """An input that makes a target fail ends the run with its error, and is left as a file."""

    def run(data: bytes) -> None:
        if b"GET" not in data:
            raise LookupError(data)

    with pytest.raises(LookupError) as raised:
        feed(replace(TARGETS["request"], run=run), runs=LONG, seed=1, out=tmp_path)
    assert [raised.value.args[0]] == [file.read_bytes() for file in tmp_path.iterdir()]


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_changes_differ_and_can_be_repeated(target: Target) -> None:
    """Changes are bounded, most of them differ, and the same seed makes the same."""
    first, second = (
        list(islice(mutations(target.corpus(), target.words, target.change, seed=3), 200)) for _ in range(2)
    )
    assert first == second
    assert len({*first}) > 150
    assert max(map(len, first)) <= LONGEST + 2
