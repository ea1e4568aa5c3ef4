"""The simulator: tenants, a port, a clock and a journal, put together."""

import socket
import ssl
import threading
from types import TracebackType
from typing import Self, Unpack

from exporter.simulator.clock import SimulatedClock
from exporter.simulator.configuration import configuration
from exporter.simulator.decoy import Decoy
from exporter.simulator.exchange import Exchange
from exporter.simulator.gateway import Gateway
from exporter.simulator.journal import Call, Journal, Violation
from exporter.simulator.request import Request
from exporter.simulator.server import LOOPBACK, Server
from exporter.simulator.tenant import Options, Tenant, TenantOptions


class Simulator:
    """A Mimecast on loopback.

    `strict` refuses and records whatever an exporter should not do; else it is as lenient as the vendor is.
    Tenants may be added before and after the start.
    """

    def __init__(self, *, strict: bool = False, clock: SimulatedClock | None = None) -> None:
        self.clock = clock or SimulatedClock()
        self.base_url = ""
        self._gateway = Gateway(self.clock, strict=strict)
        self._journal = Journal()
        self._stopping = threading.Event()
        self._server: Server | None = None
        self._decoy: Decoy | None = None

    def __enter__(self) -> Self:
        if self._server is None:
            self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def add_tenant(self, name: str, **options: Unpack[TenantOptions]) -> Tenant:
        """Add a tenant; `Options` has the keywords. ValueError if the name is taken."""
        if name in self._gateway.tenants:
            raise ValueError(f"there is a tenant {name!r} already")
        tenant = Tenant(name, Options(**options), self.clock)
        tenant.base_url = self.base_url
        self._gateway.tenants[name] = tenant
        return tenant

    def remove_tenant(self, name: str) -> None:
        """Close a tenant's account: its credentials are unknown from now on. KeyError if there is no such tenant."""
        del self._gateway.tenants[name]

    def start(self, port: int = 0, *, ssl_context: ssl.SSLContext | None = None) -> None:
        """Listen on a port of loopback, any free one by default. OSError if it is taken."""
        if self._server is not None:
            raise RuntimeError("the simulator has been started already")
        self._stopping.clear()
        self._server = Server(port, self._respond, ssl_context)
        self._decoy = Decoy()
        self.base_url = f"{'https' if ssl_context else 'http'}://{LOOPBACK}:{self._server.port}"
        for tenant in self.tenants:
            tenant.base_url = self.base_url

    def stop(self) -> None:
        """Stop listening and end all connections, faults in the middle of something too."""
        self._stopping.set()
        if self._server is not None:
            self._server.stop()
        if self._decoy is not None:
            self._decoy.stop()
        self._server = self._decoy = None

    @property
    def port(self) -> int:
        """The port listened on, 0 if there is none."""
        return self._server.port if self._server else 0

    @property
    def tenants(self) -> tuple[Tenant, ...]:
        """The tenants, in the order in which they were added."""
        return tuple(self._gateway.tenants.values())

    @property
    def journal(self) -> tuple[Call, ...]:
        """All requests so far, in the order in which they came."""
        return self._journal.calls()

    @property
    def violations(self) -> tuple[Violation, ...]:
        """What requests did so far that an exporter should not do; always empty unless strict."""
        return self._journal.violations()

    @property
    def arrivals(self) -> tuple[bytes, ...]:
        """What has arrived at the target of the redirects since the start, one entry a connection."""
        return tuple(self._decoy.arrivals) if self._decoy else ()

    def calls(self, tenant: str | None = None, path: str | None = None) -> int:
        """Return how many requests came so far, in all or of a tenant and to a path."""
        return len(self._journal.calls(tenant, path))

    def clear_journal(self) -> None:
        """Forget all requests so far; what must not be sent twice is still known."""
        self._journal.clear()

    def configuration(self) -> str:
        """Return a ready configuration of the exporter for all tenants, as YAML."""
        return configuration(self.tenants)

    def _respond(self, request: Request, connection: socket.socket) -> bool:
        tenant = self._gateway.find(request)
        moment = self.clock.now()
        call = Call(
            tenant=tenant.name if tenant else "",
            method=request.method,
            path=request.path,
            at=moment,
            state_at=tenant.clock.now() if tenant else moment,
            monotonic=self.clock.monotonic(),
            request_id=request.header("x-mc-req-id"),
        )
        self._journal.add(call)
        exchange = Exchange(request, connection, call, moment, self._gateway.take(tenant), self._stopping)
        exchange.close_after = tenant is None or not tenant.keep_alive
        exchange.decoy_url = self._decoy.url if self._decoy else ""
        self._gateway.handle(tenant, exchange)
        return not exchange.close_after
