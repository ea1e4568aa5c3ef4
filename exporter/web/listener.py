"""The addresses that we listen on and the sockets that do."""

import errno
import logging
import math
import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from exporter.web.watch import Watch

# Who finds the queue full tries again a second later, as do those who have done nothing wrong.
_BACKLOG = 4096
_LOG_EVERY = 60.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Address:
    """A host and a port; with no host, all addresses of the machine, IPv4 and IPv6."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the address that ``:10463``, ``127.0.0.1:10463`` or ``[::1]:10463`` means; raises ``ValueError``."""
        host, colon, port = text.rpartition(":")
        if not colon or not port.isascii() or not port.isdigit() or len(port) > 5 or int(port) > 65535:
            raise ValueError("an address to listen on is host:port or :port")
        if host.startswith("[") and host.endswith("]"):
            return cls(host[1:-1], int(port))
        if ":" in host or "[" in host or "]" in host:
            raise ValueError("an IPv6 address to listen on is put in brackets: [::1]:10463")
        return cls(host, int(port))

    def __str__(self) -> str:
        """Return the address as it is written on the command line."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


Place = Address | socket.socket
"""Where clients come in: an address, or a socket that listens on one already and does not block."""


def listen(address: Address) -> list[socket.socket]:
    """Return the sockets that listen on ``address``, one for each of its host's addresses; raises ``OSError``."""
    sockets: list[socket.socket] = []
    port = address.port
    try:
        for family, host in _resolve(address):
            sockets.append(_bind(family, host, port))
            port = sockets[-1].getsockname()[1]  # the others get the same, if the system chose it
    except OSError as error:
        for opened in sockets:
            opened.close()
        raise OSError(error.errno, error.strerror, str(address)) from None
    return sockets


def _resolve(address: Address) -> list[tuple[int, str]]:
    if not address.host:
        return [(socket.AF_INET6, "::") if socket.has_dualstack_ipv6() else (socket.AF_INET, "0.0.0.0")]  # noqa: S104  as asked
    found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    return list(dict.fromkeys((family, str(where[0])) for family, _, _, _, where in found))


def _bind(family: int, host: str, port: int) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, host != "::")
        listener.bind((host, port))
        listener.listen(_BACKLOG)
        listener.settimeout(0)
    except OSError:
        listener.close()
        raise
    return listener


class Gate:
    """The sockets that listen on ``places``, which are addresses or sockets that do already.

    Raises ``OSError`` with the address on which none can.
    """

    def __init__(self, places: Iterable[Place]) -> None:
        self.listeners: list[socket.socket] = []
        self.reopens_at = math.inf
        self._log_again_at = -math.inf
        try:
            for place in places:
                self.listeners += listen(place) if isinstance(place, Address) else [place]
        except OSError:
            self._close_listeners()
            raise
        self.addresses = tuple(Address(*listener.getsockname()[:2]) for listener in self.listeners)

    def open(self, watch: Watch) -> None:
        """Have ``watch`` tell when somebody comes."""
        self.reopens_at = math.inf
        for listener in self.listeners:
            watch.add_socket(listener)

    def accept(self, listener: socket.socket) -> socket.socket | None:
        """Return the next client's socket, None if there is none; raises ``OSError`` if the system has none left."""
        try:
            return listener.accept()[0]
        except (BlockingIOError, ConnectionAbortedError, InterruptedError):
            return None

    def report(self, error: OSError) -> None:
        """Log why nobody can be accepted, at most once a minute."""
        now = time.monotonic()
        if now >= self._log_again_at:
            self._log_again_at = now + _LOG_EVERY
            log.error("cannot accept connections error=%s", errno.errorcode.get(error.errno or 0, "unknown"))

    def rest(self, watch: Watch, seconds: float) -> None:
        """Look away for a moment: who is not accepted is still at the door, and the loop would spin."""
        if self.reopens_at < math.inf:
            return
        self.reopens_at = time.monotonic() + seconds
        for listener in self.listeners:
            watch.remove_socket(listener)

    def reopen(self, watch: Watch) -> None:
        """Open again after a rest, if it is over."""
        if time.monotonic() >= self.reopens_at:
            self.open(watch)

    def close(self, watch: Watch) -> None:
        """Listen no more."""
        if self.reopens_at == math.inf:
            for listener in self.listeners:
                watch.remove_socket(listener)
        self.reopens_at = math.inf
        self._close_listeners()

    def _close_listeners(self) -> None:
        for listener in self.listeners:
            listener.close()
        self.listeners.clear()
