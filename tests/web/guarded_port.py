"""A server with users in front of the tiny application, and users whose passwords are checked when a test says so."""

import base64
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import bcrypt
from raw_http import METRICS, PATIENCE, RawClient, Serving, TinyApplication

from exporter.web.application import Limits
from exporter.web.listener import Address
from exporter.web.server import Server
from exporter.web_config.guard import Guard
from exporter.web_config.users import Users


def hashed(password: bytes, cost: int = 4) -> bytes:
    """Return a hash."""
    return bcrypt.hashpw(password, bcrypt.gensalt(cost))


def basic(name_and_password: bytes) -> bytes:
    """Return the value of an ``Authorization``."""
    return b"Basic " + base64.b64encode(name_and_password)


def login(name_and_password: bytes, request: bytes = METRICS) -> bytes:
    """Return a request with a name and a password."""
    return request[:-2] + b"Authorization: " + basic(name_and_password) + b"\r\n\r\n"


class HeldUsers(Users):
    """Users of whom nothing new is found out until ``go`` is set; who is ``known`` has been checked before.

    ``asked`` is set once a check waits.
    """

    def __init__(self, passwords: Mapping[str, bytes], *known: str) -> None:
        super().__init__({name: hashed(password) for name, password in passwords.items()})
        self.asked = threading.Event()
        self.go = threading.Event()
        self.checked: list[bytes] = []
        for name in known:
            assert super().admit(name.encode(), passwords[name])

    def admit(self, name: bytes, password: bytes) -> bool:
        """Check when told so."""
        if self.remembered(name, password) is None:
            self.asked.set()
            assert self.go.wait(PATIENCE)
            self.checked.append(password)
        return super().admit(name, password)


@contextmanager
def guarding(users: Users, limits: Limits | None = None) -> Iterator[Serving]:
    """Serve the tiny application to users alone, on a port that the system chooses."""
    application = TinyApplication()
    guard = Guard(application)
    guard.users = users
    server = Server(guard, [Address("127.0.0.1", 0)], limits or Limits())
    server.start()
    try:
        yield Serving(server, application)
    finally:
        if isinstance(users, HeldUsers):
            users.go.set()
        application.release.set()
        server.stop(grace=2.0)
        assert not server.running


def connect_from(host: str, port: int) -> RawClient:
    """Return a connection to a port of this machine from another of its addresses of loopback."""
    return RawClient(socket.create_connection(("127.0.0.1", port), timeout=PATIENCE, source_address=(host, 0)))
