"""A real Alertmanager, started for a block, and a receiver of its notifications on loopback."""

import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from program import wait_until


class Receiver(ThreadingHTTPServer):
    """A webhook: it keeps what it is told, with the path."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Webhook)
        self.told: list[tuple[str, dict[str, Any]]] = []

    def alerts(self, status: str) -> list[tuple[str, dict[str, Any]]]:
        """Return the alerts that were told to be firing or resolved, each with the path, as they came."""
        return [(path, alert) for path, told in self.told for alert in told["alerts"] if alert["status"] == status]


class _Webhook(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.told.append((self.path, told))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def receiver() -> Iterator[Receiver]:
    """Run a webhook on a port of its own choice until the end of the block."""
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def alertmanager(binary: str, directory: Path, configuration: str) -> Iterator[int]:
    """Run a server on a port of its own choice, which is yielded, until the end of the block."""
    (directory / "alertmanager.yml").write_text(configuration)
    log = directory / "alertmanager.log"
    arguments = [
        "--config.file=alertmanager.yml",
        "--storage.path=alertmanager",
        "--web.listen-address=127.0.0.1:0",
        "--cluster.listen-address=",
    ]
    with log.open("wb") as output:
        process = subprocess.Popen([binary, *arguments], cwd=directory, stdout=output, stderr=output)
    try:
        wait_until(lambda: b"Listening on" in log.read_bytes() or process.poll() is not None, "Alertmanager listens")
        (line,) = [line for line in log.read_text(encoding="utf-8").splitlines() if "Listening on" in line]
        yield int(line.split("address=")[1].split()[0].rpartition(":")[2])
    finally:
        process.terminate()
        process.wait(30)
