"""Tests of ``exporter.web.room``: places, and how networks share them."""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from exporter.web.connection import Connection
from exporter.web.room import Room, network_of


@pytest.fixture
def come_from() -> Iterator[Callable[[str], Connection]]:
    """Return what connects from an address of loopback, and gives our end of the connection."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))

        def connect(host: str) -> Connection:
            address = listener.getsockname()
            stack.enter_context(socket.create_connection(address, 10, source_address=(host, 0)))
            connection = Connection(listener.accept()[0], None)
            stack.callback(connection.close)
            return connection

        yield connect


@pytest.mark.parametrize(
    ("places", "networks", "expected"),
    [(8, 1, [4]), (8, 2, [3, 3]), (8, 3, [2, 2, 2]), (8, 7, [1] * 7), (1, 2, [1, 0])],
)
def test_networks_share_the_places(
    come_from: Callable[[str], Connection], places: int, networks: int, expected: list[int]
) -> None:
    """However many come in turn from some networks, each gets some places, and one is left for another network."""
    room = Room(places)
    taken = [0] * networks
    for turn in range(10 * networks):
        taken[turn % networks] += room.enter(come_from(f"127.0.0.{1 + turn % networks}"))
    assert (expected, sum(expected)) == (taken, len(room))
    assert room.enter(come_from("127.0.0.99")) is (places > 1)


def test_a_place_is_given_back(come_from: Callable[[str], Connection]) -> None:
    """Who leaves makes room for the next one, and who is not there can leave as well."""
    room = Room(1)
    first, second = come_from("127.0.0.1"), come_from("127.0.0.1")
    assert [True, False] == [room.enter(first), room.enter(second)]
    room.leave(second)
    room.leave(first)
    assert room.enter(second)
    assert [second] == [*room]


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("::1", "::/64"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
    ],
)
def test_networks(host: str, network: str) -> None:
    """An IPv4 address is a network of its own, in IPv6's clothes too, and an IPv6 address belongs to its site's."""
    assert network == network_of(host)
