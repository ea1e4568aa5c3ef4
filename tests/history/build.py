"""Build a history of the exporter and load it into the data directory of a Prometheus.

python tests/history/build.py small --out DIR

DIR/data is for `prometheus --storage.tsdb.path`, which `serve.py DIR` starts; DIR/history.json says what is there.
"""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).parents[1])

from history.command import build  # noqa: E402 - the tests are no installed package

if __name__ == "__main__":
    sys.exit(build(sys.argv[1:], sys.stdout, sys.stderr))
