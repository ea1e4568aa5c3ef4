"""One request to the vendor by a deadline: requests underneath, used through its adapter alone.

A session would follow redirects, keep cookies, and listen to the environment (``.netrc``, ``*_PROXY``,
``REQUESTS_CA_BUNDLE``); the adapter does none of it. Foreign errors are translated here, without their cause, because
some quote whole headers.
"""

import http.client
import os
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import requests
from requests.exceptions import InvalidHeader, ProxyError, SSLError
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    IncompleteRead,
    InvalidChunkLength,
    NameResolutionError,
    NewConnectionError,
    ReadTimeoutError,
)

from exporter.errors import PollError, Reason, forget
from exporter.mimecast.auth import Request
from exporter.mimecast.coding import decoded
from exporter.mimecast.connection import Line, LineAdapter
from exporter.mimecast.resolver import Resolver
from exporter.model import Secret

if TYPE_CHECKING:
    from requests.structures import CaseInsensitiveDict

_CHUNK: Final = 256 * 1024
_CONNECT_TIMEOUT: Final = 10.0
_SHORTEST_TIMEOUT: Final = 0.001


@dataclass(frozen=True, slots=True)
class Route:
    """Where a tenant's requests go, and how; ``tls`` verifies always, ``proxy`` tells the address of the moment."""

    base_url: str
    tls: ssl.SSLContext = field(repr=False)
    proxy: Callable[[], Secret] | None = None
    user_agent: str = "mimecast-exporter"


