"""Lets the tests of faults import what lies beside other tests: raw servers, certificates, a look at a process."""

import sys
from pathlib import Path

sys.path += [str(Path(__file__).parents[1] / part) for part in ("mimecast", "web")]
