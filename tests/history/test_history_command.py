import io
import json
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hands import START
from program import wait_until

from history.builder import build
from history.catalogue import SCENARIOS
from history.command import build as build_command
from history.command import serve as serve_command
from history.progress import Progress

HERE = Path(__file__).parent


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_build_and_serve(tool: Callable[[str], str], tmp_path: Path) -> None:
    """The two commands make a history and answer from it, and say what they do."""
    tool("promtool")
    tool("prometheus")
    directory = tmp_path / "fresh"
    command = [sys.executable, str(HERE / "build.py"), "fresh", f"--out={directory}", "--end=2026-11-25T13:00:00+01:00"]
    built = subprocess.run(command, check=True, capture_output=True, text=True)
    facts = json.loads(built.stdout)
    assert ("fresh", "2026-11-25T12:00:00+00:00", 11) == (facts["scenario"], facts["end"], facts["rounds"])
    assert "fresh: 11 of 11 scrapes, 100%" in built.stderr
    served = subprocess.Popen([sys.executable, HERE / "serve.py", directory, "--port=0"], stdout=subprocess.PIPE)
    try:
        assert served.stdout is not None
        address = served.stdout.readline().decode().split(": ")[0]
        wait_until(lambda: _up(address) == ["1"] * 3, "it answers")
    finally:
        served.terminate()
        served.communicate()


def _up(address: str) -> list[str]:
    query = f"{address}/api/v1/query?query=mimecast_up&time=2026-11-25T12:00:00Z"
    try:
        with urllib.request.urlopen(query, timeout=10) as answer:  # noqa: S310 - loopback
            return [one["value"][1] for one in json.load(answer)["data"]["result"]]
    except OSError:
        return []


def test_what_is_there_is_not_touched(tmp_path: Path) -> None:
    """A directory with a history is refused, and so is one without to be served."""
    (tmp_path / "data").mkdir()
    out, err = io.StringIO(), io.StringIO()
    assert 1 == build_command(["fresh", "--out", str(tmp_path)], out, err)
    assert 1 == serve_command([str(tmp_path)], out, err)
    assert ["build.py: ", "serve.py: "] == [line[:10] for line in err.getvalue().splitlines()]
    assert "" == out.getvalue()


@pytest.mark.parametrize("arguments", [["other", "--out=x"], ["fresh"], ["fresh", "--out=x", "--end=2026-01-01T00:00"]])
def test_wrong_usage(arguments: list[str]) -> None:
    """An unknown scenario, no directory, or an end without an offset are wrong usage."""
    with pytest.raises(SystemExit, match="2"):
        build_command(arguments, io.StringIO(), io.StringIO())


def test_a_part_that_fails_ends_the_work(tool: Callable[[str], str], tmp_path: Path) -> None:
    """What goes wrong in a process of its own is told."""
    tool("promtool")
    fresh = SCENARIOS["fresh"]
    account = replace(fresh.accounts[0], settings={"colectors": []})
    with pytest.raises(RuntimeError, match=r"ConfigurationError: tenants\[0\]\.colectors"):
        build(replace(fresh, accounts=(account,)), START, tmp_path / "history", io.StringIO())


def test_progress() -> None:
    """A terminal has one line that is written over at each step, and a log has one for each tenth."""
    terminal, log = Terminal(), io.StringIO()
    for stream in (terminal, log):
        progress = Progress("small", 40, stream)
        for _ in range(40):
            progress.step(1)
    assert 40 == terminal.getvalue().count("\rsmall: ")
    assert "\rsmall: 40 of 40 scrapes, 100%, 0 s left" in terminal.getvalue()
    assert terminal.getvalue().endswith("\n")
    assert 10 == len(log.getvalue().splitlines())
