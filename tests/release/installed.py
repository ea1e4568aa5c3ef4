"""A wheel in an environment that has nothing else: its demo has three tenants up, and ends well.

python tests/release/installed.py WHEEL LOCK   installs the wheel and what is locked with hashes, for which it needs pip
                                               and the network, and tries it; the status is 1 if something is wrong
"""

import re
import signal
import subprocess
import sys
import tempfile
import urllib.request
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_ADDRESS = re.compile(rb"http://\S+/metrics(?= )")


@contextmanager
def environment() -> Iterator[Path]:
    """Make an environment without packages, not even pip."""
    with tempfile.TemporaryDirectory() as directory:
        venv.create(directory, symlinks=True)
        yield Path(directory)


def install(where: Path, *arguments: str) -> None:
    """Install into an environment with the pip of this Python."""
    pip = [sys.executable, "-m", "pip", "--python", str(where / "bin" / "python"), "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "--quiet", *arguments], check=True)


def tried(where: Path) -> tuple[str, list[str]]:
    """Return the version that the installed program tells, and the series of its demo's tenants."""
    program = str(where / "bin" / "mimecast-exporter")
    version = subprocess.run([program, "--version"], cwd=where, capture_output=True, text=True, check=True).stdout
    demo = subprocess.Popen([program, "demo", "--port=0"], cwd=where, stdout=subprocess.PIPE)
    try:
        series = _up(demo)
        demo.send_signal(signal.SIGINT)
        status = demo.wait(20)
    finally:
        demo.kill()
        demo.communicate()
    if status:
        raise SystemExit(f"the demo ended with {status}")
    return version.strip(), series


def _up(demo: "subprocess.Popen[bytes]") -> list[str]:
    assert demo.stdout is not None
    for line in demo.stdout:
        if told := _ADDRESS.search(line):
            with urllib.request.urlopen(told[0].decode(), timeout=60) as answer:  # noqa: S310 - loopback
                return [text for text in answer.read().decode().splitlines() if text.startswith("mimecast_up{")]
    raise SystemExit("the demo ended without telling its addresses")


def main() -> int:
    """Try a wheel; return the status."""
    wheel, lock = sys.argv[1:]
    with environment() as where:
        install(where, "--require-hashes", "--requirement", lock)
        install(where, "--no-deps", "--no-index", wheel)
        version, series = tried(where)
    print(version, *series, sep="\n")  # noqa: T201 - its output
    return int(len(series) != 3 or not all(text.endswith(" 1.0") for text in series))


if __name__ == "__main__":
    sys.exit(main())
