"""Polls: one flight for each (tenant, collector) at a time, shared by all who wait; snapshots, staleness, pace.

Only a scrape starts a poll. Of one tenant's flights one is in the air at a time, so at most one request is; of all
tenants' flights at most as many as there are workers. Who runs out of time gets the last good snapshot, and the flight
goes on and serves the next scrape.
"""

import logging
import threading
import traceback
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final, Protocol

from exporter.clock import Clock
from exporter.collectors.question import Asking, Collector, Outcome
from exporter.config.settings import Tenant
from exporter.errors import PollError, Reason
from exporter.exposition import Rendered
from exporter.hint import HINTS
from exporter.instruments import Instruments
from exporter.log import fields
from exporter.mimecast.client import ApiState
from exporter.model import Snapshot
from exporter.workers import Workers

log = logging.getLogger(__name__)

_FIRST_PACE: Final = 30.0
_NEVER: Final = object()


class Client(Protocol):
    """What polls need of the vendor's client."""

    state: ApiState
    last_request_id: str | None

    def poll(self, asking: Asking, deadline: float) -> Outcome:
        """Answer a collector's questions by ``deadline``, or raise ``PollError``."""
        ...

    def blocked_for(self) -> float:
        """Return the seconds for which the vendor wants no request."""
        ...

    def abort(self) -> None:
        """End the request in flight."""
        ...


@dataclass(frozen=True, slots=True)
class Good:
    """The latest good poll: its snapshot, the same rendered, and when it ended, by both clocks."""

    snapshot: Snapshot
    rendered: Rendered
    at: float
    ended: datetime


@dataclass(frozen=True, slots=True)
class Result:
    """The latest finished poll: why it failed, None if it did not, and how many seconds it took."""

    reason: Reason | None
    seconds: float


@dataclass(frozen=True, slots=True)
class View:
    """What is known of one collector of one tenant at one moment; ``shown`` is None if no numbers may be shown."""

    collector: Collector
    result: Result | None
    last_success: datetime | None
    shown: Good | None


@dataclass(slots=True, eq=False)
class _Flight:
    """One poll, from when a scrape asked for it until it has ended."""

    done: threading.Event = field(default_factory=threading.Event)


class Unit:
    """One collector of one tenant. Its fields change under the lock of :class:`Polls` alone."""

    def __init__(self, tenant: Tenant, collector: Collector) -> None:
        self.tenant = tenant
        self.collector = collector
        self.refresh_interval = tenant.refresh_interval_of(collector.name)
        self.flight: _Flight | None = None
        self.good: Good | None = None
        self.result: Result | None = None
        self.due_at = float("-inf")
        self._failures_in_a_row = 0

    def view(self, now: float, scrape_started: float) -> View:
        """Return what a scrape that started at ``scrape_started`` may show at ``now`` (both monotonic)."""
        good, result = self.good, self.result
        is_fresh = good is not None and result is not None and result.reason is None and good.at >= scrape_started
        is_young = good is not None and now - good.at < self.refresh_interval + self.tenant.max_staleness
        shown = good if is_fresh or is_young else None
        return View(self.collector, result, good.ended if good else None, shown)

    def succeeded(self, good: Good, seconds: float) -> None:
        """Take over what a poll found."""
        self.good = good
        self.result = Result(None, seconds)
        self.due_at = good.at + self.refresh_interval
        self._failures_in_a_row = 0

    def failed(self, reason: Reason, seconds: float, now: float, blocked_for: float) -> None:
        """Keep the failure for a while, so that an outage is not polled at the pace of the scrapes."""
        self.result = Result(reason, seconds)
        pace = min(self.refresh_interval, _FIRST_PACE * 2.0 ** min(self._failures_in_a_row, 32))
        self.due_at = now + max(pace, blocked_for)
        self._failures_in_a_row += 1


@dataclass(frozen=True, slots=True)
class _Landing:
    """What is to be logged of a flight that has ended, if it changed anything."""

    unit: Unit
    before: Result | None
    reason: Reason | None
    error: Exception | None
    request_id: str | None


class TenantPolls:
    """One tenant with its client, its units by collector, and its flights that wait for their turn."""

    def __init__(self, tenant: Tenant, client: Client, collectors: Iterable[Collector]) -> None:
        self.tenant = tenant
        self.client = client
        self.units = {collector.name: Unit(tenant, collector) for collector in collectors}
        self.waiting: deque[Unit] = deque()
        self.is_running = False
        self.is_discarded = False


