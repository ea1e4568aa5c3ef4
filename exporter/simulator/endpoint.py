"""The endpoints: a table from path to the function that answers it, rightly, for a tenant at a moment."""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from exporter.simulator.answer import Answer
from exporter.simulator.request import page_token
from exporter.simulator.tenant import TRAINING_PATH, Tenant

Endpoint = Callable[[Tenant, datetime, Mapping[str, Any]], Answer]


def training_details(tenant: Tenant, moment: datetime, document: Mapping[str, Any]) -> Answer:
    """Answer with the training of every person of the company."""
    return tenant.pages.answer(tenant.details.elements(moment), page_token(document))


ENDPOINTS: Mapping[str, Endpoint] = MappingProxyType({TRAINING_PATH: training_details})
