"""The gateway: what is done to a request between its last byte and its answer.

The order is the vendor's as far as it is known: whose it is, the rate limit, manners, method, path, credentials,
and then a fault, if one is due, or the endpoint.
"""

from collections.abc import Callable
from threading import RLock

from exporter.simulator.answer import APP_FORBIDDEN, UNAUTHORIZED, Answer, nested_failure
from exporter.simulator.clock import SimulatedClock
from exporter.simulator.endpoint import answer
from exporter.simulator.exchange import Exchange
from exporter.simulator.fault.fault import Scene
from exporter.simulator.manners import ASKED_TO_WAIT, TWO_IN_FLIGHT, breaches
from exporter.simulator.oauth import read_form, refuse_client, token_answer
from exporter.simulator.path import KINDS, ONLY_API_1
from exporter.simulator.rate import Reading, Window
from exporter.simulator.request import TOKEN_PATH, Request, read_body
from exporter.simulator.signature import refuse_signature
from exporter.simulator.tenant import Tenant

UNKNOWN_LIMIT = 5000
_TOO_MANY = nested_failure(429, "err_rate_limit", "Too many requests")
_FORBIDDEN = nested_failure(403, "app_forbidden", "The role of the user does not permit this")
_NOT_FOUND = nested_failure(404, "err_not_found", "No such resource")
_NOT_ALLOWED = nested_failure(405, "err_method_not_allowed", "Must be POST")
_MALFORMED = nested_failure(400, "err_malformed", "Malformed request")


class Gateway:
    """Finds whose a request is, judges it, and has it answered."""

    def __init__(self, clock: SimulatedClock, *, strict: bool) -> None:
        self.tenants: dict[str, Tenant] = {}
        self._clock = clock
        self._strict = strict
        self._lock = RLock()
        self._unknown = Window(UNKNOWN_LIMIT)

    def find(self, request: Request) -> Tenant | None:
        """Return the tenant whose access key, client id or token a request carries."""
        if request.path == TOKEN_PATH:
            client = read_form(request.body).get("client_id", "")
            return self._first(lambda tenant: tenant.credentials.get("client_id") == client)
        if request.realm == "Bearer":
            return self._first(lambda tenant: tenant.tokens.knows(request.credential))
        key = request.access_key
        return self._first(lambda tenant: tenant.credentials.get("access_key") == key)

    def take(self, tenant: Tenant | None) -> Reading:
        """Count a request in the rate limit of its tenant."""
        with self._lock:
            window = self._unknown if tenant is None else tenant.window
            return window.take(self._clock.monotonic())

    def handle(self, tenant: Tenant | None, exchange: Exchange) -> None:
        """Answer a request, rightly or by a fault."""
        self._watch(tenant, exchange)
        try:
            answer = self._answer(tenant, exchange)
            if answer is not None:
                exchange.send(answer)
        finally:
            if tenant is not None:
                with self._lock:
                    tenant.in_flight.remove(exchange)

    def _watch(self, tenant: Tenant | None, exchange: Exchange) -> None:
        if tenant is None:
            return
        with self._lock:
            found = breaches(exchange.request, tenant.memory)
            if self._clock.monotonic() < tenant.blocked_until:
                found = (ASKED_TO_WAIT, *found)
            if any(not other.gone() for other in tenant.in_flight):
                found = (TWO_IN_FLIGHT, *found)
            tenant.in_flight.append(exchange)
        if self._strict:
            exchange.call.violations = found
        else:
            exchange.call.remarks = found

    def _answer(self, tenant: Tenant | None, exchange: Exchange) -> Answer | None:
        refusal = self._refuse(tenant, exchange)
        if refusal is not None or tenant is None:
            return refusal
        path = exchange.request.path
        due = tenant.fault(path)
        if due is None:
            return self._right(tenant, exchange)
        fault, seconds = due
        exchange.call.fault = fault.name
        return fault.act(Scene(exchange, tenant, lambda: self._right(tenant, exchange), seconds))

    def _refuse(self, tenant: Tenant | None, exchange: Exchange) -> Answer | None:
        if exchange.reading.exceeded:
            if tenant is not None:
                tenant.block(exchange.reading.reset / 1000)
            return _TOO_MANY
        if exchange.call.violations:
            return _violation(exchange.call.violations)
        request = exchange.request
        if request.method != "POST":
            return _NOT_ALLOWED
        if request.path == TOKEN_PATH:
            return refuse_client(request, tenant.credentials if tenant else None)
        if request.path not in KINDS or (request.realm == "Bearer" and request.path in ONLY_API_1):
            return APP_FORBIDDEN if request.realm == "Bearer" else _NOT_FOUND
        return self._refuse_credentials(tenant, request) or self._refuse_endpoint(tenant, request)

    def _refuse_endpoint(self, tenant: Tenant | None, request: Request) -> Answer | None:
        match tenant.refusal(request.path) if tenant else None:
            case 403:
                return APP_FORBIDDEN if request.realm == "Bearer" else _FORBIDDEN
            case 404:
                return _NOT_FOUND
            case _:
                return _MALFORMED if read_body(request.body) is None else None

    def _refuse_credentials(self, tenant: Tenant | None, request: Request) -> Answer | None:
        if request.realm != "Bearer":
            return refuse_signature(request, tenant.credentials if tenant else None, self._clock.now())
        return tenant.tokens.refuse(request.credential, self._clock.monotonic()) if tenant else UNAUTHORIZED

    def _right(self, tenant: Tenant, exchange: Exchange) -> Answer:
        request = exchange.request
        if request.path == TOKEN_PATH:
            return token_answer(tenant.tokens, self._clock.monotonic())
        served = tenant.served(request.path)
        if served is not None:
            return Answer(200, served)
        return answer(tenant, exchange.call, read_body(request.body) or {})

    def _first(self, fits: Callable[[Tenant], bool]) -> Tenant | None:
        return next((tenant for tenant in tuple(self.tenants.values()) if fits(tenant)), None)


def _violation(names: tuple[str, ...]) -> Answer:
    status = 429 if ASKED_TO_WAIT in names else 400
    return nested_failure(status, "simulator_violation", ", ".join(names))
