"""A proxy that tunnels, or refuses to."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from raw_server import PATIENCE, RawServer, Script, raw_server, read_request, response


def tunnel(seen: list[bytes]) -> Script:
    """Take a CONNECT, note it in ``seen``, and carry bytes both ways until one side ends."""

    def script(connection: socket.socket) -> None:
        seen.append(read_request(connection))
        port = int(seen[-1].split(b" ")[1].rpartition(b":")[2])
        with socket.create_connection(("127.0.0.1", port), PATIENCE) as far:
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=_carry, args=(far, connection))
            back.start()
            _carry(connection, far)
            back.join(PATIENCE)

    return script


def refuse(status: int) -> Script:
    """Refuse to connect."""

    def script(connection: socket.socket) -> None:
        connection.sendall(response(b"planted-proxy-secret", status=status))

    return script


@contextmanager
def tunnelling(seen: list[bytes]) -> Iterator[RawServer]:
    """Serve as a proxy that tunnels."""
    with raw_server(tunnel(seen), reads=False) as proxy:
        yield proxy


def _carry(near: socket.socket, far: socket.socket) -> None:
    with suppress(OSError):
        while data := near.recv(1 << 16):
            far.sendall(data)
    for end in (near, far):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
