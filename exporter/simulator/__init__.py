"""A Mimecast of its own, on loopback: a judge for clients of the Awareness Training API.

It imports nothing of the rest of the program and checks every signature, date, request id and token itself.
"""

from exporter.simulator.clock import SimulatedClock
from exporter.simulator.company import Company
from exporter.simulator.fault import FAULTS
from exporter.simulator.fault.fault import Fault
from exporter.simulator.journal import Call, Violation
from exporter.simulator.oracle import Count, Histogram, Terms, TitleCount, counted, expected
from exporter.simulator.request import TOKEN_PATH
from exporter.simulator.simulator import Simulator
from exporter.simulator.tenant import TRAINING_PATH, Tenant

__all__ = [
    "FAULTS",
    "TOKEN_PATH",
    "TRAINING_PATH",
    "Call",
    "Company",
    "Count",
    "Fault",
    "Histogram",
    "SimulatedClock",
    "Simulator",
    "Tenant",
    "Terms",
    "TitleCount",
    "Violation",
    "counted",
    "expected",
]
