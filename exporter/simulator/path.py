"""The paths under which the vendor answers, and what kind of question each takes."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

LARGEST_SIZE = 500
ROOT = "/api/awareness-training/"
TRAINING_PATH = f"{ROOT}user/get-training-details"

# Documented without paging; documented with it; with it, and one object asked for by its id.
Kind = Literal["whole", "paged", "paged_by_id"]

KINDS: Mapping[str, Kind] = MappingProxyType({
    TRAINING_PATH: "whole",
    f"{ROOT}queue/get-queue": "whole",
    f"{ROOT}company/get-performance-details": "paged",
    f"{ROOT}company/get-performance-summary": "whole",
    f"{ROOT}company/get-safe-score-details": "paged",
    f"{ROOT}company/get-safe-score-summary": "whole",
    f"{ROOT}company/get-watchlist-details": "paged",
    f"{ROOT}company/get-watchlist-summary": "whole",
    f"{ROOT}phishing/campaign/get-campaign": "whole",
    f"{ROOT}phishing/campaign/get-user-data": "paged_by_id",
    f"{ROOT}campaign/get-campaigns": "whole",
    f"{ROOT}campaign/get-user-data": "paged_by_id",
})  # fmt: skip
ONLY_API_1 = frozenset({f"{ROOT}campaign/get-campaigns", f"{ROOT}campaign/get-user-data"})
