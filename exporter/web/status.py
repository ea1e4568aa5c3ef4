"""What the status page is told, as values: the process, its tenants, their collectors. Times are spans in seconds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class State(StrEnum):
    """How a tenant or a collector is, in the order of who needs a person first."""

    DOWN = "down"
    WAITING = "not polled yet"
    UP = "up"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why the latest poll failed, and what to do about it."""

    reason: str
    advice: str


@dataclass(frozen=True, slots=True)
class CollectorStatus:
    """One collector of one tenant.

    ``age`` is that of the latest good poll, None before the first; ``is_shown`` says whether its numbers still are.
    ``due_in`` is the time until a scrape would poll again, 0 or less if the next one does.
    """

    name: str
    state: State
    failure: Failure | None
    age: float | None
    is_shown: bool
    due_in: float
    is_polling: bool


@dataclass(frozen=True, slots=True)
class TenantStatus:
    """One tenant; ``blocked_for`` is what is left of a wait that the vendor asked for, 0 if there is none."""

    name: str
    collectors: tuple[CollectorStatus, ...]
    rate_limit: float | None = None
    rate_limit_remaining: float | None = None
    blocked_for: float = 0.0
    clock_skew: float | None = None

    @property
    def state(self) -> State:
        """Up if all collectors are, as ``mimecast_up``; down if any is down."""
        states = {collector.state for collector in self.collectors}
        if State.DOWN in states:
            return State.DOWN
        return State.UP if states == {State.UP} else State.WAITING

    @property
    def failures(self) -> tuple[Failure, ...]:
        """The different failures, in the order of the collectors."""
        return tuple(dict.fromkeys(collector.failure for collector in self.collectors if collector.failure))


@dataclass(frozen=True, slots=True)
class Status:
    """The process at one moment; ``links`` leads from what a page is of to its path on our port."""

    version: str
    python: str
    now: datetime
    running_for: float
    links: Mapping[str, str]
    tenants: tuple[TenantStatus, ...]

    def of_state(self, state: State) -> tuple[TenantStatus, ...]:
        """Return the tenants in a state, in the order of the configuration."""
        return tuple(tenant for tenant in self.tenants if tenant.state is state)
