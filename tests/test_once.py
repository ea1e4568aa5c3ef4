"""The command once: a round of polls, printed or put into a file for node_exporter's textfile collector."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from house import series_of
from program import Program, started, wait_until, without_rights

from exporter.simulator import Simulator

DEFAULT_COLLECTORS = 5


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """A simulated Mimecast that judges strictly, with a healthy tenant of each API."""
    with Simulator(strict=True) as simulator:
        simulator.add_tenant("acme", users=10)
        simulator.add_tenant("globex", api=2, users=20)
        yield simulator


def configure(simulator: Simulator, directory: Path) -> None:
    """Write a configuration for all tenants of a simulator."""
    file = directory / "mimecast-exporter.yaml"
    file.write_text(simulator.configuration())
    file.chmod(0o600)


def once(simulator: Simulator, directory: Path, *flags: str) -> tuple[int, Program]:
    """Run it for all tenants of a simulator, and return its status and its outputs."""
    configure(simulator, directory)
    with started("once", *flags, directory=directory) as program:
        return program.wait(), program


def test_a_round_is_printed(simulator: Simulator, tmp_path: Path) -> None:
    """Each collector of each tenant is polled once, and the page, without the process's own series, is all it says."""
    status, program = once(simulator, tmp_path)
    page = series_of("\n".join(program.out))
    assert (0, []) == (status, program.err)
    assert [10.0, 20.0] == [page[f'mimecast_training_users{{tenant="{name}"}}'] for name in ("acme", "globex")]
    assert 2 * DEFAULT_COLLECTORS == sum("mimecast_collector_success{" in name for name in page)
    assert not [name for name in page if name.startswith(("mimecast_exporter_", "python_", "process_"))]
    assert 1 == simulator.calls("acme", "/api/awareness-training/user/get-training-details")
    assert () == simulator.violations


def test_a_failure_is_1_and_the_page_is_there(simulator: Simulator, tmp_path: Path) -> None:
    """If a poll failed the status is 1, a line for it says why, and the page has the failure and all other numbers."""
    simulator.add_tenant("initech", users=5).fail("app_forbidden")
    status, program = once(simulator, tmp_path, "--output=mimecast.prom")
    page = series_of((tmp_path / "mimecast.prom").read_text())
    assert 1 == status
    assert [1.0, 1.0, 0.0] == [page[f'mimecast_up{{tenant="{name}"}}'] for name in ("acme", "globex", "initech")]
    assert 'mimecast_collector_failing{collector="queue",reason="forbidden",tenant="initech"}' in page
    assert program.err
    assert all("tenant=initech" in line and "reason=forbidden" in line for line in program.err)


def test_a_file_is_replaced_as_a_whole(simulator: Simulator, tmp_path: Path) -> None:
    """The file has the page and can be read by all, who had the old one open still has it, and no draft is left."""
    directory = tmp_path / "textfile"
    directory.mkdir()
    file = directory / "mimecast.prom"
    file.write_text("old\n")
    file.chmod(0o600)
    with file.open() as reader:
        status, program = once(simulator, tmp_path, f"--output={file}")
        assert "old\n" == reader.read()
    assert (0, [], []) == (status, program.out, program.err)
    assert 1.0 == series_of(file.read_text())['mimecast_up{tenant="acme"}']
    assert 0o644 == file.stat().st_mode & 0o777
    assert [file] == list(directory.iterdir())


def test_promtool_accepts_it(simulator: Simulator, tmp_path: Path, tool: Callable[[str], str]) -> None:
    """Prometheus's own tool has nothing to say about the page."""
    promtool = tool("promtool")
    once(simulator, tmp_path, "--output=mimecast.prom")
    page = (tmp_path / "mimecast.prom").read_bytes()
    checked = subprocess.run([promtool, "check", "metrics"], input=page, capture_output=True, check=False)
    assert (0, b"", b"") == (checked.returncode, checked.stdout, checked.stderr)


