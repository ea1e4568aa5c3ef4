"""What befalls the tenants of a simulator as its clock moves."""

from datetime import datetime

from exporter.simulator import Simulator, Tenant
from exporter.simulator.answer import envelope
from history.scenario import ODD_DATES, Incident, Scenario, Span

_ODD = 40


def is_within(span: Span, moment: datetime, end: datetime) -> bool:
    """Say whether a moment is in a span of a history with this end."""
    return end - span.ago <= moment < end - span.ago + span.lasts


class Story:
    """The incidents of a scenario; faults are set and cleared where something changes."""

    def __init__(self, scenario: Scenario, simulator: Simulator, end: datetime) -> None:
        self._incidents = {account.name: account.incidents for account in scenario.accounts}
        self._simulator = simulator
        self._end = end
        self._told: dict[str, tuple[Incident, ...]] = dict.fromkeys(self._incidents, ())

    def tell(self, moment: datetime) -> None:
        """Let each tenant be as it is at a moment."""
        for tenant in self._simulator.tenants:
            incidents = self._incidents[tenant.name]
            now = tuple(incident for incident in incidents if is_within(incident.span, moment, self._end))
            if now != self._told[tenant.name]:
                self._told[tenant.name] = now
                _befall(tenant, now)


def _befall(tenant: Tenant, incidents: tuple[Incident, ...]) -> None:
    tenant.clear_faults()
    tenant.serve(None)
    for incident in incidents:
        if incident.fault == ODD_DATES:
            tenant.serve(lambda: _with_odd_dates(tenant))
        else:
            tenant.fail(incident.fault, **incident.when)


def _with_odd_dates(tenant: Tenant) -> bytes:
    data = b"[" + b",".join(tenant.details.elements(tenant.clock.now())) + b"]"
    return envelope(data.replace(b'"assignedTimeStamp":"', b'"assignedTimeStamp":"on ', _ODD))
