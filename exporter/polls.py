"""Polls: one flight for each (tenant, collector) at a time, shared by all who wait; snapshots, staleness, pace.

Only a scrape starts a poll. Of one tenant's flights one is in the air at a time, so at most one request is; of all
tenants' flights at most as many as there are workers. Who runs out of time gets the last good snapshot, and the flight
goes on and serves the next scrape.
"""

import math
import threading
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Final, Protocol

from exporter.clock import Clock
from exporter.collectors.question import Asking, Collector, Outcome
from exporter.config.settings import Tenant
from exporter.errors import PollError, Reason, forget
from exporter.exposition import Rendered
from exporter.instruments import Instruments
from exporter.landing import Landing, reason_of
from exporter.lane import Lane
from exporter.mimecast.client import ApiState
from exporter.model import Snapshot
from exporter.workers import Workers

_FIRST_PACE: Final = 30.0
# So long after its time is over, a flight that has not landed is taken for lost.
_LOST_AFTER: Final = 10.0


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
        """End the request in flight, and send no other."""
        ...


@dataclass(frozen=True, slots=True)
class Good:
    """The latest good poll: what it found, rendered, and when it ended, by both clocks.

    ``records`` and ``unreadable`` are the snapshot's. ``version`` is another one for each, for who wants to know
    whether it has changed and not to keep it.
    """

    rendered: Rendered
    records: int
    unreadable: Mapping[str, int]
    at: float
    ended: datetime
    version: object = field(default_factory=object)


@dataclass(frozen=True, slots=True)
class Result:
    """The latest finished poll: why it failed, None if it did not, and how many seconds it took."""

    reason: Reason | None
    seconds: float


@dataclass(frozen=True, slots=True)
class View:
    """What is known of one collector of one tenant at one moment; ``shown`` is None if no numbers may be shown.

    In seconds, ``age`` is that of the latest good poll, and ``due_in`` the time until a scrape would poll again.
    """

    collector: Collector
    result: Result | None
    last_success: datetime | None
    shown: Good | None
    age: float | None
    due_in: float
    is_polling: bool


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
        ended, age = (good.ended, now - good.at) if good else (None, None)
        return View(self.collector, result, ended, shown, age, self.due_at - now, self.flight is not None)

    def shown_until(self, now: float) -> float:
        """Return until when the same is shown, unless a poll begins: it is due, or what is there grows too old."""
        stale_at = self.good.at + self.refresh_interval + self.tenant.max_staleness if self.good else math.inf
        return min(self.due_at, stale_at if now < stale_at else math.inf)

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


class TenantPolls:
    """One tenant with its client, its units by collector, and its flights that wait for their turn."""

    def __init__(self, tenant: Tenant, client: Client, collectors: Iterable[Collector]) -> None:
        self.tenant = tenant
        self.client = client
        self.units = {collector.name: Unit(tenant, collector) for collector in collectors}
        self.waiting: deque[Unit] = deque()
        self.is_running = False
        self.is_discarded = False
        self.lands_by = math.inf


class Standing:
    """What a page shows of some collectors of a tenant stands until a moment (monotonic), unless a poll begins before.

    No lock is needed to ask: a poll begins and ends by replacing what is compared here.
    """

    def __init__(self, tenant: TenantPolls, names: Sequence[str], until: float) -> None:
        self.tenant = tenant
        self.names = names
        self._until = until
        self._results = [(unit, unit.result) for unit in map(tenant.units.__getitem__, names)]

    def holds(self, now: float) -> bool:
        """Whether a page of it, made after this was, is what would be shown now."""
        if now >= self._until:
            return False
        return all(unit.flight is None and unit.result is result for unit, result in self._results)


