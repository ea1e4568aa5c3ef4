"""What goes wrong on the way to the vendor: names, addresses, packets, connections; and what becomes of it."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Final

import beside  # noqa: F401 - where the next ones are found
from names import Name, deaf
from raw_server import Script, raw_server, reset, say, unused_port
from relay import Address, losing, relaying, stall, swallowing

from exporter.errors import Reason

Way = Callable[[Name], AbstractContextManager[object]]
"""Spoils the way to a host, which is found by a name, as long as its context lasts."""

_MOST_CONNECTIONS: Final = 2


def _at(*addresses: Address) -> Way:
    """Let the host have other addresses."""

    def way(name: Name) -> AbstractContextManager[object]:
        name.addresses = addresses
        return nullcontext()

    return way


def _nobody(name: Name) -> AbstractContextManager[object]:
    return _at(("127.0.0.1", unused_port()))(name)


def _unnamed(times: int) -> Way:
    """Find no name for so many times."""

    def way(name: Name) -> AbstractContextManager[object]:
        name.failures = times
        return nullcontext()

    return way


@contextmanager
def _dead_name_server(name: Name) -> Iterator[None]:
    name.open.clear()
    yield
    name.open.set()


def _slow_name_server(name: Name) -> AbstractContextManager[object]:
    name.open.clear()
    threading.Timer(0.3, name.open.set).start()
    return nullcontext()


@contextmanager
def _deaf(name: Name) -> Iterator[None]:
    with deaf() as address:
        name.addresses = (address,)
        yield


@contextmanager
def _first_deaf(name: Name) -> Iterator[None]:
    with deaf() as address:
        name.addresses = (address, *name.addresses)
        yield


def _through(script: Callable[[Address], Script]) -> Way:
    """Let a server with a script stand at the host's place; who connects again and again is noticed."""

    @contextmanager
    def way(name: Name) -> Iterator[None]:
        with raw_server(script(name.addresses[0]), reads=False) as server:
            name.addresses = (("127.0.0.1", server.port),)
            yield
            assert server.connections <= _MOST_CONNECTIONS

    return way


# A broadcast address: no connection is ever tried to it.
_NO_ROUTE: Final = ("255.255.255.255", 443)

WAYS: Final[Mapping[str, tuple[Way, Reason | None]]] = {
    "nobody-listens": (_nobody, Reason.CONNECT),
    "no-route": (_at(_NO_ROUTE), Reason.CONNECT),
    "no-such-name": (_unnamed(1000), Reason.CONNECT),
    "name-server-dead": (_dead_name_server, Reason.TIMEOUT),
    "name-server-slow": (_slow_name_server, None),
    "name-server-flapping": (_unnamed(1), None),
    "packets-lost": (_deaf, Reason.TIMEOUT),
    "packets-of-first-address-lost": (_first_deaf, None),
    "closed-at-once": (_through(lambda _: say(b"")), Reason.CONNECT),
    "reset-at-once": (_through(lambda _: reset), Reason.CONNECT),
    "nothing-read": (_through(lambda _: stall), Reason.TIMEOUT),
    "large-packets-lost": (_through(lambda there: relaying(there, swallowing(900))), Reason.TIMEOUT),
    "third-of-packets-lost": (_through(lambda there: relaying(there, losing(0.3))), None),
}
