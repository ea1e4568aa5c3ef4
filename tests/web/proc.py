"""What a process of this machine holds and has used, as ``/proc`` has it."""

import os
from dataclasses import dataclass
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Proc:
    """A running process."""

    pid: int

    @property
    def threads(self) -> int:
        """How many threads it has."""
        return self._status("Threads")

    @property
    def descriptors(self) -> int:
        """How many file descriptors it has open."""
        return len(list(self._directory.joinpath("fd").iterdir()))

    @property
    def memory(self) -> int:
        """Bytes of memory that are resident."""
        return self._status("VmRSS") * 1024

    @property
    def peak(self) -> int:
        """The most bytes that have been resident, since the start or :meth:`forget_peak`."""
        return self._status("VmHWM") * 1024

    @property
    def seconds(self) -> float:
        """Seconds of a processor that it has used."""
        after_name = self._directory.joinpath("stat").read_text().rpartition(")")[2].split()
        return (int(after_name[11]) + int(after_name[12])) / _TICK

    def forget_peak(self) -> None:
        """Let the peak of memory begin anew."""
        self._directory.joinpath("clear_refs").write_text("5")

    @property
    def _directory(self) -> Path:
        return Path(f"/proc/{self.pid}")

    def _status(self, name: str) -> int:
        lines = self._directory.joinpath("status").read_text().splitlines()
        (line,) = [line for line in lines if line.startswith(f"{name}:")]
        return int(line.split()[1])
