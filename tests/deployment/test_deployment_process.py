"""The program as the first process of a container."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from time import monotonic

import pytest
from program import LOOPBACK, started

from deployment.jail import Jail


def children(pid: int) -> list[int]:
    """Return the processes that were started by any thread of a process, and have not been waited for."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_as_the_first_process(before: Callable[[Jail], list[str]], directory: Path, how: int) -> None:
    """As PID 1, on which signals without a handler have no effect, it starts no child and ends in time (row 141)."""
    jail = before(Jail(directory, own_processes=True))
    with started(*LOOPBACK, directory=directory, before=jail, measured=False) as program:
        for _ in range(3):
            assert 200 == program.get("/metrics").status
        (pid,) = children(program.process.pid)
        status = Path(f"/proc/{pid}/status").read_text().splitlines()
        assert ["1"] == [line.split()[-1] for line in status if line.startswith("NSpid:")]
        assert [] == children(pid)
        began = monotonic()
        os.kill(pid, how)
        assert 0 == program.wait()
        assert monotonic() - began < 3
    assert "msg=stopping" in program.err[-1]
