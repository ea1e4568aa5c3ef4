"""The sockets that are watched, and the connections among them: which has waited longest, which too long."""

import math
import time
from selectors import EVENT_READ, EVENT_WRITE, DefaultSelector, SelectorKey
from socket import socket

from exporter.web.connection import Blocked, Connection, State


class Watch:
    """Connections that wait for their client, and other sockets; all of it on one thread."""

    def __init__(self) -> None:
        self._selector = DefaultSelector()
        self._waiting: dict[Connection, None] = {}  # the longest idle first
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
        self._waiting[connection] = None
        connection.waiting_since = time.monotonic()
        self.set_deadline(connection, timeout)

    def renew(self, connection: Connection, timeout: float) -> None:
        """Let the connection wait as if it had just begun."""
        del self._waiting[connection]
        self._waiting[connection] = None
        connection.waiting_since = time.monotonic()
        self.set_deadline(connection, timeout)

    def remove(self, connection: Connection) -> None:
        """Watch the connection no more."""
        del self._waiting[connection]
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
        """Close the connection that has waited longest; False if none waits."""
        for connection in self._waiting:
            self.close(connection)
            return True
        return False

    def age_of_longest_idle(self) -> float:
        """Return for how many seconds the longest idle connection has waited; without any, for ever."""
        for connection in self._waiting:
            return time.monotonic() - connection.waiting_since
        return math.inf

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
