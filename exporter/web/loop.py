"""The one thread that serves all sockets: it accepts, reads heads, and closes who is too slow or one too many.

It never waits for a client and never makes a page; one whose bytes are all there it sends. A connection is either
watched here or owned by a worker, who answers its request or finds out what has to be known before, until he gives it
back.
"""

import logging
import math
import resource
import socket
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from ssl import SSLContext
from threading import Event, Lock

from exporter.web.application import Check, Limits
from exporter.web.connection import Blocked, Connection, State
from exporter.web.desk import Desk
from exporter.web.listener import Gate
from exporter.web.request import BadRequest, Request
from exporter.web.response import Response
from exporter.web.room import Room
from exporter.web.watch import Watch

# Few enough that a client's bytes are read before as many newcomers have pushed it out.
_ACCEPTED_IN_ONE_TURN = 32
# How long nobody is accepted if there is no room at all.
_PAUSE = 0.5
# So long a newcomer has, whoever comes after it, to say what it wants; meanwhile they wait at the door.
_SHORTEST_STAY = 0.03
# How many wait for a check at most: as many as can be checked while a client is patient.
_MOST_CHECKS = 64
# How long a client that is still sending has to take in the answer that ends its connection.
_DRAIN_TIMEOUT = 1.0

log = logging.getLogger(__name__)


