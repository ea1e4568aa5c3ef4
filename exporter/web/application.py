"""What the server needs to be told: the application that answers, and the limits that it keeps."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from exporter.web.request import Request
from exporter.web.response import Response


@dataclass(frozen=True, slots=True)
class Check:
    """What is to be found out before a request can be answered at all.

    ``run`` computes for a while, one check after the other; then the request is asked about again. ``refusal`` is the
    answer if too many wait for theirs already.
    """

    run: Callable[[], object]
    refusal: Response


class Application(Protocol):
    """Who knows the answers; called from several threads at once."""

    def immediate(self, request: Request) -> Response | Check | None:
        """Return a small answer that costs nothing, what has to be found out before, or None if it needs a page.

        It is asked on the thread that serves all connections: it must neither wait nor compute.
        """
        ...

    def at_hand(self, request: Request) -> Response | None:
        """Return a page whose bytes are all there, and few enough to go out at once; None if it takes more than that.

        It is asked where :meth:`immediate` is, if that has returned None.
        """
        ...

    def answer(self, request: Request) -> Response:
        """Return the page, as long as it takes, on a thread of its own."""
        ...

    def finished(self, request: Request | None, status: int) -> None:
        """Count an answer; called once for each, when it is about to be sent; None: the request was unreadable."""
        ...


@dataclass(frozen=True, slots=True)
class Limits:
    """How much and how long; times in seconds.

    ``head_timeout`` is for a whole head, from the accept or its first byte on, the TLS handshake included;
    ``idle_timeout`` for the pause between two requests; ``write_timeout`` for a whole answer.
    """

    max_requests: int = 40
    head_timeout: float = 10.0
    idle_timeout: float = 75.0
    write_timeout: float = 10.0

    @property
    def max_connections(self) -> int:
        """How many connections are open at most."""
        return max(3 * self.max_requests, 128)
