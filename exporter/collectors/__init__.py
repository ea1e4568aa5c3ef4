"""The collectors: one file a subject. A new one is its own file, and one line here."""

from typing import Final

from exporter.collectors.campaign_results import CAMPAIGN_RESULTS
from exporter.collectors.campaigns import CAMPAIGNS
from exporter.collectors.performance import PERFORMANCE
from exporter.collectors.performance_details import PERFORMANCE_DETAILS
from exporter.collectors.phishing import PHISHING
from exporter.collectors.phishing_results import PHISHING_RESULTS
from exporter.collectors.question import Collector
from exporter.collectors.queue import QUEUE
from exporter.collectors.safe_score import SAFE_SCORE
from exporter.collectors.safe_score_details import SAFE_SCORE_DETAILS
from exporter.collectors.training import TRAINING
from exporter.collectors.watchlist import WATCHLIST

COLLECTORS: Final[tuple[Collector, ...]] = (
    TRAINING,
    QUEUE,
    PERFORMANCE,
    SAFE_SCORE,
    WATCHLIST,
    PERFORMANCE_DETAILS,
    SAFE_SCORE_DETAILS,
    PHISHING,
    PHISHING_RESULTS,
    CAMPAIGNS,
    CAMPAIGN_RESULTS,
)
DEFAULT_COLLECTORS: Final = ("training", "queue", "performance", "safe_score", "watchlist")
