"""A ready configuration of the exporter for the tenants of a simulator, as YAML."""

import json
from collections.abc import Iterable, Iterator

from exporter.simulator.tenant import Tenant


def configuration(tenants: Iterable[Tenant]) -> str:
    """Return YAML with one entry a tenant, credentials inline; a JSON string is a YAML one too."""
    return "\n".join(["tenants:", *(line for tenant in tenants for line in _entry(tenant))]) + "\n"


def _entry(tenant: Tenant) -> Iterator[str]:
    yield f"  - name: {json.dumps(tenant.name)}"
    yield f"    base_url: {json.dumps(tenant.base_url)}"
    yield "    credentials:"
    for key, value in tenant.credentials.items():
        yield f"      {key}: {json.dumps(value)}"
