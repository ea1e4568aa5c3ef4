"""The polls of *Exporter health*: how often, how long, and which failed."""

from typing import Final

from grafana import threshold
from grafana.freshness import UP
from grafana.panel import Query, Scale, Words, areas, bars, color, dashed, lines
from grafana.query import hourly, of_tenants
from grafana.section import Section, line

NEW: Final = "no exporter has been scraped, or too lately for this time range; choose a shorter one."
_POLLS: Final = of_tenants("mimecast_exporter_polls_total")
_FAILURES: Final = of_tenants("mimecast_exporter_poll_failures_total")
_HITS: Final = of_tenants("mimecast_exporter_cache_hits_total")
_DURATION: Final = of_tenants("mimecast_collector_duration_seconds")
_NONE_FAILED: Final = "No poll has failed in this time range."

TENANTS: Final = lines(
    Words(title="Tenants up", about="Tenants of which no poll fails, of all tenants.", empty=f"No tenants: {NEW}"),
    Scale("locale", decimals=0),
    [Query(f"count({UP})", "tenants"), Query(f"sum({UP})", "up")],
    {"tenants": dashed(threshold.GREY), "up": color(threshold.GOOD)},
)

RATES: Final = lines(
    Words(
        title="Polls an hour",
        about="How often Mimecast was polled, and how often a scrape was served from memory because no poll was due.",
        empty=f"No polls: {NEW}",
    ),
    Scale("locale"),
    [Query(hourly(_POLLS), "polls"), Query(hourly(_HITS), "served from memory")],
    {"polls": color(threshold.GOOD), "served from memory": dashed(threshold.WATCH)},
)

DURATION: Final = lines(
    Words(
        title="Duration of polls",
        about="How long the latest polls took, of the slowest and of a middling collector, with all their requests.",
        empty=f"No polls: {NEW}",
    ),
    Scale("s"),
    [Query(f"max({_DURATION})", "slowest"), Query(f"quantile(0.5, {_DURATION})", "middling")],
    {"slowest": dashed(threshold.WATCH), "middling": color(threshold.GOOD)},
)

# Reasons of one colour point at one place; their names are in the legend.
_POINTS_AT: Final = {
    "unauthorized|forbidden|binding_expired|auth_response": threshold.ACT,
    "rate_limited": threshold.PINK,
    "http_5xx|api_error": threshold.WATCH,
    "connect|timeout|tls|proxy|protocol|redirect|incomplete": threshold.SKY,
    "encoding|not_json|schema|too_large|http_4xx|http_other": threshold.YELLOW,
    "clock_skew|internal": threshold.GREY,
}

FAILURES: Final = areas(
    Words(
        title="Failed polls an hour, by reason",
        about="How often polls failed, and why. A colour is a place to look at: vermilion the credentials, pink the"
        " rate limit, amber Mimecast, sky blue the network, yellow the answers, grey this host.",
        empty=_NONE_FAILED,
    ),
    Scale("none"),
    [Query(hourly(_FAILURES, "reason"), "{{reason}}")],
    {reasons: color(hue) for reasons, hue in _POINTS_AT.items()},
)

REASONS: Final = bars(
    Words(
        title="Failed polls, by reason",
        about="How many polls failed in the time range, and why.",
        empty=_NONE_FAILED,
    ),
    Scale("locale", threshold.steps((threshold.ACT, None)), decimals=0),
    Query(f"sort_desc(sum by (reason) (increase({_FAILURES}[$__range])) > 0)", "{{reason}}", instant=True),
)

SLOWEST: Final = bars(
    Words(
        title="Slowest poll, by collector",
        about="How long the latest poll of each collector took, at the tenant where it took longest.",
        empty=f"No polls: {NEW}",
    ),
    Scale("s", threshold.steps((threshold.GOOD, None))),
    Query(f"sort_desc(max by (collector) ({_DURATION}))", "{{collector}}", instant=True),
)

POLLS: Final = Section(
    "Polls",
    [line(7, (8, TENANTS), (8, RATES), (8, DURATION)), line(9, (10, FAILURES), (7, REASONS), (7, SLOWEST))],
)
