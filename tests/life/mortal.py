"""The program, in which threads of one name are killed when a file appears: ``mortal.py NAME FILE ARGUMENTS``."""

import sys
import threading
from pathlib import Path

from killing import kill

from exporter.__main__ import main


def kill_when(name: str, sign: Path) -> None:
    """Wait for the sign, take it away, and kill, again and again."""
    pause = threading.Event()
    while not pause.wait(0.02):
        if sign.exists():
            sign.unlink()  # before the deaths, which may end the process at once
            for thread in threading.enumerate():
                if thread.name == name:
                    kill(thread)


if __name__ == "__main__":
    threading.Thread(target=kill_when, args=(sys.argv[1], Path(sys.argv[2])), daemon=True).start()
    del sys.argv[1:3]
    sys.exit(main())
