"""Tests of ``exporter.web.listener``."""

import errno
import socket
from contextlib import closing

import pytest

from exporter.web.listener import Address, listen


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (":10463", Address("", 10463)),
        ("127.0.0.1:0", Address("127.0.0.1", 0)),
        ("localhost:65535", Address("localhost", 65535)),
        ("[::1]:80", Address("::1", 80)),
        ("[::]:80", Address("::", 80)),
    ],
)
def test_addresses(text: str, address: Address) -> None:
    """An address is read, and written, as other exporters have it."""
    assert address == Address.parse(text)
    assert text == str(address)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "10463",
        "here",
        "here:",
        ":http",
        ":65536",
        ":-1",
        ":+1",
        ":\u0661",
        ":999999",
        "::1",
        "::1:80",
        "[::1]",
        "[:80",
    ],
)
def test_what_is_no_address(text: str) -> None:
    """What is no address to listen on is refused."""
    with pytest.raises(ValueError, match="address to listen on"):
        Address.parse(text)


def test_no_host_is_both_families() -> None:
    """Without a host, clients of IPv4 and, if the machine has it, of IPv6 are served on one port."""
    (listener,) = listen(Address("", 0))
    with closing(listener):
        port = listener.getsockname()[1]
        for host in ["127.0.0.1", "::1"] if socket.has_dualstack_ipv6() else ["127.0.0.1"]:
            socket.create_connection((host, port), timeout=5).close()


def test_a_taken_port_is_told_with_its_address() -> None:
    """The error for a port that is taken holds the address as it was asked for."""
    (listener,) = listen(Address("127.0.0.1", 0))
    with closing(listener):
        address = Address("127.0.0.1", listener.getsockname()[1])
        with pytest.raises(OSError, match="in use") as caught:
            listen(address)
    assert (errno.EADDRINUSE, str(address)) == (caught.value.errno, caught.value.filename)


@pytest.mark.parametrize("host", ["host.invalid", "192.0.2.1"])
def test_an_address_of_others_is_told(host: str) -> None:
    """An address that is not ours, or that nobody has, is an error that names it."""
    with pytest.raises(OSError) as caught:  # noqa: PT011  its text is the system's
        listen(Address(host, 10463))
    assert f"{host}:10463" == caught.value.filename
