"""Tests of ``exporter.mimecast.stream``: several threads at once."""

import subprocess
import sys
from pathlib import Path


def test_first_answers_at_the_same_moment() -> None:
    """Tenants whose first answers are read at the same moment do not crash the process."""
    script = Path(__file__).with_name("first_reading.py")
    ended = subprocess.run([sys.executable, str(script)], capture_output=True, timeout=120, check=False)
    assert (0, b"") == (ended.returncode, ended.stderr)
