"""The decoy: where redirects point to, and where nothing must ever arrive."""

import socketserver
import threading
from typing import Any

from exporter.simulator.server import LOOPBACK


class Decoy(socketserver.ThreadingTCPServer):
    """Counts connections and keeps what they send, up to 64 KiB each."""

    daemon_threads = True

    def __init__(self) -> None:
        self.arrivals: list[bytes] = []
        super().__init__((LOOPBACK, 0), _Catcher)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True, name="decoy")
        self._thread.start()

    @property
    def url(self) -> str:
        """Where a redirect leads."""
        return f"http://{LOOPBACK}:{self.server_address[1]}/decoy"

    def stop(self) -> None:
        """Stop listening."""
        self.shutdown()
        self.server_close()
        self._thread.join()


class _Catcher(socketserver.BaseRequestHandler):
    server: Any

    def handle(self) -> None:
        self.request.settimeout(1.0)
        self.server.arrivals.append(self.request.recv(65536))
        self.request.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
