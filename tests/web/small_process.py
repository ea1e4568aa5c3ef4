"""A server in a process that is short of descriptors, told what to do on standard input."""

import logging
import os
import resource
import sys
import time
from pathlib import Path

from raw_http import serving


def main() -> None:
    """Serve until told to end."""
    logging.basicConfig(format="%(message)s")
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    taken: list[int] = []
    with serving() as running:
        for line in sys.stdin:
            match line.strip():
                case "port":
                    reply = str(running.port)
                case "take":
                    reply = str(take_all(taken))
                case "free":
                    while taken:
                        os.close(taken.pop())
                    reply = "free"
                case "time":
                    reply = str(time.process_time())
                case "open":
                    reply = str(len(list(Path("/proc/self/fd").iterdir())))
                case _:
                    break
            sys.stdout.write(f"{reply}\n")
            sys.stdout.flush()


def take_all(taken: list[int]) -> int:
    """Take up all descriptors that are left."""
    try:
        while True:
            taken.append(os.dup(0))
    except OSError:
        return len(taken)


if __name__ == "__main__":
    main()
