"""What failed polls leave in memory: nothing that only the collector of garbage would find."""

import gc
import types
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from outcome import OUTCOMES
from pool import AT_ONCE
from stage import REFRESH, Stage, one_root

import exporter
from exporter.errors import Reason
from exporter.simulator import FAULTS

PACKAGE = Path(exporter.__file__).parent
QUICK = [name for name, outcome in OUTCOMES.items() if outcome.reason not in {None, Reason.TIMEOUT}]


@contextmanager
def kept_garbage() -> Iterator[list[object]]:
    """Let the collector of garbage keep what it finds, from now on and only at the end."""
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        yield gc.garbage
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


def fail(fault: str, roots: Path) -> None:
    """Poll once well, and once with a fault."""
    stage = Stage(fault, 60.0, roots, options={"api": 2})
    with stage.open():
        stage.scrape()
        if fault in FAULTS and FAULTS[fault].of_token:
            stage.tenant.revoke_tokens()
        stage.turn_to(REFRESH)
        stage.tenant.fail(fault)
        assert 0.0 == stage.scrape()[stage.series("up")]


def calls_in(garbage: list[object]) -> Counter[str]:
    """Return which calls of the exporter are among it, and how often."""
    frames = (each for each in garbage if isinstance(each, types.FrameType))
    paths = ((Path(frame.f_code.co_filename), frame.f_code.co_name) for frame in frames)
    return Counter(
        f"{path.relative_to(PACKAGE)} {name}"
        for path, name in paths
        if path.is_relative_to(PACKAGE) and "simulator" not in path.parts
    )


def test_a_failed_poll_keeps_nothing_that_led_to_it(tmp_path: Path) -> None:
    """Whatever fails, the calls that it came through, and half a document with them, are gone without a search."""
    roots = one_root(tmp_path)
    with kept_garbage() as garbage:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for ended in [pool.submit(fail, fault, roots) for fault in QUICK]:
                ended.result()
        gc.collect()
        assert {} == calls_in(garbage)


def test_the_search_finds_a_call_that_keeps_its_own_error() -> None:
    """What is looked for would be found."""
    with kept_garbage() as garbage:
        try:
            Reason("no reason at all")
        except ValueError as error:
            kept: list[object] = [error]
            kept.append(kept)
        del kept
        gc.collect()
        assert any(isinstance(each, types.FrameType) for each in garbage)
