from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from config.agreement import parse_good
from exporter.config.context import Context
from exporter.config.settings import (
    Config,
    File,
    Inline,
    OAuthCredentials,
    SecretSource,
    SignedCredentials,
    Tenant,
    Tls,
    Variable,
)
from exporter.errors import Problem
from exporter.model import Secret

SIGNED = "{application_id: an-id, application_key_file: a, access_key_env: B, secret_key: cGxhbnRlZA==}"
OAUTH = "{client_id: an-id, client_secret_file: c}"
ONE = f"tenants: [{{name: acme, region: eu, credentials: {SIGNED}}}]"


@pytest.fixture
def tenant(context: Context) -> Callable[..., Tenant]:
    """Return a function that parses one tenant with more lines, below a head."""

    def parse_tenant(more: str = "", head: str = "", credentials: str = SIGNED, address: str = "region: eu") -> Tenant:
        lines = ["  - name: acme", f"credentials: {credentials}", address, *more.splitlines()]
        text = f"{head}\ntenants:\n" + "\n    ".join(lines)
        return parse_good(text, context).config.tenants[0]

    return parse_tenant


def test_defaults(context: Context) -> None:
    """A tenant with a name, an address and credentials has every other setting by default, as the dataclasses say."""
    credentials = SignedCredentials(Inline(Secret("an-id")), File("a"), Variable("B"), Inline(Secret("cGxhbnRlZA==")))
    expected = Config((Tenant("acme", "https://eu-api.mimecast.com", credentials, ("training", "queue")),))
    loaded = parse_good(ONE, context)
    assert expected == loaded.config
    assert loaded.warnings == ()


def test_oauth(tenant: Callable[..., Tenant]) -> None:
    """The kind of the credentials decides the API, and with it what a region means."""
    found = tenant(credentials=OAUTH, address="region: us")
    assert OAuthCredentials(Inline(Secret("an-id")), File("c")) == found.credentials
    assert found.base_url == "https://us-api.services.mimecast.com"
    assert tenant(address="region: us").base_url == "https://us-api.mimecast.com"


def test_all_values(tenant: Callable[..., Tenant]) -> None:
    """Every key is read into seconds, bytes and plain values."""
    found = tenant("""collectors: [watchlist]
refresh_intervals: {queue: 0.5s}
refresh_interval: 1s
max_staleness: 0s
timeout: 2s
max_response_size: 1MiB
proxy_url: http://user:pass@proxy:3128/
tls: {ca_file: ca.pem, cert_file: c.pem, key_file: k.pem}
titles: {include: ["a.*"], exclude: [b], limit: 7}
minimum_group_size: 5
overdue_after: 1d
histogram_days: [0.5, 2]
campaigns: {newest: 0}
departments: true""")
    assert (
        found.collectors,
        found.refresh_interval_of("queue"),
        found.refresh_interval_of("watchlist"),
    ) == (("watchlist",), 0.5, 1.0)
    assert (found.max_staleness, found.timeout, found.max_response_size) == (0.0, 2.0, 1024**2)
    assert Inline(Secret("http://user:pass@proxy:3128")) == found.proxy_url
    assert Tls("ca.pem", "c.pem", "k.pem") == found.tls
    settings = found.settings
    assert [pattern.pattern for pattern in settings.titles.include] == ["a.*"]
    assert [pattern.pattern for pattern in settings.titles.exclude] == ["b"]
    assert (settings.titles.limit, settings.minimum_group_size, settings.overdue_after) == (7, 5, 86400.0)
    assert (settings.histogram_days, settings.campaigns.newest, settings.departments) == ((0.5, 2.0), 0, True)


def test_defaults_merge(tenant: Callable[..., Tenant]) -> None:
    """A tenant's own value wins over defaults, in maps key by key."""
    found = tenant(
        "titles: {limit: 9}\nrefresh_intervals: {queue: 2s}\ntimeout: 3s\nproxy_url: null",
        head="defaults: {titles: {limit: 5, exclude: [x]}, refresh_intervals: {queue: 1s, training: 1s},"
        " timeout: 2s, max_staleness: 2s, proxy_url: 'http://proxy'}",
    )
    assert (found.settings.titles.exclude[0].pattern, found.settings.titles.limit) == ("x", 9)
    assert found.refresh_intervals == {"queue": 2.0, "training": 1.0}
    assert (found.timeout, found.max_staleness, found.proxy_url) == (3.0, 2.0, None)


