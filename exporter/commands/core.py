"""The core that a crash would leave: a picture of the memory, with every secret in it."""

import resource

# Too little for any file. It is also the one limit that the kernel heeds where cores go to a program, as systemd has it
# (do_coredump in fs/coredump.c); 0 would not keep the core from that one.
_NONE = (1, 1)


def forbid_core() -> None:
    """Have no core written from now on, whatever the process was started with."""
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    if most != 0:
        resource.setrlimit(resource.RLIMIT_CORE, _NONE)
