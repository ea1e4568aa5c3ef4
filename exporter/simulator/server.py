"""The listening port: connections, threads, and requests read from the wire by the standard library's own parser."""

import socket
import socketserver
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from typing import Any

from exporter.simulator.request import Request

LOOPBACK = "127.0.0.1"
_STOP_WITHIN = 5.0

Respond = Callable[[Request, socket.socket], bool]


class Server(socketserver.ThreadingTCPServer):
    """A threaded server on loopback; `respond` answers a request and says whether the connection stays open."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, respond: Respond, context: ssl.SSLContext | None = None) -> None:
        self.respond = respond
        self.context = context
        self._open: dict[socket.socket, socket.socket] = {}
        self._change = threading.Condition()
        super().__init__((LOOPBACK, port), Handler)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True, name="simulator")
        self._thread.start()

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return int(self.server_address[1])

    def stop(self) -> None:
        """Stop listening, end all connections and wait for their threads."""
        self.shutdown()
        self.server_close()
        self._thread.join(_STOP_WITHIN)
        with self._change:
            for connection in self._open.values():
                _end(connection)
            self._change.wait_for(lambda: not self._open, _STOP_WITHIN)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Note the connection before its thread starts."""
        with self._change:
            self._open[request] = request
        super().process_request(request, client_address)

    def wrap(self, request: socket.socket, context: ssl.SSLContext) -> ssl.SSLSocket:
        """Put TLS over a connection; it can be ended in the middle of its handshake."""
        wrapped = context.wrap_socket(request, server_side=True, do_handshake_on_connect=False)
        with self._change:
            self._open[request] = wrapped
        try:
            wrapped.do_handshake()
        except OSError:
            wrapped.close()
            raise
        return wrapped

    def shutdown_request(self, request: Any) -> None:
        """Close the connection and forget it."""
        super().shutdown_request(request)
        with self._change:
            self._open.pop(request, None)
            self._change.notify_all()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that goes away is what this server is for."""


class Handler(BaseHTTPRequestHandler):
    """Reads requests, any method, one after the other on a connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def setup(self) -> None:
        """Shake hands in the connection's own thread, so that a silent client keeps nobody else waiting."""
        if self.server.context is not None:
            self.request = self.server.wrap(self.request, self.server.context)
        super().setup()

    def finish(self) -> None:
        """Close the TLS layer, which owns the connection's file by then."""
        try:
            super().finish()
        finally:
            if self.server.context is not None:
                self.request.close()

    def handle_one_request(self) -> None:
        """Read one request and have it answered."""
        self.close_connection = True
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or not self.parse_request():
            return
        last = self.close_connection
        self.close_connection = True
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.path.partition("?")[0], headers, self._body())
        stays = self.server.respond(request, self.connection)
        self.close_connection = last or not stays

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the library's name
        """Log nothing: the journal has it, without what must not be logged."""

    def _body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return b"".join(iter(self._chunk, b""))
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _chunk(self) -> bytes:
        size = int(self.rfile.readline(1024).partition(b";")[0], 16)
        chunk = self.rfile.read(size)
        self.rfile.readline(1024)
        return chunk


def _end(connection: socket.socket) -> None:
    with suppress(OSError):  # it may have ended already
        connection.shutdown(socket.SHUT_RDWR)
