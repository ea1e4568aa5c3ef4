"""Lets the soak import what lies beside other tests: outcomes, planted answers, a strict reading, a process."""

import sys
from pathlib import Path

sys.path += [str(Path(__file__).parents[1] / part) for part in ("faults", "web")]
