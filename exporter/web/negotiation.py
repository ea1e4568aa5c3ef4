"""What a client wants, read from its headers: the format, gzip, how long it waits.

A header is a wish: whatever is odd about it counts as not said, never as an error.
"""

import math
import re
from collections.abc import Iterator
from functools import lru_cache

from exporter.exposition import Format

SHORTEST_BUDGET = 0.1
# A scraper says the same each time.
_KEPT = 64

_QUALITY = re.compile(r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?")
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?")


@lru_cache(_KEPT)
def choose_format(accept: str | None) -> Format:
    """Return the format that ``accept`` prefers of those that we have, the text format if in doubt."""
    best, best_quality = Format.TEXT, 0.0
    for name, parameters, quality in _weighted(accept or ""):
        wanted = _named_format(name, parameters.get("version"))
        if wanted is not None and quality > best_quality:
            best, best_quality = wanted, quality
    return best


@lru_cache(_KEPT)
def accepts_gzip(accept_encoding: str | None) -> bool:
    """Say whether a body compressed by gzip is welcome."""
    qualities = {name: quality for name, _, quality in _weighted(accept_encoding or "")}
    return qualities.get("gzip", qualities.get("x-gzip", qualities.get("*", 0.0))) > 0


def scrape_budget(header: str | None, offset: float, longest: float) -> float:
    """Return how many seconds a scrape may take.

    ``header`` is the ``X-Prometheus-Scrape-Timeout-Seconds``, of which ``offset`` is kept for the way back; a scrape
    never takes longer than ``longest``.
    """
    if header is None or not _NUMBER.fullmatch(header):
        return longest
    seconds = float(header)
    if not math.isfinite(seconds):
        return longest
    return min(max(seconds - offset, SHORTEST_BUDGET), longest)


def _named_format(name: str, version: str | None) -> Format | None:
    match name, version:
        case "application/openmetrics-text", None | "1.0.0":
            return Format.OPENMETRICS
        case ("text/plain", None | "0.0.4") | ("text/*" | "*/*", None):
            return Format.TEXT
        case _:
            return None


def _weighted(header: str) -> Iterator[tuple[str, dict[str, str], float]]:
    """Yield name, parameters and quality of each element of a header that is a list with q-values."""
    for element in header.split(","):
        name, *pairs = element.split(";")
        parameters = {}
        for pair in pairs:
            key, _, value = pair.partition("=")
            parameters[key.strip().lower()] = value.strip().strip('"')
        quality = parameters.get("q", "1")
        if _QUALITY.fullmatch(quality):
            yield name.strip().lower(), parameters, float(quality)
