"""The 200 tenants of a service provider: small companies, each with a few titles, some of them in trouble."""

from datetime import timedelta
from random import Random

from exporter.simulator.programme.title import NAMES
from exporter.simulator.tenant import TenantOptions
from history.scenario import EVERYTHING, EVERYTHING_OF_API_2, Account, Incident, Span
from history.schedule import HOUR

TENANTS = 200
TITLES = 500
_UPCOMING = 1
_DAY = timedelta(days=1)
_ALWAYS = 400 * _DAY
_AUDIENCES = (
    *("", " (managers)", " (finance)", " (sales)", " (engineers)", " (newcomers)", " (executives)", " (contractors)"),
    *(" (field staff)", " (administrators)", " (support)"),
)
POOL = tuple(f"{name}{audience}" for audience in _AUDIENCES for name in NAMES)[:TITLES]
_TOWNS = (
    *("amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "haven", "indigo", "juniper", "kestrel", "larch"),
    *("maple", "nectar", "onyx", "poplar", "quartz", "rowan", "sable", "thistle", "umber", "violet", "willow"),
)
_TRADES = ("bank", "foods", "freight", "health", "law", "media", "motors", "power", "schools")
_SHORT = ("http_503", "reset", "rate_limited", "invalid_signature", "cut_json", "html_503")
# Tenants that are in trouble at the end of the history: since when, and why.
_LASTING = {
    17: ("binding_expired", 3 * _DAY),
    58: ("app_forbidden", _ALWAYS),
    111: ("http_503", 3 * HOUR),
    164: ("cut_json", 26 * HOUR),
}


def fleet() -> tuple[Account, ...]:
    """Return the accounts; always the same ones."""
    return tuple(_account(number) for number in range(TENANTS))


def _account(number: int) -> Account:
    random = Random(number)  # noqa: S311 - it must repeat, not be secret
    titles = random.randint(3, 6)
    first = number * TITLES // TENANTS
    options = TenantOptions(
        api=1 if number % 2 else 2,
        seed=1000 + number,
        users=random.randint(8, 60),
        titles=titles,
        title_days=random.choice((20, 30, 45)),
        upcoming=_UPCOMING,
        names=tuple(POOL[(first + place) % TITLES] for place in range(titles + _UPCOMING)),
        simulations=random.randint(2, 6),
    )
    name = f"{_TOWNS[number % len(_TOWNS)]}-{_TRADES[number // len(_TOWNS)]}"
    shift = random.randint(0, 20) * _DAY
    return Account(name, options, _settings(number), _incidents(number, random), shift)


def _settings(number: int) -> dict[str, object]:
    """Return few buckets for all, every collector for each tenth, and training alone for some."""
    settings: dict[str, object] = {"histogram_days": [7, 14, 30]}
    if number % 10 == 0:
        settings |= {"collectors": EVERYTHING_OF_API_2 if number % 2 == 0 else EVERYTHING, "departments": True}
    elif number % 25 == 7:
        settings |= {"collectors": ["training"]}
    return settings


def _incidents(number: int, random: Random) -> tuple[Incident, ...]:
    short = tuple(
        Incident(random.choice(_SHORT), Span(random.uniform(2, 88) * _DAY, random.uniform(2, 14) * HOUR))
        for _ in range(random.choice((0, 0, 0, 1, 2)))
    )
    if number not in _LASTING:
        return short
    fault, ago = _LASTING[number]
    return (*short, Incident(fault, Span(ago, 2 * _ALWAYS)))
