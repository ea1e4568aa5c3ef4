"""The scenarios, by name."""

from collections.abc import Iterable
from datetime import timedelta

from exporter.simulator.tenant import TenantOptions
from history.fleet import POOL, fleet
from history.scenario import EVERYTHING, EVERYTHING_OF_API_2, ODD_DATES, Account, Incident, Scenario, Span
from history.schedule import HOUR, MINUTE, Rhythm

_DAY = timedelta(days=1)
_THREE = ("Passwords", "Phishing: Think Before You Click", "Working From Home Securely")
_SLOW = ("performance", "phishing", "campaigns")
_HEAVY = ("safe_score", "safe_score_details", "performance_details", "phishing_results", "campaign_results")
# A little less than a number of hours, so that the scrape of the hour finds them due.
_RARELY = {"refresh_intervals": {**dict.fromkeys(_SLOW, "175m"), **dict.fromkeys(_HEAVY, "715m")}}
_OUTAGES = (Span(55 * _DAY, 4 * HOUR),)
_TYPOS = (Span(21 * _DAY, 5 * HOUR),)
_CALM = timedelta(minutes=5)

_ACME = (
    Incident("http_503", Span(62 * _DAY, 3 * HOUR)),
    Incident("date_off", Span(50 * _DAY, 7 * _DAY), {"seconds": 45.0}),
    Incident("rate_limited", Span(25 * _DAY, 30 * HOUR), {"probability": 0.12, "seconds": 900.0}),
    Incident("rate_limited", Span(100 * MINUTE, 25 * MINUTE), {"probability": 0.3, "seconds": 240.0}),
)
_GLOBEX = (
    Incident("reset", Span(40 * _DAY, 2 * HOUR)),
    Incident("token_401", Span(12 * _DAY, 9 * HOUR)),
    Incident("http_502", Span(2 * HOUR, 2 * HOUR - _CALM), {"probability": 0.03}),
)
_INITECH = (
    Incident("binding_expired", Span(60 * _DAY, 5 * HOUR)),
    Incident(ODD_DATES, Span(33 * _DAY, 2 * _DAY)),
    Incident("cut_json", Span(8 * _DAY, 3 * HOUR)),
)


def _acme(options: TenantOptions) -> Account:
    settings = {"collectors": EVERYTHING, "departments": True}
    return Account("acme", {"api": 1, "seed": 1, "upcoming": 1, **options}, settings, _ACME)


def _three(options: TenantOptions) -> tuple[Account, ...]:
    globex: TenantOptions = {"api": 2, "seed": 2, "upcoming": 0, **options}
    initech: TenantOptions = {"api": 1, "seed": 3, "upcoming": 0, "spelling": "table", **options}
    return (
        _acme(options),
        Account("globex", globex, {"collectors": EVERYTHING_OF_API_2}, _GLOBEX),
        Account("initech", initech, {"collectors": ("training",)}, _INITECH),
    )


def _by_name(scenarios: Iterable[Scenario]) -> dict[str, Scenario]:
    return {scenario.name: scenario for scenario in scenarios}


SCENARIOS = _by_name((
    Scenario(
        "one",
        "one tenant of API 1.0 with all collectors and departments, 12 titles, 250 people, 90 days",
        (_acme({"users": 250, "titles": 12, "simulations": 14}),),
        defaults=_RARELY,
        outages=_OUTAGES,
        typos=_TYPOS,
    ),
    Scenario(
        "small",
        "three tenants of both APIs, one of them with training alone, 3 titles, 250 people each, 90 days",
        _three({"users": 250, "titles": 3, "names": _THREE, "simulations": 5}),
        defaults=_RARELY,
        outages=_OUTAGES,
        typos=_TYPOS,
    ),
    Scenario(
        "titles",
        "one tenant of API 1.0 with all collectors and departments, 500 titles, 40 people, 90 days",
        (_acme({"users": 40, "titles": 500, "names": POOL, "title_days": 2, "simulations": 14}),),
        Rhythm(dense=HOUR),
        defaults={"refresh_interval": "12h"},
        outages=_OUTAGES,
        typos=_TYPOS,
    ),
    Scenario(
        "fleet",
        "200 tenants of both APIs, probed one by one, 500 titles over all, 90 days",
        fleet(),
        Rhythm(dense=HOUR),
        defaults={"refresh_interval": "1d"},
        probes=True,
        outages=_OUTAGES,
    ),
    Scenario(
        "fresh",
        "the three tenants of small, ten minutes after the first start of the exporter",
        _three({"users": 250, "titles": 3, "names": _THREE, "simulations": 5}),
        Rhythm(length=10 * MINUTE, dense=10 * MINUTE),
        lookback=5 * MINUTE,
    ),
))  # fmt: skip
