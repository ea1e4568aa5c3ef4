"""A service manager's end of NOTIFY_SOCKET: a real datagram socket that keeps what it is told."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class ServiceManager:
    """What one process tells, assignment by assignment."""

    def __init__(self, receiver: socket.socket, address: str) -> None:
        self.address = address
        self._receiver = receiver

    def told(self, seconds: float = 30.0) -> dict[str, str]:
        """Return the next message, its values by their names; fail if none comes in time."""
        self._receiver.settimeout(seconds)
        lines = self._receiver.recv(4096).decode().split("\n")
        return dict(line.split("=", 1) for line in lines)

    def told_of(self, name: str) -> dict[str, str]:
        """Return the next message with a name in it, and drop those before."""
        while name not in (message := self.told()):
            pass
        return message


@contextmanager
def service_manager(directory: Path, *, abstract: bool = False) -> Iterator[ServiceManager]:
    """Listen on a socket in a directory, or on an abstract one, until the end of the block."""
    path = str(directory / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(f"\0{path}" if abstract else path)
        yield ServiceManager(receiver, f"@{path}" if abstract else path)