class Loop:
    """Serves the clients that come through ``gate``, from :meth:`run` on until :meth:`stop`.

    ``tls`` is used for each new connection and may be replaced at any time. ``is_at_work`` while it does not wait.
    """

    def __init__(self, gate: Gate, desk: Desk, limits: Limits, tls: SSLContext | None) -> None:
        self.tls = tls
        self.is_at_work = False
        self._gate = gate
        self._desk = desk
        self._limits = limits
        self._most_connections = min(limits.max_connections, _half_of_the_descriptors())
        self._watch = Watch()
        self._answering: set[Connection] = set()
        self._checking = Room(min(_MOST_CHECKS, self._most_connections // 2))
        self._stop_by = math.inf
        self._lock = Lock()  # over the four that other threads use
        self._returned: deque[tuple[Connection, bool, Request | None]] = deque()
        self._waker, self._woken = socket.socketpair()
        self._waker.settimeout(0)
        self._woken.settimeout(0)
        self._over, self._round = False, Event()
        self._watch.add_socket(self._woken)
        gate.open(self._watch)

    def run(self) -> None:
        """Serve until stopped."""
        try:
            while not self._done():
                self._turn()
        finally:
            self._end()

    def stop(self, grace: float) -> None:
        """Let :meth:`run` take nobody in any more, and end with the last answer, in ``grace`` seconds at most."""
        with self._lock:
            if not self._over:
                self._stop_by = min(self._stop_by, time.monotonic() + grace)
                self._wake()

    def gets_round(self, within: float) -> bool:
        """Whether a turn ends within some seconds; without an end nobody is served."""
        self._round.clear()
        with self._lock:
            if not self._over:
                self._wake()
        return self._round.wait(within)

    def give_back(self, connection: Connection, keep: bool) -> None:  # noqa: FBT001  a worker hands it on as it is
        """Take a connection over from a worker, to be closed if not ``keep``."""
        self._take_over(connection, keep, None)

    def ask_again(self, connection: Connection, request: Request | None) -> None:
        """Take a connection over whose request has been checked; None: it is to be closed."""
        self._take_over(connection, request is not None, request)

    def _take_over(self, connection: Connection, keep: bool, request: Request | None) -> None:  # noqa: FBT001  as it is
        with self._lock:
            if self._over:
                connection.close()
            else:
                self._returned.append((connection, keep, request))
                self._wake()

    def _wake(self) -> None:
        with suppress(BlockingIOError):  # so full that it will wake anyway
            self._waker.send(b"\0")

    def _turn(self) -> None:
        self.is_at_work = False
        ready = self._watch.select(min(self._stop_by, self._gate.reopens_at))
        self.is_at_work = True
        for key in ready:
            if key.data is not None:
                self._attempt(self._step, key.data)
        self._take_back()
        if self._stop_by < math.inf:
            self._take_nobody_in()
        else:
            # After all reading: who has just spoken is not the longest idle one.
            self._accept([key.fileobj for key in ready])
        self._watch.close_late()
        self._round.set()

    def _attempt(self, step: Callable[[Connection], None], connection: Connection) -> None:
        try:
            step(connection)
        except Blocked as blocked:
            self._watch.wait_for(connection, blocked)
        except OSError:
            self._watch.close(connection)
        except Exception:
            log.exception("a connection failed")
            self._watch.close(connection)

    # Taking in

    def _accept(self, ready: list[object]) -> None:
        self._gate.reopen(self._watch)
        for listener in self._gate.listeners:
            if listener in ready:
                self._accept_from(listener)

    def _accept_from(self, listener: socket.socket) -> None:
        for turn in range(_ACCEPTED_IN_ONE_TURN):
            if self._crowded() and self._watch.age_of_longest_idle() < _SHORTEST_STAY:
                self._gate.rest(self._watch, _SHORTEST_STAY)
                return
            try:
                accepted = self._gate.accept(listener)
            except OSError as error:
                # Linux says so before it looks whether there is anybody: only the first time there surely was.
                if turn == 0:
                    self._make_room(error)
                return
            if accepted is None:
                return
            self._admit(accepted)

    def _crowded(self) -> bool:
        return len(self._watch) + len(self._answering) + len(self._checking) >= self._most_connections

    def _make_room(self, error: OSError) -> None:
        self._gate.report(error)
        if not self._watch.close_longest_idle():
            self._gate.rest(self._watch, _PAUSE)

    def _admit(self, accepted: socket.socket) -> None:
        if self._crowded():
            self._watch.close_longest_idle()
        try:
            self._watch.add(Connection(accepted, self.tls), self._limits.head_timeout)
        except OSError:
            accepted.close()  # it has gone already

    # Reading and answering

    def _step(self, connection: Connection) -> None:
        match connection.state:
            case State.HANDSHAKING:
                connection.shake_hands()
            case State.READING:
                self._read(connection)
            case State.DRAINING:
                if not connection.discard():
                    self._watch.close(connection)

    def _read(self, connection: Connection) -> None:
        fresh = connection.fresh
        if not connection.receive():
            self._watch.close(connection)
            return
        if fresh:
            self._watch.set_deadline(connection, self._limits.head_timeout)
        self._serve(connection)

    def _serve(self, connection: Connection, request: Request | None = None) -> None:
        """Answer ``request`` if there is one, and then what has been read."""
        try:
            while (request := request or connection.next_request()) is not None:
                if not self._respond(connection, request):
                    return
                request = None
        except BadRequest as error:
            self._desk.send_refusal(connection, error)
            self._drain(connection)

    def _respond(self, connection: Connection, request: Request) -> bool:
        """Answer, or have it answered; False if the connection is no longer to be read here."""
        response = self._desk.immediate(request)
        if isinstance(response, Check):
            if self._has_checked(connection, request, response):
                return False
            response = response.refusal
        if response is None and (page := self._at_hand(connection, request)):
            return self._send_at_hand(connection, request, page)
        if response is not None:
            kept = self._desk.send_at_once(connection, request, response)
        elif not self._full() and self._desk.hand_over(connection, request, self.give_back):
            self._let_answer(connection)
            return False
        else:
            kept = self._desk.send_busy(connection, request)
        self._go_on(connection, keep=kept)
        return kept

    def _let_answer(self, connection: Connection) -> None:
        """Watch a connection no more that a worker has, until he gives it back."""
        self._watch.remove(connection)
        self._answering.add(connection)

    def _go_on(self, connection: Connection, *, keep: bool) -> None:
        if keep:
            self._watch.renew(connection, self._patience(connection))
        else:
            self._finish(connection)

    def _at_hand(self, connection: Connection, request: Request) -> Response | None:
        """Return the page if its bytes are there; whoever asks for many behind each other has them from a worker."""
        return self._desk.at_hand(request) if connection.fresh and not self._full() else None

    def _send_at_hand(self, connection: Connection, request: Request, page: Response) -> bool:
        """Send a page, or as much as goes out and have the rest sent; False as :meth:`_respond`."""
        keep, rest = self._desk.begin(connection, request, page)
        if not rest:
            self._go_on(connection, keep=keep)
            return keep
        if self._desk.finish(connection, keep, rest, self.give_back):
            self._let_answer(connection)
        else:
            connection.give_up()
            self._watch.close(connection)
        return False

    def _has_checked(self, connection: Connection, request: Request, check: Check) -> bool:
        """Have something found out, False if there is no room for it."""
        if not self._checking.enter(connection):
            return False
        if not self._desk.check(check, connection, request, self.ask_again):
            self._checking.leave(connection)
            return False
        self._watch.remove(connection)
        return True

    def _full(self) -> bool:
        most = self._limits.max_requests
        return len(self._answering) >= most and sum(not each.nearly_done for each in self._answering) >= most

    def _take_back(self) -> None:
        with suppress(BlockingIOError):
            self._woken.recv(4096)
        while self._returned:
            connection, keep, request = self._returned.popleft()
            self._answering.discard(connection)
            self._checking.leave(connection)
            self._watch.add(connection, self._patience(connection))
            if not keep:
                self._finish(connection)
            elif request is not None:
                self._attempt(partial(self._serve, request=request), connection)
            elif not connection.fresh:
                self._attempt(self._serve, connection)

    def _patience(self, connection: Connection) -> float:
        return self._limits.idle_timeout if connection.fresh else self._limits.head_timeout

    # Letting go

    def _finish(self, connection: Connection) -> None:
        if connection.may_hold_more:
            self._drain(connection)
        else:
            self._watch.close(connection)

    def _drain(self, connection: Connection) -> None:
        """Read on for a moment: closed over unread bytes, the connection would be reset and the answer lost."""
        connection.finish_sending()
        self._watch.set_deadline(connection, min(_DRAIN_TIMEOUT, self._limits.head_timeout))

    def _take_nobody_in(self) -> None:
        self._desk.closing = True
        self._gate.close(self._watch)
        self._watch.close_undisturbed()

    def _done(self) -> bool:
        if self._stop_by == math.inf or not self._desk.closing:
            return False
        return time.monotonic() >= self._stop_by or not (self._watch or self._answering or self._checking)

    def _end(self) -> None:
        with self._lock:
            self._over = True
            self._waker.close()
        self._woken.close()
        for connection, _, _ in self._returned:
            self._answering.discard(connection)
            self._checking.leave(connection)
            connection.close()
        for connection in (*self._answering, *self._checking):
            connection.abort()
        self._gate.close(self._watch)
        self._watch.end()


def _half_of_the_descriptors() -> int:
    """Return how many descriptors clients may hold: polls need some as well."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return soft // 2 if soft != resource.RLIM_INFINITY else 2**31
