"""The journal: every request that came in, what was wrong with it, and what it got. Never a secret."""

from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock


@dataclass(slots=True)
class Call:
    """One request: `tenant` is empty if nobody could be recognised, `status` None if no proper answer was sent.

    `at` is the simulator's time, `state_at` the company's, whose state the right answer shows;
    `monotonic` is in seconds of the simulator's clock; `remarks` are violations that were let pass.
    """

    tenant: str
    method: str
    path: str
    at: datetime
    state_at: datetime
    monotonic: float
    request_id: str
    violations: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    fault: str | None = None
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Violation:
    """Something that an exporter should not do: a short name, and whose request did it."""

    name: str
    tenant: str
    path: str
    at: datetime


@dataclass(slots=True)
class Journal:
    """All calls so far, in the order in which they came in."""

    _calls: list[Call] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def add(self, call: Call) -> None:
        """Record a call."""
        with self._lock:
            self._calls.append(call)

    def calls(self, tenant: str | None = None, path: str | None = None) -> tuple[Call, ...]:
        """Return the calls so far, all or those of a tenant and of a path."""
        with self._lock:
            calls = tuple(self._calls)
        return tuple(call for call in calls if tenant in (None, call.tenant) and path in (None, call.path))

    def violations(self) -> tuple[Violation, ...]:
        """Return the violations so far."""
        return tuple(
            Violation(name, call.tenant, call.path, call.at) for call in self.calls() for name in call.violations
        )

    def clear(self) -> None:
        """Forget all calls; what must not be reused stays known."""
        with self._lock:
            self._calls.clear()
