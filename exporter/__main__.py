"""``python -m exporter``, and the command ``mimecast-exporter``."""

import sys

if __name__ == "__main__" and not sys.flags.safe_path:
    # ``python -m`` looks for every module in the working directory first, which may be anybody's. Before other imports.
    del sys.path[0]

from exporter.commands.stop import hold_back


def main() -> int:
    """Run the command that the process's arguments name, and return its exit status."""
    hold_back()
    # All the rest takes longest to be imported, and a signal must not be lost or leave a traceback meanwhile.
    from exporter.cli import main as run  # noqa: PLC0415

    return run()


if __name__ == "__main__":
    sys.exit(main())
