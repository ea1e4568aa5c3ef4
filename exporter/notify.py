"""What the service manager is told of this process: sd_notify(3), over the socket that NOTIFY_SOCKET names.

Without that variable nothing is sent. That the manager cannot be reached is logged once, and hurts nothing else.
"""

import logging
import math
import socket
import time
from collections.abc import Callable, Mapping, MutableMapping
from contextlib import closing
from typing import Final, Self

from exporter.log import fields

_VARIABLES: Final = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")
# How often a service looks after itself, and how long its part that serves may take to show that it lives.
_LOOK_EVERY: Final = 1.0
# How long the manager may leave its socket full.
_PATIENCE: Final = 1.0

log = logging.getLogger(__name__)


def socket_address(text: str) -> str | None:
    """Return the address of a socket of the file system (``/run/...``) or an abstract one (``@...``), else None."""
    if len(text) < 2 or text[0] not in "/@":
        return None
    return f"\0{text[1:]}" if text[0] == "@" else text


def watchdog_period(environment: Mapping[str, str], pid: int) -> float:
    """Return how many seconds apart signs of life are to be sent, half of what is allowed; infinity if none are."""
    microseconds = environment.get("WATCHDOG_USEC", "")
    if environment.get("WATCHDOG_PID", str(pid)) != str(pid):
        return math.inf
    if not (microseconds.isascii() and microseconds.isdigit() and 0 < len(microseconds) < 19):
        return math.inf
    return int(microseconds) / 2e6 or math.inf


class Manager:
    """The service manager, or nobody. Used by one thread.

    ::

        manager = Manager.of(os.environ, os.getpid())
        manager.ready("Serving")
        while ...:
            manager.look("Serving", is_alive, monotonic())   # every look_every seconds
        manager.stopping()
    """

    def __init__(self, address: str = "", period: float = math.inf) -> None:
        self._address = socket_address(address)
        self._period = period if self._address else math.inf
        self.look_every = min(_LOOK_EVERY, self._period)
        self._due = -math.inf
        self._status = ""
        self._is_lost = False
        self._is_stuck = False
        if address and not self._address:
            log.warning("the service manager is not told anything", extra=fields(detail="NOTIFY_SOCKET is no address"))

    @classmethod
    def of(cls, environment: MutableMapping[str, str], pid: int) -> Self:
        """Return the manager of the process ``pid``; its variables are taken away, for they mean nobody else."""
        manager = cls(environment.get("NOTIFY_SOCKET", ""), watchdog_period(environment, pid))
        for name in _VARIABLES:
            environment.pop(name, None)
        return manager

    def ready(self, status: str) -> None:
        """Tell that it serves, from the start or again after :meth:`reloading`."""
        self._status = status
        self._send("READY=1", f"STATUS={status}")

    def reloading(self) -> None:
        """Tell that the configuration is being read again."""
        now = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self._send("RELOADING=1", f"MONOTONIC_USEC={now}")

    def stopping(self) -> None:
        """Tell that it is about to end."""
        self._send("STOPPING=1", "STATUS=Stopping")

    def look(self, status: str, is_alive: Callable[[float], bool], now: float) -> None:
        """Tell a status that has changed, and if it is time for it that it lives, if it does.

        ``is_alive`` is asked with the seconds that finding out may take; ``now`` is the time by a clock that only goes
        on. Who does not live is asked again at the next look.
        """
        if status != self._status:
            self._status = status
            self._send(f"STATUS={status}")
        if self._period == math.inf or now < self._due:
            return
        if is_alive(self.look_every):
            self._due = now + self._period
            self._is_stuck = False
            self._send("WATCHDOG=1")
        elif not self._is_stuck:
            self._is_stuck = True
            log.error("clients are not served any more", extra=fields(hint="the watchdog of the service will end it"))

    def _send(self, *assignments: str) -> None:
        if self._address is None:
            return
        try:
            with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as sender:
                sender.settimeout(_PATIENCE)
                sender.sendto("\n".join(assignments).encode(), self._address)
            self._is_lost = False
        except OSError as error:
            if not self._is_lost:
                log.warning("the service manager cannot be told anything", extra=fields(detail=error.strerror or error))
            self._is_lost = True
