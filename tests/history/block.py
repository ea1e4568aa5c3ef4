"""Blocks of a Prometheus from files of OpenMetrics text, made by promtool while the next file is being written."""

import subprocess
from pathlib import Path
from typing import Self

from history.schedule import HOUR, WINDOW


class Loader:
    """Loads files into a data directory, one after the other, each while the caller goes on; a context.

    A file goes once it is in, unless it is to be kept.
    """

    def __init__(self, promtool: str, data: Path, *, keep: bool) -> None:
        span = f"--max-block-duration={WINDOW // HOUR}h"
        self._command = [promtool, "tsdb", "create-blocks-from", "--quiet", span, "openmetrics"]
        self._data = data
        self._keep = keep
        self._file = Path()
        self._running: subprocess.Popen[str] | None = None

    def load(self, file: Path) -> None:
        """Begin to load a file, once the one before is in; RuntimeError if that one has been refused."""
        self.finish()
        self._file = file
        self._running = subprocess.Popen(
            [*self._command, str(file), str(self._data)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def finish(self) -> None:
        """Wait until the latest file is in; RuntimeError with promtool's words if it has been refused."""
        if self._running is None:
            return
        said, _ = self._running.communicate()
        status, self._running = self._running.returncode, None
        if status != 0:
            raise RuntimeError(f"promtool refuses {self._file}: {said.strip()}")
        if not self._keep:
            self._file.unlink()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._running is not None:
            self._running.terminate()
            self._running.communicate()