def client_tls(ca_file: str, cert_file: str | None = None, key_file: str | None = None) -> ssl.SSLContext:
    """Return a context that trusts the roots of ``ca_file`` alone: no environment, TLS 1.2 or newer.

    Raises ``OSError`` (``ssl.SSLError`` is one) for files that cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(ca_file)
    if cert_file is not None:
        # The empty passphrase keeps OpenSSL from asking for one on a terminal.
        context.load_cert_chain(cert_file, key_file, password=lambda: "")
    return context


class Transport:
    """Sends the requests of one tenant, one at a time; connections are kept until :meth:`close_idle`."""

    def __init__(self, route: Route, resolver: Resolver) -> None:
        self._route = route
        self._line = Line(resolver)
        self._adapter = LineAdapter(self._line, route.tls)
        self._proxy: Secret | None = None

    def send(self, request: Request, seconds: float) -> "Answer":
        """Send a request and return its answer once the head has come; both have ``seconds`` in all.

        The answer must be closed. Raises ``PollError``: connect, timeout, tls, proxy, protocol.
        """
        prepared = self._prepare(request)
        proxies = self._proxies()
        timeout = max(seconds, _SHORTEST_TIMEOUT)
        self._line.start_watchdog(seconds)
        try:
            response = self._adapter.send(
                prepared, stream=True, timeout=(min(timeout, _CONNECT_TIMEOUT), timeout), proxies=proxies
            )
            if self._line.expired:
                response.close()
                raise TimeoutError
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            self._line.stop_watchdog()
            raise _failure(error, self._line, begun=False) from None
        except BaseException:
            self._line.stop_watchdog()
            raise
        return Answer(response, self._line)

    def _proxies(self) -> dict[str, str]:
        """Return the proxy of each scheme; a new address leaves nothing of the old one, which may hold a password."""
        if self._route.proxy is None:
            return {}
        proxy = self._route.proxy()
        if proxy != self._proxy:
            self._adapter.close()
            self._adapter = LineAdapter(self._line, self._route.tls)
        self._proxy = proxy
        return dict.fromkeys(("http", "https"), proxy.reveal())

    def _prepare(self, request: Request) -> requests.PreparedRequest:
        headers = {"User-Agent": self._route.user_agent, "Accept-Encoding": "gzip", **request.headers}
        try:
            if not all(value.isascii() and value.isprintable() for value in headers.values()):
                raise InvalidHeader
            return requests.Request("POST", self._route.base_url + request.path, headers, data=request.body).prepare()
        except (InvalidHeader, ValueError):
            raise PollError(Reason.UNAUTHORIZED, "a credential holds what no header can hold") from None

    def close_idle(self) -> None:
        """Close the connections; no answer may be in use."""
        self._adapter.close()
        self._line.close()

    def abort(self) -> None:
        """End the request in flight, if there is one, from another thread."""
        self._line.shut()


class Answer:
    """One answer of the vendor: its head, and its body as it arrives."""

    def __init__(self, response: requests.Response, line: Line) -> None:
        self.status = response.status_code
        self.headers: CaseInsensitiveDict[str] = response.headers
        self._raw = response.raw
        self._line = line

    def read(self, most: int) -> bytes:
        """Return the whole decoded body; raise ``PollError``, too_large beyond ``most`` bytes."""
        return b"".join(self.chunks(most))

    def close(self) -> None:
        """Give the connection back if the body was read to its end, and close it if not."""
        self._raw.close()
        self._line.stop_watchdog()

    def chunks(self, most: int) -> Iterator[bytes]:
        """Yield the decoded body to its end; raise ``PollError``, too_large beyond ``most`` bytes."""
        announced = self.headers.get("Content-Length", "0")
        codings = [coding.strip().lower() for coding in self.headers.get("Content-Encoding", "").split(",")]
        if not (announced.isascii() and announced.isdigit()):
            raise PollError(Reason.PROTOCOL, "the answer announces a length that is no number")
        if len(announced) > 18 or int(announced) > most:
            raise PollError(Reason.TOO_LARGE, f"the answer is larger than {most} bytes")
        yield from decoded(self._received(), [coding for coding in codings if coding], most)

    def _received(self) -> Iterator[bytes]:
        begun = False
        announced = "Content-Length" in self.headers or "Transfer-Encoding" in self.headers
        try:
            for piece in self._raw.stream(_CHUNK, decode_content=False):
                begun = True
                yield piece
            if self._line.expired or not (begun or announced):
                # A connection that is shut within a head, or a body of no announced length, looks like an end.
                raise ConnectionResetError
        except (HTTPError, http.client.HTTPException, OSError, ValueError) as error:
            begun = begun or any(
                isinstance(cause, http.client.IncompleteRead) and cause.partial for cause in _causes(error)
            )
            raise _failure(error, self._line, begun=begun) from None


def _failure(error: Exception, line: Line, *, begun: bool) -> PollError:
    """Return the poll's error, by the line and by how far the answer's body has come; ``error`` is over then."""
    failure = _translated(error)
    forget(error)
    if line.expired:
        return PollError(Reason.TIMEOUT, "the answer was not complete in time")
    if failure.reason is Reason.INCOMPLETE and not begun:
        return PollError(Reason.CONNECT, "the connection was closed before the body of the answer")
    return failure


_TELLING: Final = (ProxyError, SSLError, requests.Timeout)

# The first line of which an error, or one inside it, is of a kind, tells the reason.
_FAILURES: Final[tuple[tuple[tuple[type[BaseException], ...], Reason, str], ...]] = (
    ((ProxyError,), Reason.PROXY, "the proxy did not let the request through"),
    # To urllib3 these are timeouts, too.
    ((NewConnectionError, NameResolutionError), Reason.CONNECT, "the connection could not be made"),
    (
        (requests.Timeout, ConnectTimeoutError, ReadTimeoutError, TimeoutError),
        Reason.TIMEOUT,
        "no answer in time",
    ),
    ((InvalidChunkLength,), Reason.PROTOCOL, "the answer has a broken chunk"),
    (
        (IncompleteRead, http.client.IncompleteRead, ssl.SSLEOFError, ssl.SSLSyscallError, ssl.SSLZeroReturnError),
        Reason.INCOMPLETE,
        "the answer is shorter than announced",
    ),
    ((SSLError, ssl.SSLError), Reason.TLS, "the TLS handshake failed"),
    ((OSError,), Reason.CONNECT, "the connection was closed"),
)


def _translated(error: Exception) -> PollError:
    """Return the poll's error for one of requests, urllib3 or below; the text of none of them is quoted."""
    causes = list(_causes(error))
    if any("Tunnel connection failed" in str(cause) for cause in causes):
        return PollError(Reason.PROXY, "the proxy refused the connection to Mimecast")
    if "ended prematurely" in str(error):
        return PollError(Reason.INCOMPLETE, "the answer is shorter than announced")
    for kinds, reason, detail in _FAILURES:
        if any(isinstance(cause, kinds) for cause in causes):
            return PollError(reason, next(_particulars(causes), detail))
    return PollError(Reason.PROTOCOL, "the answer is no HTTP")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and those inside it, wherever requests and urllib3 keep them, but the plain ones of requests.

    Every error of requests is an ``OSError``, and would look like one of the system.
    """
    waiting = [error]
    seen: set[int] = set()
    while waiting:
        cause = waiting.pop()
        if id(cause) not in seen:
            seen.add(id(cause))
            if not isinstance(cause, requests.RequestException) or isinstance(cause, _TELLING):
                yield cause
            inner = (*cause.args, getattr(cause, "reason", None), cause.__cause__)
            waiting.extend(item for item in inner if isinstance(item, BaseException))


def _particulars(causes: list[BaseException]) -> Iterator[str]:
    """Yield what the system says of a failure, in words that name no secret."""
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            yield f"the certificate is refused: {cause.verify_message}"
        elif isinstance(cause, socket.gaierror | NameResolutionError):
            yield "the host name has no address"
        elif isinstance(cause, OSError) and not isinstance(cause, ssl.SSLError | TimeoutError) and cause.errno:
            yield f"the connection failed: {os.strerror(cause.errno).lower()}"
