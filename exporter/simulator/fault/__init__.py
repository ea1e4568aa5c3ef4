"""All the faults, by name: one module a family, one line a fault."""

from collections.abc import Mapping
from types import MappingProxyType

from exporter.simulator.fault import (
    authorization,
    document,
    encoding,
    framing,
    record,
    status,
    token,
    transport,
    value,
)
from exporter.simulator.fault.fault import Fault

_FAMILIES = (transport, framing, encoding, status, document, value, record, authorization, token)

FAULTS: Mapping[str, Fault] = MappingProxyType({fault.name: fault for family in _FAMILIES for fault in family.FAULTS})
