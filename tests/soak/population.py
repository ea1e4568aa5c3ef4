"""Three customers of a simulated Mimecast, whose people change every two seconds, and what was served of them when."""

import random
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Unpack

import nearby  # noqa: F401 - where the next ones are found
from expectation import labels, of_training
from mischief import is_good
from outcome import OUTCOMES
from planting import answered, is_of_data

from exporter.collectors.training import TRAINING
from exporter.simulator import TRAINING_PATH, Call, Count, SimulatedClock, Simulator, Tenant, Terms, counted
from exporter.simulator.tenant import TenantOptions

STALENESS: Final = 2.0
TIMEOUT: Final = 2.0
CHANGE: Final = 2.0

_SETTINGS: Final = (
    f"max_staleness: {STALENESS}s, timeout: {TIMEOUT}s, collectors: [training], max_response_size: 8MiB, "
    "titles: {limit: 100}"
)
# The people are looked at as they stood at some moment of these days, in no order, so that numbers rise and fall.
_DAYS: Final = 60


@dataclass(slots=True)
class Population:
    """The simulator, its tenants and the clock of their people; the exporter polls each ``refresh`` seconds."""

    simulator: Simulator
    clock: SimulatedClock
    newest: datetime
    chance: random.Random
    refresh: float
    tenants: dict[str, Tenant] = field(default_factory=dict)

    def add(self, name: str, **options: Unpack[TenantOptions]) -> None:
        """Add a tenant of 100 people and 50 titles."""
        usual = TenantOptions(users=100, titles=50, title_days=7, seed=len(self.tenants) + 1, company_clock=self.clock)
        self.tenants[name] = self.simulator.add_tenant(name, **(usual | options))

    def change(self) -> None:
        """Let the people of all be as they were at another moment."""
        self.clock.set(self.newest - timedelta(days=self.chance.uniform(0, _DAYS)))

    def write(self, directory: Path) -> None:
        """Write the exporter's configuration for all of them."""
        file = directory / "mimecast-exporter.yaml"
        defaults = f"defaults: {{refresh_interval: {self.refresh}s, {_SETTINGS}}}\n"
        file.write_text(defaults + self.simulator.configuration())
        file.chmod(0o600)

    def calls(self, name: str, path: str | None = TRAINING_PATH) -> list[Call]:
        """Return the requests of a tenant so far."""
        return [call for call in self.simulator.journal if call.tenant == name and path in (None, call.path)]

    def call_before(self, name: str, ended: float) -> Call:
        """Return the request whose answer ended a good poll of a tenant at that time, in seconds of the epoch."""
        ahead = time.time() - self.simulator.clock.now().timestamp()
        # The next poll asks when it is due, and the end of this one is told by another clock.
        late = ended + self.refresh / 2
        before = [call for call in self.calls(name) if call.at.timestamp() + ahead < late]
        assert before, f"{name} has numbers that nobody has served"
        assert is_good(before[-1].fault), f"{name} has numbers of {before[-1].fault}"
        return before[-1]

    def count(self, name: str, call: Call, moment: datetime) -> Count:
        """Count what a request was answered with, its ages at a moment; independent of the exporter."""
        terms = Terms(moment, state_at=call.state_at)
        if call.fault and is_of_data(call.fault):
            return counted(answered(self.tenants[name], call.fault, call.state_at), terms)
        return self.tenants[name].expected(terms)

    def numbers(self, name: str, call: Call, moment: datetime) -> Mapping[str, float]:
        """Return all series that show what a request was answered with."""
        count = self.count(name, call, moment)
        odd = OUTCOMES[call.fault].odd if call.fault else {}
        of_titles = of_training(count).items()
        whose = {"collector": "training", "tenant": name}
        return {
            **{key.replace('tenant="acme"', f'tenant="{name}"'): value for key, value in of_titles},
            **{_of("unreadable", **whose, field=each): odd.get(each, 0) for each in TRAINING.fields},
            _of("records", **whose): count.records,
        }


def _of(name: str, **values: str) -> str:
    return f"mimecast_collector_{name}{labels(**values)}"


@contextmanager
def populated(seed: int, refresh: float) -> Iterator[Population]:
    """Serve three tenants: one with keys of API 1.0, one with tokens, one with the other spelling of fields."""
    newest = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)
    clock = SimulatedClock(newest)
    with Simulator(strict=True) as simulator:
        chance = random.Random(seed)  # noqa: S311 - no secret
        population = Population(simulator, clock, newest, chance, refresh)
        population.add("the-tenant-with-keys", api=1)
        population.add("the-tenant-with-tokens", api=2, expires_in=300)
        population.add("the-tenant-of-the-other-spelling", api=1, spelling="table")
        yield population
