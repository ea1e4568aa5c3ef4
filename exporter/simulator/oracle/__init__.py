"""An independent count, against which an exporter is judged: over the people of a company, or over a document.

It is written in the plainest way, and shares nothing with what it judges: it reads what people do and when, not the
standings, tallies and scores that the endpoints are made from.
"""

from exporter.simulator.oracle.oracle import Oracle
from exporter.simulator.oracle.people import PerformanceCount, SafeScoreCount, WatchlistCount
from exporter.simulator.oracle.programme import CampaignCount, ModuleCount, QueueCount, SimulationCount
from exporter.simulator.oracle.terms import Histogram, Terms
from exporter.simulator.oracle.training import Count, TitleCount, counted, expected

__all__ = [
    "CampaignCount",
    "Count",
    "Histogram",
    "ModuleCount",
    "Oracle",
    "PerformanceCount",
    "QueueCount",
    "SafeScoreCount",
    "SimulationCount",
    "Terms",
    "TitleCount",
    "WatchlistCount",
    "counted",
    "expected",
]
