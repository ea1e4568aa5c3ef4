"""A server that sends one document to whoever asks, in a process of its own: ``upstream.py USERS`` prints its port."""

import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import ClassVar

from document import document


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    content: ClassVar[bytes] = b""

    def do_POST(self) -> None:
        """Send the document."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(self.content)))
        self.end_headers()
        self.wfile.write(self.content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
        """Keep quiet."""


if __name__ == "__main__":
    _Handler.content = document(int(sys.argv[1]))
    with HTTPServer(("127.0.0.1", 0), _Handler) as server:
        sys.stdout.write(f"{server.server_address[1]}\n")
        sys.stdout.flush()
        server.serve_forever()
