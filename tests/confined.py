"""Becomes a command under what a unit allows of system calls: ``confined.py SYSTEMD_ANALYZE COMMAND...``.

Held are SystemCallFilter, SystemCallErrorNumber, RestrictAddressFamilies, MemoryDenyWriteExecute, NoNewPrivileges and
UMask of the unit, by the kernel, through the library by which systemd does it. The rest needs systemd itself.
"""

import ctypes
import errno
import os
import socket
import subprocess
import sys
from collections.abc import Iterator

from unit_file import SERVICE, unit

PR_SET_NO_NEW_PRIVS = 38
PR_SET_MDWE = 65
PR_MDWE_REFUSE_EXEC_GAIN = 1
ALLOW = 0x7FFF0000
REFUSE = 0x00050000
EQUAL = 4
FAMILIES = 46


class Comparison(ctypes.Structure):
    """What an argument of a system call has to be: ``struct scmp_arg_cmp``."""

    _fields_ = (
        ("argument", ctypes.c_uint),
        ("operator", ctypes.c_int),
        ("value", ctypes.c_uint64),
        ("other", ctypes.c_uint64),
    )


class Filter:
    """A filter of system calls that does ``otherwise`` with those that no rule names."""

    def __init__(self, otherwise: int) -> None:
        self._library = ctypes.CDLL("libseccomp.so.2")
        self._library.seccomp_init.restype = ctypes.c_void_p
        self._context = ctypes.c_void_p(self._library.seccomp_init(ctypes.c_uint32(otherwise)))

    def add(self, call: str, action: int, *comparisons: Comparison) -> None:
        """Add a rule for a call; one that this machine does not have is none."""
        number = self._library.seccomp_syscall_resolve_name(call.encode())
        if number >= 0:
            array = (Comparison * len(comparisons))(*comparisons)
            arguments = (self._context, ctypes.c_uint32(action), number, len(comparisons), array)
            _check(self._library.seccomp_rule_add_array(*arguments))

    def load(self) -> None:
        """Put it into force, for ever."""
        _check(self._library.seccomp_load(self._context))


def _check(status: int) -> None:
    if status != 0:
        raise OSError(abs(status), os.strerror(abs(status)))


def calls_of(analyze: str, group: str) -> Iterator[str]:
    """Yield the calls of a group such as ``@system-service``, or the call itself."""
    if not group.startswith("@"):
        yield group
        return
    listed = subprocess.run([analyze, "syscall-filter", group], capture_output=True, text=True, check=True)
    for line in listed.stdout.splitlines()[1:]:
        if (name := line.strip()) and not name.startswith("#"):
            yield from calls_of(analyze, name)


def allowed_calls(analyze: str) -> set[str]:
    """Return the calls that the unit allows: those of lines, without those of lines that begin with ``~``."""
    allowed: set[str] = set()
    for line in unit(SERVICE.name).all("SystemCallFilter"):
        calls = {call for group in line.removeprefix("~").split() for call in calls_of(analyze, group)}
        allowed = allowed - calls if line.startswith("~") else allowed | calls
    return allowed


def confine(analyze: str) -> None:
    """Put the unit's limits into force."""
    service = unit(SERVICE.name)
    allowed = allowed_calls(analyze)
    refused = getattr(errno, service.one("SystemCallErrorNumber"))
    families = {getattr(socket, name) for name in service.one("RestrictAddressFamilies").split()}
    os.umask(int(service.one("UMask"), 8))
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    assert (service.one("NoNewPrivileges"), service.one("MemoryDenyWriteExecute")) == ("yes", "yes")
    _check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    _check(prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0))
    sockets = Filter(ALLOW)
    for family in set(range(FAMILIES)) - families:
        sockets.add("socket", REFUSE | errno.EAFNOSUPPORT, Comparison(0, EQUAL, family, 0))
    calls = Filter(REFUSE | refused)
    for call in allowed:
        calls.add(call, ALLOW)
    sockets.load()
    calls.load()


if __name__ == "__main__":
    confine(sys.argv[1])
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606 - it becomes the command
