"""A name server in the hand, and a port that answers no more."""

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

Address = tuple[str, int]

PATIENCE: Final = 20.0


@dataclass
class Name:
    """One host: answered with ``addresses``, once ``open`` is set, after ``failures`` answers that there is none."""

    addresses: tuple[Address, ...] = ()
    failures: int = 0
    open: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.open.set()

    def found(self) -> list[tuple[int, int, int, str, Address]]:
        """Return what a look-up gives."""
        self.open.wait(PATIENCE)
        if self.failures:
            self.failures -= 1
            raise socket.gaierror(socket.EAI_AGAIN, "try again")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address) for address in self.addresses]


class NameServer:
    """Answers for the hosts that it has, and leaves others to the system."""

    def __init__(self) -> None:
        self.names: dict[str, Name] = {}
        self._system = socket.getaddrinfo

    def __call__(self, host: str, port: int, *arguments: Any, **options: Any) -> Any:
        """Stand in for the system's look-up."""
        name = self.names.get(host)
        return name.found() if name else self._system(host, port, *arguments, **options)


@contextmanager
def deaf() -> Iterator[Address]:
    """Give an address whose queue of connections is full, as if every packet to it were lost."""
    with socket.socket() as listener, ExitStack() as waiting:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            client = waiting.enter_context(socket.socket())
            client.settimeout(0)
            client.connect_ex(listener.getsockname())
        yield listener.getsockname()