class Polls:
    """Starts flights when scrapes need them, and lets scrapes wait for them. Safe for threads."""

    def __init__(self, clock: Clock, workers: Workers, instruments: Instruments) -> None:
        self._clock = clock
        self._workers = workers
        self._instruments = instruments
        self._lock = threading.Lock()
        self._in_the_air: set[_Flight] = set()
        self._is_over = False
        self.lane = Lane()

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
        """Let everybody who waits go on with what there is; what is still found is not published."""
        with self._lock:
            self._is_over = True
            flights = list(self._in_the_air)
        for flight in flights:
            flight.done.set()

    def view(self, tenant: TenantPolls, names: Iterable[str], scrape_started: float) -> tuple[View, ...]:
        """Return what a scrape that started at ``scrape_started`` (monotonic) may show of the named collectors."""
        with self._lock:
            now = self._clock.monotonic()
            return tuple(tenant.units[name].view(now, scrape_started) for name in names)

    def standing(self, tenant: TenantPolls, names: Sequence[str]) -> Standing:
        """Return for how long what is shown of the named collectors stands."""
        with self._lock:
            now = self._clock.monotonic()
            ends = [tenant.units[name].shown_until(now) for name in names]
            if (blocked := tenant.client.blocked_for()) > 0:
                ends.append(now + blocked)
            return Standing(tenant, names, min(ends, default=now))

    def _flights(self, tenant: TenantPolls, names: Iterable[str]) -> list[_Flight]:
        """Return the flights to wait for, those that are already in the air among them."""
        flights = []
        with self._lock:
            now = self._clock.monotonic()
            for name in names:
                unit = tenant.units[name]
                if unit.flight is None and (now < unit.due_at or tenant.is_discarded):
                    self._instruments.served_from_memory(tenant.tenant.name, name)
                    continue
                if unit.flight is None:
                    unit.flight = _Flight()
                    self._in_the_air.add(unit.flight)
                    tenant.waiting.append(unit)
                flights.append(unit.flight)
            news = self._lost(tenant, now) if tenant.is_running else self._submit_next(tenant)
        _tell(news)
        return flights

    def _lost(self, tenant: TenantPolls, now: float) -> list[Landing]:
        """Take for failed what is in the air, if a thread that hangs or has died, or too many others, keep it there."""
        late = now - tenant.lands_by
        if late < _LOST_AFTER:
            return []
        error = PollError(Reason.TIMEOUT, "the poll has not ended long after its time")
        result = Result(error.reason, tenant.tenant.timeout + late)
        news = []
        for unit in [unit for unit in tenant.units.values() if unit.flight]:
            if unit.result is None or unit.result.reason != result.reason:
                news.append(_landing(tenant, unit, error))
            unit.result = result
        return news

    def _submit_next(self, tenant: TenantPolls) -> list[Landing]:
        """Let a worker fly the tenant's next flight; its time starts now, so waiting for a worker counts."""
        news: list[Landing] = []
        tenant.is_running = False
        while tenant.waiting and not tenant.is_running:
            unit = tenant.waiting.popleft()
            tenant.lands_by = self._clock.monotonic() + tenant.tenant.timeout
            try:
                self._workers.submit(partial(self._fly, tenant, unit, tenant.lands_by))
                tenant.is_running = True
            except RuntimeError:
                error = PollError(Reason.INTERNAL, "the system lets no thread be started")
                news += self._land(tenant, unit, error, 0.0)
        return news

    def _fly(self, tenant: TenantPolls, unit: Unit, deadline: float) -> None:
        started = self._clock.monotonic()
        found: Good | BaseException
        try:
            asking = unit.collector.ask(tenant.tenant.settings, self._clock.now())
            found = self._good(tenant, unit.collector.snapshot(tenant.client.poll(asking, deadline)))
        except BaseException as error:  # noqa: BLE001 - whatever fails, the thread too, fails for this collector alone
            found = error
        with self._lock:
            news = self._end(tenant, unit, found, self._clock.monotonic() - started)
        _tell(news)
        if isinstance(found, BaseException):
            forget(found)

    def _good(self, tenant: TenantPolls, snapshot: Snapshot) -> Good:
        """Return a snapshot as it is kept: rendered in the poll's time, not in that of the scrapes."""
        with self.lane.place():
            rendered = Rendered(tenant.tenant.name, snapshot.samples)
        return Good(rendered, snapshot.records, snapshot.unreadable, self._clock.monotonic(), self._clock.now())

    def _end(self, tenant: TenantPolls, unit: Unit, found: Good | BaseException, took: float) -> list[Landing]:
        """End a flight, and let the tenant's next one start, unless all is over or the tenant discarded meanwhile."""
        if not (self._is_over or tenant.is_discarded):
            return [*self._land(tenant, unit, found, took), *self._submit_next(tenant)]
        for waiting in (unit, *tenant.waiting):
            self._wake(waiting)
        tenant.waiting.clear()
        tenant.is_running = False
        return []

    def _land(self, tenant: TenantPolls, unit: Unit, found: Good | BaseException, took: float) -> list[Landing]:
        """Publish what a flight found, whole, and wake all who wait for it."""
        before, landing = unit.result, _landing(tenant, unit, found)
        if isinstance(found, Good):
            unit.succeeded(found, took)
        else:
            unit.failed(reason_of(found), took, self._clock.monotonic(), tenant.client.blocked_for())
        self._instruments.poll_finished(landing.tenant, landing.collector, landing.reason)
        self._wake(unit)
        return [landing] if before is None or before.reason != landing.reason else []

    def _wake(self, unit: Unit) -> None:
        if unit.flight is not None:
            self._in_the_air.discard(unit.flight)
            unit.flight.done.set()
            unit.flight = None


def _landing(tenant: TenantPolls, unit: Unit, found: Good | BaseException) -> Landing:
    error = found if isinstance(found, BaseException) else None
    return Landing(tenant.tenant.name, unit.collector.name, error, tenant.client.last_request_id)


def _tell(landings: Iterable[Landing]) -> None:
    """Log what has changed; never under a lock, because making a line takes a while."""
    for landing in landings:
        landing.tell()
