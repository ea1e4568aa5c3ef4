"""The connections whose requests wait until something has been found out, and who else there is room for."""

import ipaddress
import logging
import math
import time
from collections.abc import Iterator

from exporter.web.connection import Connection

_IPV6_SITE = 64
_LOG_EVERY = 60.0

log = logging.getLogger(__name__)


class Room:
    """A few places, of which each network gets only as many as it leaves free: there is one for somebody else."""

    def __init__(self, places: int) -> None:
        self._places = places
        self._networks: dict[Connection, str] = {}
        self._log_again_at = -math.inf

    def __len__(self) -> int:
        """Return how many connections wait."""
        return len(self._networks)

    def __iter__(self) -> Iterator[Connection]:
        """Return the connections that wait."""
        return iter(self._networks)

    def enter(self, connection: Connection) -> bool:
        """Take a place, False if there is none; raises ``OSError`` if the client has gone."""
        network = network_of(connection.socket.getpeername()[0])
        taken = sum(each == network for each in self._networks.values())
        if taken >= self._places - len(self._networks):
            self._report(network)
            return False
        self._networks[connection] = network
        return True

    def leave(self, connection: Connection) -> None:
        """Give the place back, if there is one."""
        self._networks.pop(connection, None)

    def _report(self, network: str) -> None:
        now = time.monotonic()
        if now >= self._log_again_at:
            self._log_again_at = now + _LOG_EVERY
            log.warning("too many new passwords to check, others are refused network=%s", network)


def network_of(host: str) -> str:
    """Return what one client cannot easily change of its address: all of an IPv4, the first half of an IPv6 address."""
    address = ipaddress.ip_address(host)
    if isinstance(address, ipaddress.IPv6Address):
        address = address.ipv4_mapped or address
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    return str(ipaddress.ip_network((int(address), _IPV6_SITE), strict=False))
