"""The suite where the machine's clock shows another time, and its language has other letters, months and commas."""

import logging
import os
import subprocess
import sys
from pathlib import Path

import needed
import pytest

TESTS = Path(__file__).parent
KEPT = ("PATH", "HOME", "CI")
# Half an hour and a quarter off, before and behind UTC, and fourteen hours ahead, where it is tomorrow already.
ZONES = {
    "Asia/Kolkata": ("de_DE.UTF-8", 19800),
    "America/St_Johns": ("tr_TR.UTF-8", -12600),
    "Pacific/Kiritimati": ("tr_TR.UTF-8", 50400),
    "UTC": ("de_DE.UTF-8", 0),
}
# What reads and writes times and numbers: pages, records, signatures, waits, log lines, the status page.
SHORT = (
    "collectors/test_golden.py",
    "collectors/test_value.py",
    "mimecast/test_mimecast_auth.py",
    "mimecast/test_mimecast_limit.py",
    "test_log.py",
    "web/test_web_status_page.py",
)
IN_NOVEMBER = 1_795_608_000
# Python itself leaves the language alone until it is asked; then all of C's functions follow it.
WITH_LANGUAGE = "import locale, sys; locale.setlocale(locale.LC_ALL, ''); "
OFFSET = f"import time; print(time.localtime({IN_NOVEMBER}).tm_gmtoff, f'{{1.5:n}}')"
RUN = "import pytest; sys.exit(pytest.main(sys.argv[1:]))"

log = logging.getLogger(__name__)


def there(code: str, zone: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a zone and with its language."""
    environment = {name: os.environ[name] for name in KEPT if name in os.environ}
    environment |= {"TZ": zone, "LC_ALL": ZONES[zone][0]}
    command = [sys.executable, "-c", WITH_LANGUAGE + code, *arguments]
    return subprocess.run(command, cwd=TESTS.parent, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("zone", ZONES)
def test_the_suite_is_green_anywhere(pytestconfig: pytest.Config, zone: str) -> None:
    """Tests pass as they do in UTC and in English, wherever the machine is and whatever its language."""
    told = there(OFFSET, zone)
    if [str(ZONES[zone][1]), "1,5"] != told.stdout.split():
        needed.absent(
            f"this test needs the zone {zone} and the locale {ZONES[zone][0]}, one of which this machine lacks"
        )
    is_long = pytestconfig.getoption("--long")
    paths = [f"--ignore={__file__}", str(TESTS)] if is_long else [str(TESTS / part) for part in SHORT]
    ended = there(RUN, zone, "--quiet", "-p", "no:cacheprovider", *paths)
    summary = ended.stdout.splitlines()[-1:]
    log.info("%s: %s", zone, *summary)
    assert 0 == ended.returncode, ended.stdout[-5000:]
    assert " passed in " in summary[0]
