"""A client of a simulated tenant, with a clock in the hand."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, Unpack
from uuid import uuid4

from conversation import Keys
from raw_server import NO_TRUST, PATIENCE
from turned_clock import NOW, TurnedClock

from exporter.collectors.question import Collector
from exporter.collectors.training import TRAINING
from exporter.config.settings import Settings, Titles
from exporter.errors import PollError
from exporter.mimecast.auth import Auth, ClientKeys, OAuth2, Signed, SigningKeys
from exporter.mimecast.client import Client
from exporter.mimecast.resolver import Resolver
from exporter.mimecast.transport import Route, Transport
from exporter.model import Distribution, Secret, Snapshot
from exporter.simulator import TOKEN_PATH, TRAINING_PATH, SimulatedClock, Simulator, Tenant
from exporter.simulator.tenant import TenantOptions

SETTINGS: Final = Settings(titles=Titles(limit=10_000))
MOST_BYTES: Final = 48 << 20


@contextmanager
def simulator() -> Iterator[Simulator]:
    """Run a strict simulator whose wall clock stands still."""
    with Simulator(strict=True, clock=SimulatedClock(NOW)) as running:
        yield running


def auth_for(credentials: dict[str, str], clock: TurnedClock) -> Auth:
    """Return the authorization that fits the credentials."""
    secrets = {name: Secret(value) for name, value in credentials.items()}
    if "client_id" in secrets:
        return OAuth2(Keys(ClientKeys(**secrets)), clock.monotonic)
    return Signed(Keys(SigningKeys(**secrets)), clock.now, uuid4)


@dataclass
class Customer:
    """A tenant, and our client of it."""

    simulator: Simulator
    tenant: Tenant
    clock: TurnedClock
    most_bytes: int = MOST_BYTES
    observed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        route = Route(self.tenant.base_url, NO_TRUST, user_agent="mimecast-exporter/0")
        auth = auth_for(self.tenant.credentials, self.clock)
        transport = Transport(route, Resolver())
        self.client = Client(transport, auth, self.clock, lambda code, _: self.observed.append(code), self.most_bytes)

    def poll(self, seconds: float = PATIENCE, collector: Collector = TRAINING) -> Snapshot:
        """Poll once."""
        asking = collector.ask(SETTINGS, self.clock.now())
        return collector.snapshot(self.client.poll(asking, self.clock.monotonic() + seconds))

    def outcome(self, seconds: float = PATIENCE) -> Snapshot | PollError:
        """Poll once, and return the error if there is one."""
        try:
            return self.poll(seconds)
        except PollError as error:
            return error

    def turn(self, seconds: float) -> None:
        """Let time pass for us and for the vendor."""
        self.clock.turn(seconds)
        self.simulator.clock.advance(seconds)

    @property
    def calls(self) -> str:
        """The calls so far, in short: t for the token endpoint, d for data."""
        short = {TOKEN_PATH: "t", TRAINING_PATH: "d"}
        return "".join(short[call.path] for call in self.simulator.journal if call.tenant == self.tenant.name)

    @property
    def violations(self) -> list[str]:
        """What our requests did that they should not do."""
        return [found.name for found in self.simulator.violations if found.tenant == self.tenant.name]


def customer(running: Simulator, most_bytes: int = MOST_BYTES, **options: Unpack[TenantOptions]) -> Customer:
    """Add a tenant to a simulator, a small one if nothing else is said."""
    options.setdefault("users", 4)
    options.setdefault("titles", 3)
    options.setdefault("as_of", NOW)
    tenant = running.add_tenant(f"tenant{len(running.tenants)}", **options)
    return Customer(running, tenant, TurnedClock(running.clock.now()), most_bytes)


def values(snapshot: Snapshot) -> dict[tuple[str, ...], float | tuple[float, ...]]:
    """Return what a snapshot says, by metric (without its prefix) and labels; histograms as counts and sum."""
    return {
        (sample.metric.name.removeprefix("mimecast_training_"), *sample.labels): (
            (*sample.value.counts, round(sample.value.total, 3))
            if isinstance(sample.value, Distribution)
            else sample.value
        )
        for sample in snapshot.samples
    }
