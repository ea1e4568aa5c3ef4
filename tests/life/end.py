"""The end of the started program: how it came, and whether that was in time."""

import signal
from datetime import UTC, datetime, timedelta

from program import Program

_IN_TIME = timedelta(seconds=3)


def end_in_time(program: Program, how: signal.Signals = signal.SIGTERM, times: int = 1) -> int:
    """Send a signal and return the exit status; fail if the end takes longer than three seconds from when it serves."""
    sent = datetime.now(UTC)
    for _ in range(times):
        program.process.send_signal(how)
    status = program.wait(30)
    ended = datetime.now(UTC)
    assert ended - max([sent, *_served_since(program)]) < _IN_TIME
    return status


def _served_since(program: Program) -> list[datetime]:
    return [
        datetime.fromisoformat(line.split()[0].removeprefix("ts=")) for line in program.err if "msg=serving" in line
    ]
