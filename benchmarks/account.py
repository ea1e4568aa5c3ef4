"""Linux's account of a process: its memory and its processor time."""

import os
import time
from pathlib import Path
from typing import Final

MIB: Final = 1 << 20
KIB: Final = 1 << 10
_SCHEDULED: Final = 2


class Account:
    """What one process has used, by default this one."""

    def __init__(self, process: int | str = "self") -> None:
        self._process = process
        self._directory = Path("/proc", str(process))

    @property
    def memory(self) -> int:
        """Bytes of memory that are in use now."""
        return self._status("VmRSS")

    @property
    def peak(self) -> int:
        """The most bytes that have been in use, since the start or since it was forgotten."""
        return self._status("VmHWM")

    def forget_peak(self) -> None:
        """Let the peak begin anew at what is in use now."""
        (self._directory / "clear_refs").write_text("5")

    @property
    def processor_seconds(self) -> float:
        """Seconds of processor time of all threads, past ones too, to the nanosecond.

        Linux has a clock for each process, whose number is made of the process's. Source: clock_getcpuclockid(3).
        """
        process = os.getpid() if self._process == "self" else int(self._process)
        return time.clock_gettime(~process << 3 | _SCHEDULED)

    def _status(self, field: str) -> int:
        lines = (self._directory / "status").read_text().splitlines()
        return next(int(line.split()[1]) * KIB for line in lines if line.startswith(field))
