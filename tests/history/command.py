"""The command lines: build a history, and serve one."""

import argparse
import json
import os
import socket
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from history.builder import CONFIGURATION, FACTS
from history.builder import build as build_history
from history.catalogue import SCENARIOS


def build(arguments: Sequence[str], out: TextIO, err: TextIO) -> int:
    """Build a history and write what is in it; return the exit status."""
    scenarios = "\n".join(f"  {scenario.name:8} {scenario.about}" for scenario in SCENARIOS.values())
    parser = argparse.ArgumentParser(
        prog="build.py", epilog=f"scenarios:\n{scenarios}", formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("scenario", choices=SCENARIOS, metavar="SCENARIO", help="which history, see below")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="a new or empty directory")
    parser.add_argument("--end", type=_moment, help="when it ends, such as 2026-03-01T12:00:00Z; default: now")
    parser.add_argument("--keep", action="store_true", help="keep the OpenMetrics text too")
    asked = parser.parse_args(arguments)
    end = asked.end or datetime.now(UTC).replace(microsecond=0)
    try:
        facts = build_history(SCENARIOS[asked.scenario], end, asked.out, err, keep=asked.keep)
    except (OSError, RuntimeError) as error:
        print(f"build.py: {error}", file=err)
        return 1
    print(json.dumps(facts, indent=2), file=out)
    return 0


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment.astimezone(UTC)


def serve(arguments: Sequence[str], out: TextIO, err: TextIO) -> int:
    """Become a Prometheus on a history; return the exit status if there is none."""
    parser = argparse.ArgumentParser(prog="serve.py")
    parser.add_argument("directory", type=Path, metavar="DIR", help="what build.py has made")
    parser.add_argument("--port", type=int, default=9090, help="on loopback, 0 for any; default: %(default)s")
    asked = parser.parse_args(arguments)
    try:
        facts = json.loads((asked.directory / FACTS).read_text(encoding="utf-8"))
    except OSError as error:
        print(f"serve.py: {error}", file=err)
        return 1
    port = asked.port or _free_port()
    print(f"http://127.0.0.1:{port}: {facts['about']}, until {facts['end']}", file=out, flush=True)
    return _become(_prometheus(asked.directory, facts["lookback"], port))


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _become(command: list[str]) -> int:
    os.execvp(command[0], command)  # noqa: S606 - a program on the path


def _prometheus(directory: Path, lookback: str, port: int) -> list[str]:
    return [
        "prometheus",
        f"--config.file={directory / CONFIGURATION}",
        f"--storage.tsdb.path={directory / 'data'}",
        "--storage.tsdb.retention.time=400d",
        f"--query.lookback-delta={lookback}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=warn",
    ]
