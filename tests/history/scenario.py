"""What a scenario is made of: accounts with their companies and settings, what befalls them, and when is scraped."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from exporter.collectors import COLLECTORS
from exporter.simulator.fault.rule import When
from exporter.simulator.tenant import TenantOptions
from history.schedule import Rhythm

EVERYTHING = tuple(collector.name for collector in COLLECTORS)
EVERYTHING_OF_API_2 = tuple(collector.name for collector in COLLECTORS if not collector.signed_only)
ODD_DATES = "odd_dates"


@dataclass(frozen=True, slots=True)
class Span:
    """From so long before the end of the history, for so long."""

    ago: timedelta
    lasts: timedelta


@dataclass(frozen=True, slots=True)
class Incident:
    """A fault of the simulator that a tenant has for a while; `ODD_DATES` makes some of its dates unreadable."""

    fault: str
    span: Span
    when: When = field(default_factory=When)


@dataclass(frozen=True, slots=True)
class Account:
    """A tenant: what its company is like (`Options` of the simulator), its own settings, and what befalls it.

    The company is as its options say `shift` before the end of the history, so that not all launch on one day.
    """

    name: str
    options: TenantOptions
    settings: Mapping[str, object] = field(default_factory=dict)
    incidents: tuple[Incident, ...] = ()
    shift: timedelta = timedelta()

    def options_at(self, end: datetime) -> TenantOptions:
        """Return the options of the company in a history with this end."""
        return {**self.options, "as_of": end - self.shift}


@dataclass(frozen=True, slots=True)
class Scenario:
    """A history to be built.

    `defaults` are the exporter's for most of the time; in the dense end it has its own, so that data is fresh.
    Each of `parts` is a process of its own, in which the exporter is started anew, as after an upgrade.
    `pace` is how much faster than real time its clock runs while something is done. With `probes`, each tenant is a
    target of its own. In an outage the exporter is down; in a `typo` its operator tries to load a wrong configuration.
    """

    name: str
    about: str
    accounts: tuple[Account, ...]
    rhythm: Rhythm = field(default_factory=Rhythm)
    defaults: Mapping[str, object] = field(default_factory=dict)
    parts: int = 2
    pace: float = 15.0
    probes: bool = False
    outages: tuple[Span, ...] = ()
    typos: tuple[Span, ...] = ()
    lookback: timedelta = timedelta(minutes=65)
