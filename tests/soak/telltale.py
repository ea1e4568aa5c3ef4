"""What is secret or personal in a soak, and where it must not be found."""

from collections.abc import Iterable

import nearby  # noqa: F401 - where the next one is found
from planted import Planted
from planting import PERSONAL
from population import Population


def planted(population: Population) -> Planted:
    """Return all keys, tokens and signatures of all tenants, and their names, which may be told."""
    found = Planted()
    for tenant in population.tenants.values():
        found.add(f"may be told: {tenant.name}", tenant.name)
        for key, text in tenant.credentials.items():
            if key not in {"application_id", "client_id"}:
                found.add(f"{key} of {tenant.name}", text)
        for number, text in enumerate(sorted(tenant.tokens.given | tenant.memory.signatures - {""})):
            found.add(f"token or signature {number} of {tenant.name}", text.rpartition(":")[2])
    return found


def told(population: Population, texts: Iterable[str]) -> list[str]:
    """Return what is told of secrets, by their names, and of people."""
    whole = "\n".join(texts)
    return [*planted(population).found_in(whole), *(text for text in PERSONAL if text in whole)]
