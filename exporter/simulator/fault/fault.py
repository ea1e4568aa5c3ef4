"""What a fault is: a name, a sentence, and what it does to one exchange."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exporter.simulator.answer import Answer, data_of
from exporter.simulator.exchange import Exchange
from exporter.simulator.request import TOKEN_PATH

if TYPE_CHECKING:
    from exporter.simulator.tenant import Tenant


@dataclass(frozen=True, slots=True)
class Scene:
    """Where a fault plays: the exchange, the tenant, the right answer if it wants it, its seconds if given."""

    exchange: Exchange
    tenant: "Tenant"
    right: Callable[[], Answer]
    seconds: float | None

    def data(self) -> bytes:
        """Return the right `data`, as JSON; nothing where the right answer is a refusal."""
        return data_of(self.right().body)


Act = Callable[[Scene], Answer | None]


@dataclass(frozen=True, slots=True)
class Fault:
    """A way to misbehave; `act` returns an answer to be sent, or None if it has done the sending itself."""

    name: str
    description: str
    act: Act
    of_token: bool = False

    def fits(self, path: str) -> bool:
        """Say whether the fault is meant for a path: the token endpoint, or all others."""
        return self.of_token == (path == TOKEN_PATH)


def always(answer: Answer) -> Act:
    """Return what sends the same answer each time."""
    return lambda _scene: answer
