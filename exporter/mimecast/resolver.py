"""Host names to addresses within a deadline.

``getaddrinfo`` cannot be interrupted: a dead name server would hold a poll, and its place among all polls, for as long
as the resolver library likes. So a look-up runs in a thread of its own, one at a time for each host, shared by all who
wait; who runs out of time leaves it behind, and finds its answer next time.
"""

import errno
import socket
import threading
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TypeAlias

Address: TypeAlias = tuple[socket.AddressFamily, tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]]


@dataclass(slots=True)
class _LookUp:
    done: threading.Event = field(default_factory=threading.Event)
    addresses: list[Address] = field(default_factory=list)
    error: OSError | None = None


class Resolver:
    """Resolves for all tenants of a process; safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[tuple[str, int], _LookUp] = {}

    def resolve(self, host: str, port: int, seconds: float) -> list[Address]:
        """Return the addresses of a host, in the system's order of preference.

        Raises ``OSError`` if there are none, and ``TimeoutError`` after ``seconds``.
        """
        if _is_address(host):
            return _look_up(host, port)  # this asks nobody
        with self._lock:
            look_up = self._running.get((host, port))
            if look_up is None:
                look_up = self._running[host, port] = _LookUp()
                self._start(host, port, look_up)
        if not look_up.done.wait(max(seconds, 0.0)):
            raise TimeoutError("the name server did not answer")
        if look_up.error is not None:
            raise socket.gaierror(socket.EAI_NONAME, "the host name has no address") from None
        return look_up.addresses

    def _start(self, host: str, port: int, look_up: _LookUp) -> None:
        thread = threading.Thread(target=self._run, args=(host, port, look_up), name=f"resolve {host}", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            del self._running[host, port]
            raise OSError(errno.EAGAIN, "no thread can be started to resolve the host name") from None

    def _run(self, host: str, port: int, look_up: _LookUp) -> None:
        try:
            look_up.addresses = _look_up(host, port)
        except (OSError, UnicodeError) as error:
            look_up.error = error if isinstance(error, OSError) else OSError(*error.args)
        finally:
            with self._lock:
                del self._running[host, port]
            look_up.done.set()


def _look_up(host: str, port: int) -> list[Address]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [(family, address) for family, _, _, _, address in found]


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