@pytest.mark.parametrize(
    ("output", "problem"),
    [
        ("nowhere/mimecast.prom", "No such file or directory; make the directory nowhere first"),
        ("a-directory", "Is a directory; name a file in it"),
        ("mimecast-exporter.yaml/x", "Not a directory; mimecast-exporter.yaml is a file; name one in a directory"),
    ],
)
def test_what_cannot_be_written_is_told_in_one_line(
    simulator: Simulator, tmp_path: Path, output: str, problem: str
) -> None:
    """If the file cannot be written the status is 1, with one line, nobody is asked, and nothing is left behind."""
    (tmp_path / "a-directory").mkdir()
    status, program = once(simulator, tmp_path, "--output", output)
    assert (1, [f"mimecast-exporter: cannot write {output}: {problem}"]) == (status, program.err)
    assert {"a-directory", "mimecast-exporter.yaml"} == {file.name for file in tmp_path.iterdir()}
    assert 0 == simulator.calls()


def test_a_directory_of_others_is_told(simulator: Simulator, tmp_path: Path, tool: Callable[[str], str]) -> None:
    """If the directory belongs to others the status is 1, with one line that says which, and nobody is asked."""
    configure(simulator, tmp_path)
    (tmp_path / "others").mkdir(mode=0o500)
    before = without_rights(tool, "true")
    with started("once", "--output=others/mimecast.prom", directory=tmp_path, before=before) as program:
        assert 1 == program.wait()
    problem = "Permission denied; let this user write into the directory others, where the new file is made"
    assert [f"mimecast-exporter: cannot write others/mimecast.prom: {problem}"] == program.err
    assert 0 == simulator.calls()


def test_a_full_disk_is_told(simulator: Simulator, tmp_path: Path) -> None:
    """If the file cannot be written to its end the status is 1, with one line, and the old one is as it was."""
    configure(simulator, tmp_path)
    (tmp_path / "mimecast.prom").write_text("old\n")
    # What measures coverage writes files too.
    unmeasured = "unset COVERAGE_PROCESS_START COVERAGE_PROCESS_CONFIG"
    before = ["bash", "-euc", f'ulimit -f 1; trap "" XFSZ; {unmeasured}; exec "$@"', "bash"]
    with started("once", "--output=mimecast.prom", directory=tmp_path, before=before) as program:
        assert 1 == program.wait()
    problem = "File too large; make room, or name a file elsewhere"
    assert [f"mimecast-exporter: cannot write mimecast.prom: {problem}"] == program.err
    assert "old\n" == (tmp_path / "mimecast.prom").read_text()
    assert {"mimecast.prom", "mimecast-exporter.yaml"} == {file.name for file in tmp_path.iterdir()}


def test_a_full_output_is_told_in_one_line(simulator: Simulator, tmp_path: Path) -> None:
    """If standard output takes nothing more the status is 1, with one line."""
    configure(simulator, tmp_path)
    command = "exec mimecast-exporter once > /dev/full"
    environment = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"}
    found = subprocess.run(["bash", "-c", command], cwd=tmp_path, env=environment, capture_output=True, check=False)
    assert (1, b"mimecast-exporter: cannot write: No space left on device\n") == (found.returncode, found.stderr)


def test_an_invalid_configuration_is_2_and_leaves_the_file(tmp_path: Path) -> None:
    """With an invalid configuration the status is 2 and the file stays as it is."""
    (tmp_path / "mimecast-exporter.yaml").write_text("tenants: [{name: acme}]\n")
    (tmp_path / "mimecast.prom").write_text("old\n")
    with started("once", "--output=mimecast.prom", directory=tmp_path) as program:
        assert 2 == program.wait()
    assert "old\n" == (tmp_path / "mimecast.prom").read_text()


def test_ctrl_c_ends_it_silently(simulator: Simulator, tmp_path: Path) -> None:
    """While the vendor hangs, a signal ends it at once without a traceback, and there is no file."""
    simulator.add_tenant("initech", users=1).fail("hang")
    configure(simulator, tmp_path)
    with started("once", "--output=mimecast.prom", directory=tmp_path) as program:
        wait_until(lambda: simulator.calls("initech") > 0, "a call")
        program.end()
    assert [] == program.err
    assert not (tmp_path / "mimecast.prom").exists()
