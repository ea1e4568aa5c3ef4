"""Requests and resources of *Exporter health*: the way to Mimecast, its rate limit, and the process itself."""

from dataclasses import replace
from typing import Final

from grafana import threshold
from grafana.freshness import UP
from grafana.panel import FEW_POINTS, Query, Scale, Words, areas, color, dashed, lines
from grafana.polling import NEW
from grafana.query import hourly, of_jobs, of_tenants, once, some
from grafana.section import Section, line

_WAITS: Final = once("tenant", of_tenants("mimecast_api_blocked_until_timestamp_seconds"))
_LEFT: Final = once("tenant", of_tenants("mimecast_api_rate_limit_remaining"))
_LIMIT: Final = once("tenant", of_tenants("mimecast_api_rate_limit"))
_BUCKETS: Final = of_tenants("mimecast_exporter_api_request_duration_seconds_bucket")
_SKEW: Final = of_tenants("mimecast_api_clock_skew_seconds")
_SCRAPES: Final = of_jobs("scrape_duration_seconds")
_STATUSES: Final = {
    "2..": color(threshold.GOOD),
    "429": color(threshold.PINK),
    "4(?!29)..": color(threshold.WATCH),
    "5..": color(threshold.ACT),
    "error": color(threshold.GREY),
}
_SHADES: Final = {".*": {"color": {"mode": "shades", "fixedColor": threshold.GOOD}}}


def _within(part: float) -> str:
    return f"histogram_quantile({part:g}, sum by (le) (rate({_BUCKETS}[$__rate_interval])))"


def _unreadable(*matchers: str) -> str:
    return f"sum({once('tenant, collector, field', of_tenants('mimecast_collector_unreadable', *matchers))})"


REQUESTS: Final = areas(
    Words(
        title="Requests to Mimecast an hour, by status",
        about="Requests over all chosen tenants, with retries and those for tokens; error is one without any answer.",
        empty=f"No requests: {NEW}",
    ),
    Scale("locale"),
    [Query(hourly(of_tenants("mimecast_exporter_api_requests_total"), "code"), "{{code}}")],
    _STATUSES,
)

WAIT: Final = lines(
    Words(
        title="Duration of requests",
        about="How long Mimecast takes until an answer begins: half of the requests at most the lower line, 99 of 100"
        " at most the upper one.",
        empty=f"No requests: {NEW}",
    ),
    Scale("s"),
    [Query(_within(0.5), "half within"), Query(_within(0.99), "99 of 100 within")],
    {"half within": color(threshold.GOOD), "99 of 100 within": dashed(threshold.WATCH)},
)

LEFT: Final = lines(
    Words(
        title="Rate limit left",
        about="Which part of Mimecast's rate limit was left after the latest request, at the tenant where least was.",
        empty=f"Mimecast has told no rate limit, or {NEW}",
    ),
    Scale("percentunit", most=1),
    [Query(f"min({_LEFT} / ({_LIMIT} > 0))", "least left")],
    {"least left": color(threshold.GOOD)},
)

WAITS: Final = lines(
    Words(
        title="Tenants that wait for the rate limit",
        about="Tenants to which nothing was sent at that moment, because Mimecast had asked for a wait.",
        empty=f"No tenants: {NEW}",
    ),
    Scale("locale", decimals=0),
    [Query(some(f"{_WAITS} > time()", UP), "tenants")],
    {"tenants": color(threshold.WATCH)},
)

SKEWS: Final = lines(
    Words(
        title="Clock skew over time",
        about="Mimecast's clock less ours, at the tenants where it is furthest ahead and furthest behind; from"
        f" {threshold.limit('clock_skew'):g} seconds on Mimecast refuses what we sign.",
        empty=f"Mimecast has told no time, or {NEW}",
    ),
    Scale("s", least=None),
    [Query(f"max({_SKEW})", "furthest ahead"), Query(f"min({_SKEW})", "furthest behind")],
    {"furthest ahead": dashed(threshold.WATCH), "furthest behind": color(threshold.GOOD)},
)

UNREADABLE: Final = replace(
    lines(
        Words(
            title="Unreadable values",
            about="Values of the latest good polls that could not be read, over all fields and chosen tenants; of"
            " these, the records and people that had to be left out.",
            empty=f"No polls: {NEW}",
        ),
        Scale("locale", decimals=0),
        [Query(_unreadable(), "values"), Query(_unreadable('field=~"record|user"'), "left out")],
        {"values": dashed(threshold.WATCH), "left out": color(threshold.ACT)},
    ),
    points=FEW_POINTS,
)

MEMORY: Final = lines(
    Words(title="Memory", about="Resident memory of each exporter, of the eight largest.", empty=f"No process: {NEW}"),
    Scale("bytes"),
    [Query(f"topk(8, {once('instance', of_jobs('process_resident_memory_bytes'))})", "{{instance}}")],
    _SHADES,
)

CPU: Final = lines(
    Words(
        title="CPU",
        about="Processor time of each exporter, of the eight busiest; 100 % is one core.",
        empty=f"No process: {NEW}",
    ),
    Scale("percentunit"),
    [
        Query(
            f"topk(8, max by (instance) (rate({of_jobs('process_cpu_seconds_total')}[$__rate_interval])))",
            "{{instance}}",
        ),
    ],
    _SHADES,
)

SCRAPES: Final = lines(
    Words(
        title="Duration of scrapes",
        about="How long Prometheus waited for a page, of the slowest and of a middling target. A page waits for polls.",
        empty=f"No scrapes: {NEW}",
    ),
    Scale("s"),
    [Query(f"max({_SCRAPES})", "slowest"), Query(f"quantile(0.5, {_SCRAPES})", "middling")],
    {"slowest": dashed(threshold.WATCH), "middling": color(threshold.GOOD)},
)

PAGES: Final = areas(
    Words(
        title="Pages asked for an hour",
        about="What Prometheus, health checks and people asked of the exporters, by HTTP status; 503 is more at once"
        " than they answer.",
        empty=f"No requests: {NEW}",
    ),
    Scale("locale"),
    [Query(hourly(of_jobs("mimecast_exporter_http_requests_total"), "code"), "{{code}}")],
    _STATUSES,
)

API: Final = Section(
    "Mimecast", [line(7, (8, REQUESTS), (8, WAIT), (8, LEFT)), line(7, (8, WAITS), (8, SKEWS), (8, UNREADABLE))]
)
PROCESS: Final = Section("Exporter", [line(7, (6, MEMORY), (6, CPU), (6, SCRAPES), (6, PAGES))])
