"""A port as a scraper sees it while its program comes and goes: answers whole, or none."""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from exporter.simulator import Simulator

_LENGTH = re.compile(rb"\r\nContent-Length: (\d+)\r\n", re.IGNORECASE)


def configured(simulator: Simulator, directory: Path, defaults: str = "{}") -> tuple[str, str]:
    """Write a configuration for all tenants of a simulator and return the flag for it."""
    file = directory / "life.yaml"
    file.write_text(f"defaults: {defaults}\n{simulator.configuration()}")
    file.chmod(0o600)
    return "--config.file", str(file)


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


def answer(port: int, path: str = "/metrics", timeout: float = 30.0) -> bytes:
    """Return all bytes that come back for a request of its own connection, none if nobody is there or it is closed."""
    received = bytearray()
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=timeout) as client:
            client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
            while data := client.recv(1 << 16):
                received += data
    except ConnectionError:
        pass  # what has come so far tells whether an answer was cut
    return bytes(received)


def is_whole(received: bytes) -> bool:
    """Say whether bytes are one answer, head and body, with nothing cut."""
    head, end, body = received.partition(b"\r\n\r\n")
    length = _LENGTH.search(head + b"\r\n")
    return bool(end and length and int(length[1]) == len(body))


@contextmanager
def connected(port: int) -> Iterator[socket.socket]:
    """Hold a connection open that has had one answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        client.sendall(b"GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n")
        assert client.recv(1 << 16)
        yield client
