"""The HTTP server: it listens, and puts together who reads (the loop) and who answers (the desk)."""

from collections.abc import Mapping, Sequence
from ssl import SSLContext
from threading import Thread

from exporter.web.application import Application, Limits
from exporter.web.desk import Desk
from exporter.web.listener import Address, Gate, Place
from exporter.web.loop import Loop


class Server:
    """Serves ``application`` on ``places`` over HTTP/1.1, for a long time and to anybody.

    ::

        server = Server(application, [Address.parse(":10463")], Limits())
        server.start()
        ...
        server.stop(grace=2.0)

    It never reads a body, looks at ``Host`` or sends anything that a client sent. A server is started once.
    """

    def __init__(
        self, application: Application, places: Sequence[Place], limits: Limits, tls: SSLContext | None = None
    ) -> None:
        self.addresses: tuple[Address, ...] = ()
        self._places = tuple(places)
        self._limits = limits
        self._tls = tls
        self._desk = Desk(application, limits)
        self._loop: Loop | None = None
        self._thread: Thread | None = None

    @property
    def running(self) -> bool:
        """Whether clients are served; False after :meth:`start` and before :meth:`stop` means that it broke."""
        return self._thread is not None and self._thread.is_alive()

    def answers(self, within: float) -> bool:
        """Whether the thread that serves everybody, and answers for our health, gets round within some seconds."""
        return self.running and self._loop is not None and self._loop.gets_round(within)

    def is_at_work(self) -> bool:
        """Whether the thread that serves everybody has something to do at this moment."""
        return self._loop is not None and self._loop.is_at_work

    def listen(self) -> None:
        """Listen, but serve nobody before :meth:`start`; ``addresses`` are known from then on.

        Raises ``OSError``, with the address as its file name, if there is one that cannot be listened on.
        """
        self._loop = self._listening()

    def start(self) -> None:
        """Serve; listen before, if that has not been done, and raise what :meth:`listen` does."""
        self._loop = self._loop or self._listening()
        self._thread = Thread(target=self._loop.run, name="web-loop", daemon=True)
        self._thread.start()

    def _listening(self) -> Loop:
        gate = Gate(self._places)
        self.addresses = gate.addresses
        return Loop(gate, self._desk, self._limits, self._tls)

    def stop(self, grace: float, wait: float | None = None) -> None:
        """Take nobody in, close who is idle, let answers in flight end for ``grace`` seconds, and return.

        An answer that takes longer is cut, so that the client knows; its thread is left to end by itself. With ``wait``
        it returns after so many seconds at most, and goes on stopping.
        """
        if self._loop is not None and self._thread is not None:
            self._loop.stop(grace)
            self._thread.join(grace + 0.5 if wait is None else wait)

    def set_tls(self, tls: SSLContext | None) -> None:
        """Use another context for new connections, or none for plain HTTP."""
        self._tls = tls
        if self._loop is not None:
            self._loop.tls = tls

    def set_headers(self, headers: Mapping[str, str]) -> None:
        """Send ``headers`` with every answer from now on, in place of ours of the same name."""
        self._desk.set_headers(headers)