class Polls:
    """Starts flights when scrapes need them, and lets scrapes wait for them. Safe for threads."""

    def __init__(self, clock: Clock, workers: Workers, instruments: Instruments) -> None:
        self._clock = clock
        self._workers = workers
        self._instruments = instruments
        self._lock = threading.Lock()
        self._in_the_air: set[_Flight] = set()

    def collect(self, chosen: Iterable[tuple[TenantPolls, Iterable[str]]], seconds: float) -> None:
        """Poll what is due of the named collectors of each tenant; return when all is there or ``seconds`` are over."""
        end = self._clock.monotonic() + seconds
        flights = [flight for tenant, names in chosen for flight in self._flights(tenant, names)]
        for flight in flights:
            flight.done.wait(max(end - self._clock.monotonic(), 0.0))

    def resize(self, limit: int) -> None:
        """Let at most ``limit`` flights be in the air at once from now on."""
        self._workers.resize(limit)

    def discard(self, tenant: TenantPolls) -> None:
        """Forget a tenant that is no longer configured: what its flights still find is not published."""
        with self._lock:
            tenant.is_discarded = True
        tenant.client.abort()

    def stop(self) -> None:
        """Let everybody who waits go on with what there is."""
        with self._lock:
            flights = list(self._in_the_air)
        for flight in flights:
            flight.done.set()

    def view(self, tenant: TenantPolls, names: Iterable[str], scrape_started: float) -> tuple[View, ...]:
        """Return what a scrape that started at ``scrape_started`` (monotonic) may show of the named collectors."""
        with self._lock:
            now = self._clock.monotonic()
            return tuple(tenant.units[name].view(now, scrape_started) for name in names)

    def _flights(self, tenant: TenantPolls, names: Iterable[str]) -> list[_Flight]:
        """Return the flights to wait for, those that are already in the air among them."""
        flights = []
        with self._lock:
            now = self._clock.monotonic()
            for name in names:
                unit = tenant.units[name]
                if unit.flight is None and now < unit.due_at:
                    self._instruments.served_from_memory(tenant.tenant.name, name)
                    continue
                if unit.flight is None:
                    unit.flight = _Flight()
                    self._in_the_air.add(unit.flight)
                    tenant.waiting.append(unit)
                flights.append(unit.flight)
            refused = [] if tenant.is_running else self._submit_next(tenant)
        _log(refused)
        return flights

    def _submit_next(self, tenant: TenantPolls) -> list[_Landing]:
        """Let a worker fly the tenant's next flight; its time starts now, so waiting for a worker counts."""
        refused = []
        tenant.is_running = False
        while tenant.waiting and not tenant.is_running:
            unit = tenant.waiting.popleft()
            deadline = self._clock.monotonic() + tenant.tenant.timeout
            try:
                self._workers.submit(partial(self._fly, tenant, unit, deadline))
                tenant.is_running = True
            except RuntimeError:
                error = PollError(Reason.INTERNAL, "the system lets no thread be started")
                refused.append(self._land(tenant, unit, error, 0.0))
        return refused

    def _fly(self, tenant: TenantPolls, unit: Unit, deadline: float) -> None:
        started = self._clock.monotonic()
        found: Snapshot | Exception
        try:
            asking = unit.collector.ask(tenant.tenant.settings, self._clock.now())
            found = unit.collector.snapshot(tenant.client.poll(asking, deadline))
        except Exception as error:  # noqa: BLE001 - the boundary: whatever fails, fails for this collector alone
            found = error
        with self._lock:
            landings = self._landings(tenant, unit, found, self._clock.monotonic() - started)
        _log(landings)

    def _landings(self, tenant: TenantPolls, unit: Unit, found: Snapshot | Exception, seconds: float) -> list[_Landing]:
        """End a flight, and let the tenant's next one start, unless the tenant has been discarded meanwhile."""
        if not tenant.is_discarded:
            return [self._land(tenant, unit, found, seconds), *self._submit_next(tenant)]
        for waiting in (unit, *tenant.waiting):
            self._wake(waiting)
        tenant.waiting.clear()
        tenant.is_running = False
        return []

    def _land(self, tenant: TenantPolls, unit: Unit, found: Snapshot | Exception, seconds: float) -> _Landing:
        """Publish what a flight found, whole, and wake all who wait for it."""
        before, now = unit.result, self._clock.monotonic()
        reason = None
        if isinstance(found, Snapshot):
            rendered = Rendered(tenant.tenant.name, found.samples)
            unit.succeeded(Good(found, rendered, now, self._clock.now()), seconds)
        else:
            reason = found.reason if isinstance(found, PollError) else Reason.INTERNAL
            unit.failed(reason, seconds, now, tenant.client.blocked_for())
        self._instruments.poll_finished(tenant.tenant.name, unit.collector.name, reason)
        self._wake(unit)
        error = found if isinstance(found, Exception) else None
        return _Landing(unit, before, reason, error, tenant.client.last_request_id)

    def _wake(self, unit: Unit) -> None:
        if unit.flight is not None:
            self._in_the_air.discard(unit.flight)
            unit.flight.done.set()
            unit.flight = None


def _log(landings: Iterable[_Landing]) -> None:
    """Log each change of state, and nothing while nothing changes; never under a lock, because a log may block."""
    for landing in landings:
        before = landing.before.reason if landing.before else _NEVER
        if before != landing.reason:
            _log_change(landing)


def _log_change(landing: _Landing) -> None:
    unit, error = landing.unit, landing.error
    whose = {"tenant": unit.tenant.name, "collector": unit.collector.name}
    if landing.reason is None:
        log.info("collector up", extra=fields(**whose, request_id=landing.request_id))
        return
    about = {"reason": str(landing.reason), "hint": HINTS[landing.reason], "request_id": landing.request_id}
    if isinstance(error, PollError):
        log.warning("collector down", extra=fields(**whose, detail=error.detail, **about))
    elif error is not None:
        # The text of a foreign error may quote anything, so only its type and its way are told.
        way = " ".join(f"{Path(at.filename).name}:{at.lineno}" for at in traceback.extract_tb(error.__traceback__))
        log.error("collector down", extra=fields(**whose, error=type(error).__name__, traceback=way, **about))
