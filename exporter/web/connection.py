"""One connection: its socket, what has been read and not used, and how bytes go out.

The socket never blocks; only :meth:`Connection.send` waits, on a worker's thread. Who watches it is the loop's affair.
"""

import math
import select
import ssl
import struct
import time
from collections.abc import Sequence
from contextlib import suppress
from enum import Enum, auto
from socket import IPPROTO_TCP, SHUT_RDWR, SHUT_WR, SO_LINGER, SOL_SOCKET, TCP_NODELAY, socket

from exporter.web.request import Request, head_length, parse_head

# The most that a TLS record holds. So much is received at once, and nothing decrypted is left inside OpenSSL, where no
# selector would see it.
_RECORD_SIZE = 16 * 1024
# Well under the system's limit of buffers in one call.
_MOST_PARTS = 512

Parts = Sequence[bytes | memoryview]


class State(Enum):
    """What a connection that is not being answered is doing."""

    HANDSHAKING = auto()
    READING = auto()
    DRAINING = auto()


class Blocked(Exception):  # noqa: N818  no error: the socket is to be watched
    """The socket would block until it can be written, or else read."""

    def __init__(self, *, until_writable: bool) -> None:
        super().__init__(until_writable)
        self.until_writable = until_writable


class Connection:
    """A connection of the client at ``host``; raises ``OSError`` if it has gone.

    ``waiting_since`` and ``deadline`` belong to who watches it. ``nearly_done`` is True while bytes go out that may be
    the last: a client that has its whole answer is not to be told that its next request is one too many.
    """

    def __init__(self, accepted: socket, tls: ssl.SSLContext | None) -> None:
        self.host: str = accepted.getpeername()[0]
        accepted.settimeout(0)
        accepted.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
        self.socket = accepted
        self.state = State.READING
        self.waiting_since = math.inf
        self.deadline = math.inf
        self.nearly_done = False
        self._buffer = bytearray()
        self._checked = 0
        self._body_announced = False
        if tls is not None:
            self.state = State.HANDSHAKING
            self.socket = tls.wrap_socket(accepted, server_side=True, do_handshake_on_connect=False)

    @property
    def fresh(self) -> bool:
        """Whether no byte of a next request has come."""
        return not self._buffer

    @property
    def may_hold_more(self) -> bool:
        """Whether the client has sent more than was answered: closed now, it may lose the answer as well."""
        return self._body_announced or bool(self._buffer)

    def shake_hands(self) -> None:
        """Go on with the TLS handshake; raises :class:`Blocked` if it is not done, ``OSError`` if it failed."""
        if isinstance(self.socket, ssl.SSLSocket):
            try:
                self.socket.do_handshake()
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError) as error:
                raise _blocked(error) from None
        self.state = State.READING

    def receive(self) -> bool:
        """Read what has come, False at the end; raises :class:`Blocked` if nothing has, or ``OSError``."""
        data = self._receive()
        self._buffer += data
        return bool(data)

    def discard(self) -> bool:
        """Read what has come and forget it, False at the end; raises as :meth:`receive`."""
        return bool(self._receive())

    def next_request(self) -> Request | None:
        """Take the next request out of what was read, None if it is not whole; raises ``BadRequest``."""
        length = head_length(self._buffer, self._checked)
        self._checked = 0 if length else len(self._buffer)
        if not length:
            return None
        head = bytes(self._buffer[:length])
        del self._buffer[:length]
        request = parse_head(head)
        self._body_announced = request.has_body
        return request

    def send_at_once(self, parts: Parts) -> bool:
        """Send without waiting; False if not all of it went out."""
        try:
            return not self._send_some([b"".join(parts)])
        except (Blocked, OSError):
            return False

    def begin(self, parts: Parts) -> Parts:
        """Send what goes out without waiting, and return the rest; raises ``OSError``."""
        with suppress(Blocked):
            while parts:
                parts = self._send_some(parts)
        return parts

    def send(self, parts: Parts, deadline: float) -> bool:
        """Send all ``parts`` by the ``deadline``; False if the client has gone or is too slow."""
        try:
            while parts:
                parts = self._send_or_wait(parts, deadline)
        except OSError:
            self.give_up()
            return False
        return True

    def finish_sending(self) -> None:
        """Tell the client that nothing more will come; what it still sends is to be discarded."""
        self.state = State.DRAINING
        self._end_tls()
        with suppress(OSError):  # it has gone before us
            self.socket.shutdown(SHUT_WR)

    def abort(self) -> None:
        """Cut the connection under the thread that is using it; that thread still has to close it."""
        with suppress(OSError):  # it has gone before us
            self.socket.shutdown(SHUT_RDWR)

    def close(self) -> None:
        """Let go of the socket."""
        self._end_tls()
        self.socket.close()

    def _end_tls(self) -> None:
        """Say in TLS that nothing more will come, so that the client can tell the end from a cut."""
        if isinstance(self.socket, ssl.SSLSocket):
            with suppress(OSError, ValueError):  # said already, never shaken hands, gone, or not reading
                self.socket.unwrap()

    def _receive(self) -> bytes:
        try:
            return self.socket.recv(_RECORD_SIZE)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError) as error:
            raise _blocked(error) from None

    def _send_or_wait(self, parts: Parts, deadline: float) -> Parts:
        self.nearly_done = True
        try:
            parts = self._send_some(parts)
            until_writable = True
        except Blocked as blocked:
            until_writable = blocked.until_writable
        if parts:
            self.nearly_done = False
            self._wait(select.POLLOUT if until_writable else select.POLLIN, deadline)
        return parts

    def _send_some(self, parts: Parts) -> Parts:
        try:
            if isinstance(self.socket, ssl.SSLSocket):
                sent = self.socket.send(_record(parts))
            else:
                sent = self.socket.sendmsg(parts[:_MOST_PARTS])
        except BlockingIOError:
            raise Blocked(until_writable=True) from None
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError) as error:
            raise _blocked(error) from None
        return _unsent(parts, sent)

    def give_up(self) -> None:
        """Have the close reset the connection: the system drops what it still holds, and no cut answer looks whole."""
        self._buffer.clear()
        self._body_announced = False
        with suppress(OSError):
            self.socket.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))

    def _wait(self, events: int, deadline: float) -> None:
        remaining = deadline - time.monotonic()
        poll = select.poll()
        poll.register(self.socket, events)
        if remaining <= 0 or not poll.poll(remaining * 1000):
            raise TimeoutError


def _blocked(error: OSError) -> Blocked:
    return Blocked(until_writable=isinstance(error, ssl.SSLWantWriteError))


def _record(parts: Parts) -> bytearray:
    """Return what is sent in one TLS record: as long as nothing of it has gone out, the same, as OpenSSL demands."""
    record = bytearray()
    for part in parts:
        record += part[: _RECORD_SIZE - len(record)]
        if len(record) == _RECORD_SIZE:
            break
    return record


def _unsent(parts: Parts, sent: int) -> Parts:
    if sent == sum(map(len, parts)):
        return ()
    for index, part in enumerate(parts):
        if sent < len(part):
            return [memoryview(part)[sent:], *parts[index + 1 :]]
        sent -= len(part)
    return ()
