"""HAProxy in front of exporters, by the file of deploy/growing, started for a block."""

import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from blocks import ROOT

FILE = ROOT / "deploy" / "growing" / "haproxy.cfg"


def changed(text: str, changes: Mapping[str, str]) -> str:
    """Return a configuration as an operator changes it; each text that is replaced has to be there."""
    for before, after in changes.items():
        assert before in text, before
        text = text.replace(before, after)
    return text


@contextmanager
def balancer(binary: str, directory: Path, ports: list[int]) -> Iterator[int]:
    """Run HAProxy for exporters on these ports until the end of the block; gives its own port."""
    with socket.create_server(("127.0.0.1", 0)) as listener, (directory / "haproxy.log").open("wb") as log:
        exporters = {f"192.0.2.{10 + number}:10463": f"127.0.0.1:{port}" for number, port in enumerate(ports)}
        text = changed(FILE.read_text(encoding="utf-8"), {"127.0.0.1:10463": f"fd@{listener.fileno()}"} | exporters)
        file = directory / "haproxy.cfg"
        file.write_text(text, encoding="utf-8")
        arguments = [binary, "-db", "-f", str(file)]
        process = subprocess.Popen(arguments, pass_fds=[listener.fileno()], stdout=log, stderr=log)
        try:
            yield int(listener.getsockname()[1])
        finally:
            process.terminate()
            process.wait(30)
