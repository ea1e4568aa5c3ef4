"""Brings up the loopback of a network of its own, without IPv6, and becomes the command that follows."""

import fcntl
import os
import socket
import struct
import sys
from pathlib import Path

SIOCSIFFLAGS = 0x8914
IFF_UP = 1
WITHOUT_IPV6 = Path("/proc/sys/net/ipv6/conf/all/disable_ipv6")

if __name__ == "__main__":
    if WITHOUT_IPV6.exists():
        WITHOUT_IPV6.write_text("1")
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh22x", b"lo", IFF_UP))
    os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606 - a command of the tests
