"""Faults of the connection: it closes, it is reset, it says nothing, it takes its time."""

import socket
import time

from exporter.simulator.answer import Answer
from exporter.simulator.fault.fault import Fault, Scene
from exporter.simulator.fault.wire import BOUND_SECONDS, head_of, right_body

_DRIP_PAUSE = 0.1
_LATE = 2.0
_JITTER = 0.5


def _close(scene: Scene) -> None:
    scene.exchange.close()


def _reset(scene: Scene) -> None:
    scene.exchange.reset()


def _hang(scene: Scene) -> None:
    scene.exchange.pause()
    scene.exchange.close()


def _slow(scene: Scene) -> Answer | None:
    answer = scene.right()
    if scene.exchange.pause(_LATE if scene.seconds is None else scene.seconds):
        return answer
    scene.exchange.close()
    return None


def _jitter(scene: Scene) -> None:
    """Send the answer in pieces, with pauses that are the same each time and never alike."""
    body = right_body(scene)
    whole = head_of(scene, len(body)) + body
    scene.exchange.call.status = 200
    pauses = (0.5, 0.05, 0.3, 0.15)
    for number, share in enumerate(pauses):
        scene.exchange.write(whole[len(whole) * number // 5 : len(whole) * (number + 1) // 5])
        scene.exchange.pause(share * (_JITTER if scene.seconds is None else scene.seconds))
    scene.exchange.finish(whole[len(whole) * len(pauses) // 5 :])
    scene.exchange.close()


def _drip(scene: Scene, whole: bytes, dripping: bytes) -> None:
    scene.exchange.write(whole)
    pause = _DRIP_PAUSE if scene.seconds is None else scene.seconds
    end = time.monotonic() + BOUND_SECONDS
    for byte in dripping[:-1]:
        scene.exchange.write(bytes([byte]))
        if not scene.exchange.pause(pause) or time.monotonic() > end:
            break
    else:
        scene.exchange.finish(dripping[-1:])
    scene.exchange.close()


def _drip_headers(scene: Scene) -> None:
    body = right_body(scene)
    _drip(scene, b"", head_of(scene, len(body)) + body)


def _drip_body(scene: Scene) -> None:
    body = right_body(scene)
    _drip(scene, head_of(scene, len(body)), body)


def _half_body_silence(scene: Scene) -> None:
    body = right_body(scene)
    scene.exchange.write(head_of(scene, len(body)) + body[: len(body) // 2])
    _hang(scene)


def _close_in_headers(scene: Scene) -> None:
    scene.exchange.finish(head_of(scene, len(right_body(scene)))[:60])
    scene.exchange.close()


def _close_after_headers(scene: Scene) -> None:
    scene.exchange.finish(head_of(scene, len(right_body(scene))))
    scene.exchange.close()


def _reset_in_headers(scene: Scene) -> None:
    scene.exchange.write(head_of(scene, len(right_body(scene)))[:60])
    scene.exchange.reset()


def _reset_after_headers(scene: Scene) -> None:
    scene.exchange.write(head_of(scene, len(right_body(scene))))
    scene.exchange.reset()


def _reset_in_body(scene: Scene) -> None:
    body = right_body(scene)
    scene.exchange.write(head_of(scene, len(body)) + body[: len(body) // 2])
    scene.exchange.reset()


def _close_idle(scene: Scene) -> None:
    body = right_body(scene)
    keeps = (("connection", "keep-alive"), ("content-length", str(len(body))))
    scene.exchange.call.status = 200
    # Answer and end travel together, so that the client cannot have the one without the other.
    scene.exchange.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
    scene.exchange.finish(scene.exchange.head(200, keeps) + body)
    scene.exchange.close()


FAULTS = (
    Fault("refuse_close", "closes the connection without an answer", _close),
    Fault("reset", "resets the connection without an answer", _reset),
    Fault("silent", "says nothing and keeps the connection open", _hang),
    Fault("hang", "reads the request and never answers", _hang),
    Fault("slow", "answers rightly, but late (seconds: 2)", _slow),
    Fault("jitter", "answers rightly, in pieces with pauses between them (seconds in all: 0.5)", _jitter),
    Fault(
        "drip_headers",
        "sends the answer byte by byte, from the headers on (seconds between two bytes: 0.1)",
        _drip_headers,
    ),
    Fault("drip_body", "sends the body byte by byte (seconds between two bytes: 0.1)", _drip_body),
    Fault("half_body_silence", "sends half of the body and then nothing", _half_body_silence),
    Fault("close_in_headers", "closes the connection in the middle of the headers", _close_in_headers),
    Fault("close_after_headers", "closes the connection after the headers", _close_after_headers),
    Fault("reset_in_headers", "resets the connection in the middle of the headers", _reset_in_headers),
    Fault("reset_after_headers", "resets the connection after the headers", _reset_after_headers),
    Fault("reset_in_body", "resets the connection in the middle of the body", _reset_in_body),
    Fault("close_idle", "answers rightly, promises to keep the connection, and closes it", _close_idle),
)
