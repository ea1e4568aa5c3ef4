"""Every collector of every tenant tried once, several tenants at the same time."""

import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from exporter.clock import Clock
from exporter.collectors import COLLECTORS
from exporter.collectors.question import Collector
from exporter.commands.advice import Case
from exporter.config.settings import SignedCredentials
from exporter.errors import PollError, Reason
from exporter.log import bug, fields
from exporter.model import Snapshot
from exporter.polls import TenantPolls

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Trial:
    """One collector of one tenant, tried once: what it found, or the case that it has become."""

    tenant: str
    collector: str
    is_configured: bool
    seconds: float
    snapshot: Snapshot | None
    case: Case | None


Tell = Callable[[str, str], None]
"""Is told of each tenant and collector before it is tried, by several threads."""


def try_all(tenants: Sequence[TenantPolls], at_once: int, clock: Clock, tell: Tell) -> Iterator[Trial]:
    """Yield the trials tenant by tenant, in the order of the configuration."""
    with ThreadPoolExecutor(at_once) as workers:
        for trials in workers.map(lambda tenant: _try_tenant(tenant, clock, tell), tenants):
            yield from trials


def collectors_of(polled: TenantPolls) -> list[Collector]:
    """Return what can be tried of a tenant: what is configured, then what else its API offers."""
    signed = isinstance(polled.tenant.credentials, SignedCredentials)
    offered = [collector for collector in COLLECTORS if signed or not collector.signed_only]
    configured = [collector for collector in COLLECTORS if collector.name in polled.units]
    return [*configured, *(collector for collector in offered if collector.name not in polled.units)]


def _try_tenant(polled: TenantPolls, clock: Clock, tell: Tell) -> list[Trial]:
    trials = []
    for collector in collectors_of(polled):
        tell(polled.tenant.name, collector.name)
        trials.append(try_one(polled, collector, clock))
    return trials


def try_one(polled: TenantPolls, collector: Collector, clock: Clock) -> Trial:
    """Try a collector of a tenant; a bug of ours is a failure of this one alone."""
    tenant, started = polled.tenant, clock.monotonic()
    snapshot = error = None
    try:
        asking = collector.ask(tenant.settings, clock.now())
        snapshot = collector.snapshot(polled.client.poll(asking, started + tenant.timeout))
    except PollError as failure:
        error = failure
    except Exception as failure:  # noqa: BLE001 - the others can be tried all the same
        log.error("bug", extra=fields(tenant=tenant.name, collector=collector.name, **bug(failure)))  # noqa: TRY400 - the text of a bug may quote anything
        error = PollError(Reason.INTERNAL, f"the exporter itself has failed: {type(failure).__name__}")
    seconds = clock.monotonic() - started
    case = Case(error, tenant, polled.client.state) if error else None
    return Trial(tenant.name, collector.name, collector.name in polled.units, seconds, snapshot, case)
