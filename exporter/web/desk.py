"""From a request to its answer on the wire: who is asked, on which thread, and what if that fails.

Requests come from the loop; a page that is not at hand is made and written by a worker, who then gives the connection
back.
"""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import chain, islice
from typing import TypeVar

from exporter.web.application import Application, Check, Limits
from exporter.web.connection import Connection, Parts
from exporter.web.request import BadRequest, Request
from exporter.web.response import Response, own_headers, plain_text
from exporter.workers import Workers

GiveBack = Callable[[Connection, bool], None]
AskAgain = Callable[[Connection, Request | None], None]
T = TypeVar("T")

# So many parts of a page are made before they are sent, of those that are made when it is their turn.
_PARTS_AT_ONCE = 128

_BUSY = plain_text(503, "too many requests at once", ("Retry-After", "1"))
_FAILED = plain_text(500, "internal error")

log = logging.getLogger(__name__)


class Desk:
    """Answers requests; with ``closing`` set, every answer is the last of its connection."""

    def __init__(self, application: Application, limits: Limits) -> None:
        self.closing = False
        self._application = application
        self._write_timeout = limits.write_timeout
        self._headers = own_headers({})
        self._workers = Workers("web", limits.max_requests)
        # One for all: checks have one processor between them, and pages are not kept waiting by any number of them.
        self._checker = Workers("web-check", 1)

    def set_headers(self, headers: Mapping[str, str]) -> None:
        """Send ``headers`` with every answer from now on."""
        self._headers = own_headers(headers)

    def immediate(self, request: Request) -> Response | Check | None:
        """Return the answer if it needs no page, or what is to be checked before."""
        return self._ask(self._application.immediate, request)

    def at_hand(self, request: Request) -> Response | None:
        """Return the page if its bytes are all there."""
        return self._ask(self._application.at_hand, request)

    def check(self, check: Check, connection: Connection, request: Request, ask_again: AskAgain) -> bool:
        """Have something found out, then call ``ask_again``, with None for a connection to end; False: no thread."""
        return _submit(self._checker, partial(self._check, check, connection, request, ask_again), "a check")

    def hand_over(self, connection: Connection, request: Request, give_back: GiveBack) -> bool:
        """Have a worker answer, who then calls ``give_back``, with False for a connection to end; False: no thread."""
        connection.nearly_done = False
        return _submit(self._workers, partial(self._answer, connection, request, give_back), "a request")

    def send_at_once(self, connection: Connection, request: Request, response: Response) -> bool:
        """Send a small answer; False if the connection is to end."""
        keep, parts = self._counted(request, response)
        return connection.send_at_once(tuple(parts)) and keep

    def begin(self, connection: Connection, request: Request, response: Response) -> tuple[bool, Parts]:
        """Send what goes out of a page without waiting; return whether the connection is kept, and the rest."""
        keep, parts = self._counted(request, response)
        return keep, connection.begin(tuple(parts))

    def finish(self, connection: Connection, keep: bool, rest: Parts, give_back: GiveBack) -> bool:  # noqa: FBT001  as it is
        """Have a worker send the rest of a page, who then calls ``give_back``; False: no thread."""
        return _submit(self._workers, partial(self._finish, connection, keep, rest, give_back), "a request")

    def send_busy(self, connection: Connection, request: Request) -> bool:
        """Tell a client to come again; False if the connection is to end."""
        return self.send_at_once(connection, request, _BUSY)

    def send_refusal(self, connection: Connection, error: BadRequest) -> None:
        """Tell a client what is wrong with its request; the connection is to end."""
        response = plain_text(error.status, error.message)
        self._count(None, response)
        connection.send_at_once((response.head(self._headers, "close"), *response.body))

    def _check(self, check: Check, connection: Connection, request: Request, ask_again: AskAgain) -> None:
        if self.closing:
            self.send_at_once(connection, request, check.refusal)
            ask_again(connection, None)
            return
        try:
            check.run()
        except Exception:
            log.exception("what a request needs could not be checked")
            self._count(request, _FAILED)
            connection.send_at_once(tuple(self._parts(request, _FAILED, keep=False)))
            ask_again(connection, None)
        else:
            ask_again(connection, request)

    def _answer(self, connection: Connection, request: Request, give_back: GiveBack) -> None:
        keep = False
        try:
            response = self._ask(self._application.answer, request) or _FAILED
            wanted, parts = self._counted(request, response)
            keep = self._send(connection, parts) and wanted
        finally:
            give_back(connection, keep)

    def _finish(self, connection: Connection, keep: bool, rest: Parts, give_back: GiveBack) -> None:  # noqa: FBT001  as it is
        sent = False
        try:
            sent = self._send(connection, rest)
        finally:
            give_back(connection, keep and sent)

    def _send(self, connection: Connection, parts: Iterable[bytes | memoryview]) -> bool:
        deadline = time.monotonic() + self._write_timeout
        waiting = iter(parts)
        while some := tuple(islice(waiting, _PARTS_AT_ONCE)):
            if not connection.send(some, deadline):
                return False
        return True

    def _ask(self, ask: Callable[[Request], T], request: Request) -> T | Response:
        try:
            return ask(request)
        except BadRequest as error:
            return plain_text(error.status, error.message)
        except Exception:
            log.exception("a request could not be answered")
            return _FAILED

    def _counted(self, request: Request, response: Response) -> tuple[bool, Iterable[bytes]]:
        """Count an answer that is about to be sent; return whether the connection is kept after it, and its parts."""
        keep = request.keep_alive and not self.closing
        parts = self._parts(request, response, keep=keep)
        self._count(request, response)
        return keep, parts

    def _parts(self, request: Request, response: Response, *, keep: bool) -> Iterable[bytes]:
        connection = "close" if not keep else "keep-alive" if request.http_1_0 else None
        head = response.head(self._headers, connection)
        return (head,) if request.method == "HEAD" else chain((head,), response.body)

    def _count(self, request: Request | None, response: Response) -> None:
        try:
            self._application.finished(request, response.status)
        except Exception:
            log.exception("an answer could not be counted")


def _submit(workers: Workers, job: Callable[[], None], what: str) -> bool:
    try:
        workers.submit(job)
    except RuntimeError:
        log.warning("no thread can be started for %s", what)
        return False
    return True