@pytest.mark.parametrize(
    ("expected", "own", "head"),
    [
        (File("proxy"), "proxy_url_file: proxy", ""),
        (Variable("PROXY"), "proxy_url_env: PROXY", ""),
        (File("proxy"), "", "defaults: {proxy_url_file: proxy}"),
        (Variable("PROXY"), "proxy_url_env: PROXY", "defaults: {proxy_url_file: proxy}"),
        (Inline(Secret("http://a")), "proxy_url: http://a", "defaults: {proxy_url_env: PROXY}"),
        (File("proxy"), "proxy_url: null\nproxy_url_file: proxy\nproxy_url_env:", ""),
        (None, "proxy_url: null", "defaults: {proxy_url_file: proxy}"),
        (None, "proxy_url_file:", "defaults: {proxy_url: 'http://proxy'}"),
    ],
)
def test_proxy(expected: SecretSource | None, own: str, head: str, tenant: Callable[..., Tenant]) -> None:
    """The address of a proxy comes from one place, which a tenant may change; null counts as not given."""
    assert expected == tenant(own, head=head).proxy_url


def test_address_in_defaults(tenant: Callable[..., Tenant]) -> None:
    """An own base_url replaces a region of the defaults, and is not a second address."""
    head = "defaults: {region: de}"
    assert tenant(head=head, address="").base_url == "https://de-api.mimecast.com"
    assert tenant(head=head, address="base_url: https://x.example").base_url == "https://x.example"


def test_empty_maps(tenant: Callable[..., Tenant]) -> None:
    """A map whose keys are all commented out is as good as an empty one."""
    assert tenant() == tenant("titles:\ntls:\ncampaigns:", head="defaults:")


def test_equal_after_reload(context: Context) -> None:
    """The same text gives equal tenants, with equal hashes, so that a reload can keep what has not changed."""
    first, second = (parse_good(ONE, context).config.tenants[0] for _ in range(2))
    assert first == second
    assert hash(first) == hash(second)


def test_credentials_twice(context: Context) -> None:
    """Two tenants with the same credentials are told of, and not refused (row 115)."""
    text = f"""tenants:
  - {{name: a, region: eu, credentials: {SIGNED}}}
  - {{name: b, region: us, credentials: {OAUTH}}}
  - {{name: c, region: us, credentials: {SIGNED}}}"""
    message = "tenants[0] has the same credentials, so both show the same account; give each tenant its own"
    assert (Problem("tenants[2].credentials", message),) == parse_good(text, context).warnings


@pytest.mark.parametrize(
    ("values", "place"),
    [
        ({}, "tenants[0].credentials.secret_key"),
        ({"proxy_url": "http://u:p@h", "credentials": OAUTH, "region": "us"}, "tenants[0].proxy_url"),
        ({"proxy_url": "http://h", "credentials": OAUTH, "region": "us"}, None),
        ({"proxy_url_file": "proxy", "credentials": OAUTH, "region": "us"}, None),
    ],
    ids=["secret", "proxy", "identifier", "proxy in a file"],
)
def test_open_file(values: dict[str, Any], place: str | None, context: Context) -> None:
    """A file that others can read is told of once if a secret stands in it; an identifier is none (row 117)."""
    keys = {"name": "a", "region": "eu", "credentials": SIGNED, **values}
    text = "tenants:\n  - " + "\n    ".join(f"{key}: {value}" for key, value in keys.items())
    loaded = parse_good(text, replace(context, readable_by_others=True))
    assert [place] * bool(place) == [warning.place for warning in loaded.warnings]
    assert parse_good(text, context).warnings == ()


def test_open_file_with_a_proxy_for_all(context: Context) -> None:
    """A password of a proxy that stands in the defaults of a file that others can read is told of there (row 117)."""
    tenants = f"tenants: [{{name: a, region: us, credentials: {OAUTH}}}, {{name: b, region: us, credentials: {OAUTH}}}]"
    text = f"defaults: {{proxy_url: 'http://u:p@h'}}\n{tenants}"
    warnings = parse_good(text, replace(context, readable_by_others=True)).warnings
    assert ["tenants[1].credentials", "defaults.proxy_url"] == [warning.place for warning in warnings]


def test_many_tenants(context: Context) -> None:
    """Five hundred tenants are read."""
    tenants = "".join(f"  - {{name: t{i}, region: us, credentials: {OAUTH}}}\n" for i in range(500))
    assert len(parse_good(f"tenants:\n{tenants}", context).config.tenants) == 500


def test_quoted_text(tenant: Callable[..., Tenant]) -> None:
    """Quotes make text of what YAML could take for something else; white space around a secret is left out."""
    found = tenant(credentials="{client_id: '0123', client_secret: ' 1e3 '}", address="region: 'us'")
    assert OAuthCredentials(Inline(Secret("0123")), Inline(Secret(" 1e3 "))) == found.credentials


def test_byte_order_mark(context: Context) -> None:
    """A byte order mark before the document is no part of it."""
    assert parse_good(ONE, context) == parse_good(f"\ufeff---\n{ONE}", context)


def test_nothing_shown(context: Context) -> None:
    """The repr of a configuration shows no secret."""
    assert "cGxhbnRl" not in repr(parse_good(ONE, context))
