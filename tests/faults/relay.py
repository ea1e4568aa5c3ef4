"""What may lie between us and the vendor: a way that loses packets, or swallows the large ones; scripts of a server."""

import random
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final

Address = tuple[str, int]
Way = Callable[[bytes], bytes | None]
"""What becomes of a packet; None means that it is lost for good, and all that comes behind it."""

_PATIENCE: Final = 20.0
_PACKET: Final = 1000
_ESTABLISHED: Final = 1


def stall(connection: socket.socket) -> None:
    """Read nothing until the client goes."""
    pause = threading.Event()
    # What lies unread hides the end from a reader; the state of the connection does not.
    while connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == _ESTABLISHED:
        pause.wait(0.02)


def losing(part: float) -> Way:
    """Lose a part of the packets, by seeded chance; each comes again a while later."""
    dice, pause = random.Random(1), threading.Event()  # noqa: S311 - a seeded chance

    def way(data: bytes) -> bytes:
        if dice.random() < part:
            pause.wait(0.05)
        return data

    return way


def swallowing(beyond: int) -> Way:
    """Lose packets of more bytes."""
    return lambda data: data if len(data) <= beyond else None


def relaying(target: Address, way: Way) -> Callable[[socket.socket], None]:
    """Return a script that carries packets to a target, and those that come back over a way."""

    def script(near: socket.socket) -> None:
        with socket.create_connection(target, _PATIENCE) as far:
            there = threading.Thread(target=_carry, args=(near, far, lambda data: data))
            there.start()
            _carry(far, near, way)
            there.join(_PATIENCE)

    return script


def _carry(source: socket.socket, target: socket.socket, way: Way) -> None:
    with suppress(OSError):
        while data := source.recv(_PACKET):
            passed = way(data)
            if passed is None:
                return
            target.sendall(passed)
    for end in (source, target):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
