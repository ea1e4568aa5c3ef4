"""Becomes a command that is handed sockets as systemd hands them over: ``handing.py KIND... -- COMMAND...``.

A kind is what is opened (see ``OPENED``), or the number of a descriptor that is open already. With ``other`` before the
kinds the sockets are meant for another process.
"""

import os
import socket
import sys
from collections.abc import Callable
from tempfile import mkdtemp, mkstemp

FIRST = 3


def tcp(host: str, family: socket.AddressFamily) -> int:
    return socket.create_server((host, 0), family=family).detach()


def local() -> int:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(f"{mkdtemp()}/socket")
    listener.listen()
    return listener.detach()


def connected() -> int:
    listener = socket.create_server(("127.0.0.1", 0))
    return socket.create_connection(listener.getsockname()).detach()


OPENED: dict[str, Callable[[], int]] = {
    "ipv4": lambda: tcp("127.0.0.1", socket.AF_INET),
    "ipv6": lambda: tcp("::1", socket.AF_INET6),
    "local": local,
    "datagram": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).detach(),
    "connected": connected,
    "file": lambda: mkstemp()[0],
}


def main(arguments: list[str]) -> None:
    """Open, hand over, become."""
    end = arguments.index("--")
    kinds = [kind for kind in arguments[:end] if kind != "other"]
    opened = [OPENED[kind]() if kind in OPENED else int(kind) for kind in kinds]
    # First out of the way of each other, then to their places.
    apart = [os.dup2(descriptor, 100 + place) for place, descriptor in enumerate(opened)]
    for place, descriptor in enumerate(apart):
        os.dup2(descriptor, FIRST + place)
    pid = os.getppid() if "other" in arguments[:end] else os.getpid()
    names = ":".join(kinds)
    handed = {"LISTEN_PID": str(pid), "LISTEN_FDS": str(len(kinds)), "LISTEN_FDNAMES": names}
    os.execve(arguments[end + 1], arguments[end + 1 :], {**os.environ, **handed})  # noqa: S606 - it becomes the command


if __name__ == "__main__":
    main(sys.argv[1:])
