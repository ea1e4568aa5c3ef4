"""The sockets below one transport: dialled through our resolver, and shut by a watchdog when a request's time is over.

A timeout of a socket is one of each read; headers or a body that drip keep it from ever running out. Shutting the
connection from beside ends whatever waits on it: a handshake, a proxy, a read.
"""

import contextlib
import http.client
import socket
import ssl
import threading
import time
from functools import partial
from typing import Any, Final

from requests.adapters import HTTPAdapter
from urllib3 import HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from exporter.errors import PollError, Reason
from exporter.mimecast.resolver import Address, Resolver
from exporter.mimecast.watchdog import Watch, Watchdog

_SHORTEST_WAIT: Final = 0.001
_WATCHDOG: Final = Watchdog()


class Line:
    """The open connections of one transport; one request at a time goes over them."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._lock = threading.Lock()
        self._handles: dict[HTTPConnection, socket.socket] = {}
        self._watchdog: Watch | None = None
        self._request = 0
        self.expired = False

    def start_watchdog(self, seconds: float) -> None:
        """Shut every connection after ``seconds``, unless the watchdog is stopped before.

        Raises ``PollError`` (internal) if the system lets no thread be started.
        """
        with self._lock:
            self.expired = False
            self._request += 1
            bark = partial(self._bark, self._request)
            try:
                self._watchdog = _WATCHDOG.watch(seconds, bark)
            except RuntimeError:
                raise PollError(Reason.INTERNAL, "the system lets no thread be started") from None

    def stop_watchdog(self) -> None:
        """Let the connections live on, for the next request."""
        with self._lock:
            watchdog, self._watchdog = self._watchdog, None
        if watchdog is not None:
            watchdog.cancel()
        for connection in [connection for connection in self._handles if connection.sock is None]:
            self.forget(connection)

    def _bark(self, request: int) -> None:
        """Shut the connections, if it is still the time of the request that the watchdog was started for."""
        with self._lock:
            if self._watchdog and request == self._request:
                self._shut_all()

    def shut(self) -> None:
        """End at once whatever waits on a connection."""
        with self._lock:
            self._shut_all()

    def _shut_all(self) -> None:
        self.expired = True
        for handle in self._handles.values():
            _shut(handle)

    def dial(self, connection: HTTPConnection, seconds: float) -> socket.socket:
        """Return a connected socket for ``connection``; raises urllib3's errors, as its own way of connecting does."""
        end = time.monotonic() + seconds
        try:
            dialled = self._connect(connection, end)
        except TimeoutError as error:
            raise ConnectTimeoutError(connection, "the connection timed out") from error
        except socket.gaierror as error:
            raise NameResolutionError(connection.host, connection, error) from error
        except OSError as error:
            raise NewConnectionError(connection, str(error)) from error
        # A second handle, because wrapping the first one in TLS takes it away.
        handle = dialled.dup()
        with self._lock:
            old = self._handles.pop(connection, None)
            self._handles[connection] = handle
            if self.expired:
                _shut(handle)
        if old is not None:
            old.close()
        dialled.settimeout(max(end - time.monotonic(), _SHORTEST_WAIT))
        return dialled

    def _connect(self, connection: HTTPConnection, end: float) -> socket.socket:
        """Try each address with its share of the time that is left; the failure of the last one is the answer."""
        addresses = self._resolver.resolve(connection.host, connection.port, end - time.monotonic())
        for tries_left in range(len(addresses), 0, -1):
            share = (end - time.monotonic()) / tries_left
            try:
                return _connect(addresses[-tries_left], max(share, _SHORTEST_WAIT))
            except OSError:
                if tries_left == 1:
                    raise
        raise socket.gaierror(socket.EAI_NONAME, "the host name has no address")

    def forget(self, connection: HTTPConnection) -> None:
        """Stop watching a connection that is closed, once its answer is, too.

        The standard library closes a connection that will not be kept before the body has come.
        """
        with self._lock:
            handle = None if self._watchdog else self._handles.pop(connection, None)
        if handle is not None:
            handle.close()

    def close(self) -> None:
        """Close every connection; urllib3 alone would keep one for as long as something knows its last answer."""
        with self._lock:
            connections = list(self._handles)
        for connection in connections:
            connection.close()


def _shut(handle: socket.socket) -> None:
    with contextlib.suppress(OSError):
        handle.shutdown(socket.SHUT_RDWR)


def _connect(address: Address, seconds: float) -> socket.socket:
    family, where = address
    connection = socket.socket(family, socket.SOCK_STREAM)
    try:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.settimeout(seconds)
        connection.connect(where)
    except BaseException:
        connection.close()
        raise
    return connection


class _Response(http.client.HTTPResponse):
    def begin(self) -> None:
        """Refuse two lengths here, where the response is closed then; urllib3 refuses them, but leaves it open."""
        super().begin()
        values = ",".join(self.headers.get_all("Content-Length", ()))
        if len({length.strip() for length in values.split(",")}) > 1:
            raise http.client.HTTPException("the answer announces two lengths")

    def _safe_read(self, amt: int) -> bytes:
        """Refuse a chunk of less than nothing, which would be read as one without end."""
        if amt < 0:
            raise http.client.HTTPException("the answer has a chunk of negative size")
        data: bytes = super()._safe_read(amt)  # type: ignore[misc]
        return data


class _Connection(HTTPConnection):
    response_class = _Response
    line: Line

    def _new_conn(self) -> socket.socket:
        return self.line.dial(self, _seconds(self.timeout))

    def close(self) -> None:
        super().close()
        self.line.forget(self)


class _TlsConnection(HTTPSConnection):
    response_class = _Response
    line: Line

    def _new_conn(self) -> socket.socket:
        return self.line.dial(self, _seconds(self.timeout))

    def close(self) -> None:
        super().close()
        self.line.forget(self)


def _seconds(timeout: Any) -> float:
    """Return a timeout of urllib3, which the transport always sets, as the number that it is."""
    return float(timeout)


class LineAdapter(HTTPAdapter):
    """The adapter of requests whose connections go over one line, with the TLS that the tenant is to trust."""

    def __init__(self, line: Line, tls: ssl.SSLContext) -> None:
        self._line = line
        self._tls = tls
        super().__init__()

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **options: Any) -> None:  # noqa: FBT001, FBT002
        """Let our TLS context, with its roots already loaded, be the one of direct connections."""
        super().init_poolmanager(connections, maxsize, block, ssl_context=self._tls, **options)

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        """Let our TLS context be the one of connections through a proxy, and to it."""
        return super().proxy_manager_for(proxy, ssl_context=self._tls, proxy_ssl_context=self._tls, **options)

    def get_connection_with_tls_context(self, *arguments: Any, **options: Any) -> Any:
        """Return the pool of a request, whose connections are dialled by our line."""
        pool: Any = super().get_connection_with_tls_context(*arguments, **options)
        connection = _TlsConnection if isinstance(pool, HTTPSConnectionPool) else _Connection
        pool.ConnectionCls = partial(self._on_line, connection)
        return pool

    def _on_line(self, kind: type[_Connection | _TlsConnection], **options: Any) -> HTTPConnection:
        connection = kind(**options)
        connection.line = self._line
        return connection

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Do nothing: the context verifies always, and reading requests' roots again would cost each connection."""
