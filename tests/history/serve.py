"""Start a Prometheus on a history that `build.py` has made, and print its address; it ends with Ctrl-C.

python tests/history/serve.py DIR --port=19090
"""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).parents[1])

from history.command import serve  # noqa: E402 - the tests are no installed package

if __name__ == "__main__":
    sys.exit(serve(sys.argv[1:], sys.stdout, sys.stderr))
