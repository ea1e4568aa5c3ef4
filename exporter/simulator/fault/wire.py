"""What faults put on the wire by hand: the right body, uncompressed, and heads that announce it."""

import time
from collections.abc import Iterable, Iterator

from exporter.simulator.fault.fault import Scene

BOUND_SECONDS = 60.0
BOUND_BYTES = 2 << 30


def right_body(scene: Scene) -> bytes:
    """Return the body of the right answer."""
    return scene.right().body


def head_of(scene: Scene, length: int | str | None, *headers: tuple[str, str], status: int = 200) -> bytes:
    """Return the head of an answer whose connection will be closed; None: no length."""
    announced = () if length is None else (("content-length", str(length)),)
    scene.exchange.close_after = True
    return scene.exchange.head(status, (*headers, *announced))


def send_and_close(scene: Scene, data: bytes) -> None:
    """Send bytes as they are, the last ones of the connection."""
    scene.exchange.finish(data)
    scene.exchange.close()


def pour(scene: Scene, chunks: Iterable[bytes]) -> None:
    """Send chunk after chunk until they end, the client goes, the simulator stops, or the bound is reached.

    Where the fault is given seconds, they pass between two chunks.
    """
    for chunk in _bounded(scene, chunks):
        scene.exchange.write(chunk)
        if scene.seconds:
            scene.exchange.pause(scene.seconds)
    scene.exchange.close()


def _bounded(scene: Scene, chunks: Iterable[bytes]) -> Iterator[bytes]:
    end = time.monotonic() + BOUND_SECONDS
    sent = 0
    for chunk in chunks:
        sent += len(chunk)
        if sent > BOUND_BYTES or time.monotonic() > end or scene.exchange.gone():
            return
        yield chunk
