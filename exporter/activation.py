"""The sockets that a service manager listens on for us and hands over: sd_listen_fds(3)."""

import os
import socket
from collections.abc import Mapping, MutableMapping
from typing import Final

_VARIABLES: Final = ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES")
_FIRST: Final = 3
_FAMILIES: Final = (socket.AF_INET, socket.AF_INET6)


class ActivationError(Exception):
    """What was handed over is not to be listened on; the text says which, why and what to do."""


def descriptors(environment: Mapping[str, str], pid: int) -> dict[int, str]:
    """Return the descriptors that the process ``pid`` was handed, each with its name; none if they are another's.

    Raises ``ActivationError`` if their number cannot be read.
    """
    if environment.get("LISTEN_PID") != str(pid):
        return {}
    count = environment.get("LISTEN_FDS", "")
    if not (count.isascii() and count.isdigit() and len(count) < 5):
        raise ActivationError("LISTEN_FDS is not the number of the sockets that were handed over; let systemd set it")
    names = environment.get("LISTEN_FDNAMES", "").split(":")
    return {_FIRST + place: names[place] if place < len(names) else "" for place in range(int(count))}


def handed_over(environment: MutableMapping[str, str], pid: int) -> list[socket.socket]:
    """Return the sockets that the process ``pid`` was handed, none if there are none.

    No process that is started from here gets them, and the variables that tell of them are taken away. Raises
    ``ActivationError``.
    """
    found = descriptors(environment, pid)
    for name in _VARIABLES:
        environment.pop(name, None)
    return [_listener(descriptor, name or "unknown") for descriptor, name in found.items()]


def _listener(descriptor: int, name: str) -> socket.socket:
    where = f"descriptor {descriptor} ({name}) that was handed over"
    try:
        os.set_inheritable(descriptor, False)  # noqa: FBT003 - it takes no name
        listener = socket.socket(fileno=descriptor)
    except OSError as error:
        raise ActivationError(f"{where} is no socket: {error.strerror}; let a unit of systemd open it") from None
    if listener.family not in _FAMILIES or listener.type != socket.SOCK_STREAM:
        raise ActivationError(f"{where} is no TCP socket; give ListenStream= an address with a port")
    if not listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        raise ActivationError(f"{where} does not listen; set Accept=no in the unit of the socket")
    listener.settimeout(0)
    return listener
