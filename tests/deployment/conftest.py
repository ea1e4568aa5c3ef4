"""What tests of a deployment share: an account in a directory, and jails, which need rights that a user may lack."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import needed
import pytest

from deployment.jail import Jail
from exporter.simulator import Simulator

# Raw servers, certificates and a look at a process lie beside other tests.
sys.path += [str(Path(__file__).parents[1] / part) for part in ("mimecast", "web")]

CONFIGURATION = "mimecast-exporter.yaml"


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """A simulated Mimecast that judges strictly, with a small account of either kind, in real time."""
    with Simulator(strict=True) as simulator:
        simulator.add_tenant("acme", users=5)
        simulator.add_tenant("globex", api=2, users=5)
        yield simulator


@pytest.fixture
def directory(simulator: Simulator, tmp_path: Path) -> Path:
    """A directory with a configuration for the simulator and nothing else."""
    directory = tmp_path / "data"
    directory.mkdir()
    (directory / CONFIGURATION).write_text(simulator.configuration())
    (directory / CONFIGURATION).chmod(0o600)
    return directory


@pytest.fixture
def before(tool: Callable[[str], str]) -> Callable[[Jail], list[str]]:
    """How to start a program in a jail; without the rights to it a test is skipped, and fails where CI runs it."""
    spaces = [tool("unshare"), "--mount", "--pid", "--net", "--fork", "true"]
    allowed = os.geteuid() == 0 and subprocess.run(spaces, check=False).returncode == 0
    if not allowed:
        needed.absent("this test needs root, and that it may have a root, a network and processes of its own")
    return lambda jail: jail.before(tool)
