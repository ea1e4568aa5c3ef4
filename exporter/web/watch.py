"""The sockets that are watched, and the connections among them: which goes if there is one too many, which is late."""

import math
import time
from collections import Counter
from selectors import EVENT_READ, EVENT_WRITE, DefaultSelector, SelectorKey
from socket import socket

from exporter.web.connection import Blocked, Connection, State
from exporter.web.room import network_of


class Watch:
    """Connections that wait for their client, and other sockets; all of it on one thread."""

    def __init__(self) -> None:
        self._selector = DefaultSelector()
        self._waiting: dict[Connection, str] = {}  # the longest idle first, each with its network
        self._crowds: Counter[str] = Counter()  # how many wait of each network
        self._next_deadline = math.inf

    def __len__(self) -> int:
        """Return how many connections wait."""
        return len(self._waiting)

    def select(self, until: float) -> list[SelectorKey]:
        """Return what is ready, at the latest at ``until`` or at the next deadline; its data is the connection."""
        first = min(until, self._next_deadline)
        timeout = None if first == math.inf else max(0.0, first - time.monotonic())
        return [key for key, _ in self._selector.select(timeout)]

    def add_socket(self, watched: socket) -> None:
        """Watch a socket that is no connection."""
        self._selector.register(watched, EVENT_READ)

    def remove_socket(self, watched: socket) -> None:
        """Watch the socket no more."""
        self._selector.unregister(watched)

    def add(self, connection: Connection, timeout: float) -> None:
        """Watch a connection that has just begun to wait, for ``timeout`` seconds."""
        self._selector.register(connection.socket, EVENT_READ, connection)
        network = network_of(connection.host)
        self._waiting[connection] = network
        self._crowds[network] += 1
        connection.waiting_since = time.monotonic()
        self.set_deadline(connection, timeout)

    def renew(self, connection: Connection, timeout: float) -> None:
        """Let the connection wait as if it had just begun."""
        self._waiting[connection] = self._waiting.pop(connection)
        connection.waiting_since = time.monotonic()
        self.set_deadline(connection, timeout)

    def remove(self, connection: Connection) -> None:
        """Watch the connection no more."""
        network = self._waiting.pop(connection)
        self._crowds[network] -= 1
        if not self._crowds[network]:
            del self._crowds[network]
        self._selector.unregister(connection.socket)

    def set_deadline(self, connection: Connection, timeout: float) -> None:
        """Close the connection in ``timeout`` seconds, its turn as the longest idle one unchanged."""
        connection.deadline = time.monotonic() + timeout
        self._next_deadline = min(self._next_deadline, connection.deadline)

    def wait_for(self, connection: Connection, blocked: Blocked) -> None:
        """Watch the connection for what it is blocked by."""
        events = EVENT_WRITE if blocked.until_writable else EVENT_READ
        if self._selector.get_key(connection.socket).events != events:
            self._selector.modify(connection.socket, events, connection)

    def close(self, connection: Connection) -> None:
        """Close a connection that waits."""
        self.remove(connection)
        connection.close()

    def close_longest_idle(self) -> bool:
        """Close the connection that has waited longest of the network that has most; False if none waits."""
        connection = self._longest_idle()
        if connection is None:
            return False
        self.close(connection)
        return True

    def age_of_longest_idle(self) -> float:
        """Return for how many seconds the one that would be closed has waited; without any, for ever."""
        connection = self._longest_idle()
        return math.inf if connection is None else time.monotonic() - connection.waiting_since

    def _longest_idle(self) -> Connection | None:
        # Of the network that has most: a crowd of one pushes out itself, not those of others.
        most = max(self._crowds.values(), default=0)
        return next((each for each, network in self._waiting.items() if self._crowds[network] == most), None)

    def close_late(self) -> None:
        """Close the connections whose deadline is over."""
        now = time.monotonic()
        if now < self._next_deadline:
            return
        for connection in [each for each in self._waiting if each.deadline <= now]:
            self.close(connection)
        self._next_deadline = min((each.deadline for each in self._waiting), default=math.inf)

    def close_undisturbed(self) -> None:
        """Close the connections that wait, but for those that still take in their last answer."""
        for connection in [each for each in self._waiting if each.state is not State.DRAINING]:
            self.close(connection)

    def end(self) -> None:
        """Close all connections that wait, and watch nothing any more."""
        while self.close_longest_idle():
            pass
        self._selector.close()
