"""A Mimecast of its own, on loopback: a judge for clients of the Awareness Training API.

It imports nothing of the rest of the program and checks every signature, date, request id and token itself.
"""

from exporter.simulator.clock import SimulatedClock
from exporter.simulator.company import Company
from exporter.simulator.fault import FAULTS
from exporter.simulator.fault.fault import Fault
from exporter.simulator.journal import Call, Violation
from exporter.simulator.oracle import (
    CampaignCount,
    Count,
    Histogram,
    ModuleCount,
    Oracle,
    PerformanceCount,
    QueueCount,
    SafeScoreCount,
    SimulationCount,
    Terms,
    TitleCount,
    WatchlistCount,
    counted,
    expected,
)
from exporter.simulator.path import KINDS, ROOT, TRAINING_PATH
from exporter.simulator.request import TOKEN_PATH
from exporter.simulator.simulator import Simulator
from exporter.simulator.tenant import Tenant

__all__ = [
    "FAULTS",
    "KINDS",
    "ROOT",
    "TOKEN_PATH",
    "TRAINING_PATH",
    "Call",
    "CampaignCount",
    "Company",
    "Count",
    "Fault",
    "Histogram",
    "ModuleCount",
    "Oracle",
    "PerformanceCount",
    "QueueCount",
    "SafeScoreCount",
    "SimulatedClock",
    "SimulationCount",
    "Simulator",
    "Tenant",
    "Terms",
    "TitleCount",
    "Violation",
    "WatchlistCount",
    "counted",
    "expected",
]
