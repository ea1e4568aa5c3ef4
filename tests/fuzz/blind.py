"""Feeds a target with changed bytes, the same for the same seed, and keeps what makes it fail."""

import hashlib
import sys
import time
from pathlib import Path

from corpus import Target
from mutation import mutations


def feed(target: Target, runs: int, seed: int, out: Path) -> None:
    """Run a target so often; write what makes it raise into ``out``, and raise that."""
    began = told = time.monotonic()
    changed = mutations(target.corpus(), target.words, target.change, seed)
    for number, data in zip(range(1, runs + 1), changed, strict=False):
        try:
            target.run(data)
        except BaseException:
            _keep(data, out)
            raise
        if sys.stderr.isatty() and time.monotonic() - told > 1:
            told = time.monotonic()
            sys.stderr.write(f"\r{number} of {runs} runs, {number / (told - began):.0f} a second ")
    sys.stderr.write(f"\n{target.name}: {runs} blind runs in {time.monotonic() - began:.0f} s, nothing wrong\n")


def _keep(data: bytes, out: Path) -> None:
    file = out / f"crash-{hashlib.sha256(data).hexdigest()[:16]}"
    file.write_bytes(data)
    sys.stderr.write(f"\nwrong: {file}\n")
