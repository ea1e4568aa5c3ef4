"""Every key of the configuration, declared once: its kind with its range, its default, and what it does.

``config.example.yaml`` is checked against these declarations.
"""

import re

from exporter.config.address import BaseUrl, ProxyUrl, Region
from exporter.config.context import Context
from exporter.config.credential import PATH, VARIABLE, keys_of, yaml_spelling
from exporter.config.group import Group, Key
from exporter.config.kind import MapOf, Names, Patterns, Raw, Switch, Text
from exporter.config.quantity import Duration, Integer, Rising, Size

NAME = Text(
    "1 to 64 letters, digits, dots, underscores and hyphens, a letter or digit first",
    re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"),
)

_REFRESH_INTERVAL = Duration("0s", "7d")

TLS = Group(
    (
        Key("ca_file", PATH, None, "roots to trust instead of the usual ones"),
        Key("cert_file", PATH, None, "a certificate to show; needs key_file"),
        Key("key_file", PATH, None, "the private key of cert_file"),
    )
)

TITLES = Group(
    (
        Key("include", Patterns(), [], "only titles that one of these matches as a whole; [] takes all"),
        Key("exclude", Patterns(), [], "no titles that one of these matches as a whole"),
        Key("limit", Integer(1, 100_000), 500, "titles with series of their own; the others are folded"),
    )
)

CAMPAIGNS = Group(
    (Key("newest", Integer(0, 1000), 20, "campaigns, by launch date, with series of their own; the others are folded"),)
)


def root_group(context: Context) -> Group:
    """Return the keys of the top level; ``tenants`` are read one by one, when the defaults are known."""
    shared, each = _tenant_keys(context), "put it in a tenant or in defaults"
    nested = _elsewhere(shared)
    keys = (
        Key("scrape_timeout", Duration("0.1s", "1h"), "30s", "the longest that a scrape ever waits"),
        Key("max_polls", Integer(1, 1000), 32, "polls running at once, over all tenants; more wait their turn"),
        Key("defaults", defaults_group(context), {}, "any key of a tenant but name and credentials, for all tenants"),
        Key("tenants", Raw("a list of tenants"), None, "the customers of the vendor, at least one"),
    )
    return Group(keys, nested | {key.name: each for key in shared} | dict.fromkeys(_OWN, "put it in a tenant"))


def defaults_group(context: Context) -> Group:
    """Return the keys of ``defaults``."""
    keys = _tenant_keys(context)
    return Group(keys, _elsewhere(keys) | dict.fromkeys(_OWN, "each tenant has its own"))


def tenant_group(context: Context) -> Group:
    """Return the keys of a tenant; ``credentials`` are read by themselves."""
    keys = (
        Key("name", NAME, None, "the label of its series, and the target of /probe"),
        *_tenant_keys(context),
        Key("credentials", Raw("a map of secrets"), None, "what the vendor gave for its API; they decide which API"),
    )
    secrets = dict.fromkeys(keys_of(yaml_spelling), "put it under credentials")
    return Group(keys, _elsewhere(keys) | secrets)


_OWN = ("name", "credentials")


def _elsewhere(keys: tuple[Key, ...]) -> dict[str, str]:
    """Say of each key of a map within a tenant, and of the top level, where it belongs."""
    nested = {
        below.name: f"put it under {key.name}" for key in keys if isinstance(key.kind, Group) for below in key.kind.keys
    }
    return nested | dict.fromkeys(("scrape_timeout", "max_polls"), "put it at the top level")


def _tenant_keys(context: Context) -> tuple[Key, ...]:
    """Return the keys that a tenant and ``defaults`` have alike."""
    return (
        Key("region", Region(), None, "where the vendor keeps the tenant; instead of base_url"),
        Key("base_url", BaseUrl(), None, "the address of the API; instead of region"),
        Key("collectors", Names(context.collectors), [*context.default_collectors], "what is asked for"),
        Key(
            "refresh_intervals",
            MapOf(context.collectors, "collector", _REFRESH_INTERVAL),
            {},
            "where the interval of a collector differs from refresh_interval",
        ),
        Key("refresh_interval", _REFRESH_INTERVAL, "5m", "a scrape later than this polls; 0s: every scrape polls"),
        Key("max_staleness", Duration("0s", "30d"), "1h", "how long the last good numbers stay while polls fail"),
        Key("timeout", Duration("1s", "1h"), "60s", "for one poll, all its requests and retries together"),
        Key("max_response_size", Size("1KiB", "16GiB"), "256MiB", "an answer larger than this fails the poll"),
        Key("proxy_url", ProxyUrl(), None, "a proxy for calls to the vendor"),
        Key("proxy_url_file", PATH, None, "where the address of the proxy stands, instead of proxy_url"),
        Key("proxy_url_env", VARIABLE, None, "where the address of the proxy stands, instead of proxy_url"),
        Key("tls", TLS, {}, "own roots and an own certificate for calls to the vendor"),
        Key("titles", TITLES, {}, "which titles have series of their own"),
        Key("minimum_group_size", Integer(1, 1_000_000), 1, "titles with fewer assignments are folded"),
        Key("overdue_after", Duration("0s", "3650d"), "14d", "not watched this long after assignment is overdue"),
        Key(
            "histogram_days",
            Rising(3650, 50),
            [1, 3, 7, 14, 30, 60, 90],
            "bounds of the histograms; [] leaves them out",
        ),
        Key("campaigns", CAMPAIGNS, {}, "which campaigns have series of their own"),
        Key("departments", Switch(), default=False, about="series by department, where a collector has them"),
    )
