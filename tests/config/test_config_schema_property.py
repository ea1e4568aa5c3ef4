"""Whatever is written, what the schema refuses the parser refuses, too."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from config.agreement import complaints
from config.conftest import read
from exporter.commands.assembly import CATALOGUE
from exporter.config.address import OAUTH_REGIONS, SIGNED_REGIONS, BaseUrl, ProxyUrl, Region
from exporter.config.context import Context
from exporter.config.credential import OAUTH_KEYS, SIGNED_KEYS, yaml_spelling
from exporter.config.group import Group
from exporter.config.keys import defaults_group, root_group, tenant_group
from exporter.config.kind import Kind, MapOf, Names, Patterns, Switch
from exporter.config.parse import parse
from exporter.config.quantity import Duration, Integer, Rising, Size
from exporter.errors import ConfigurationError

Values = st.SearchStrategy[Any]

CONTEXT = Context(CATALOGUE.collectors, CATALOGUE.default_collectors, read)
DURATIONS = st.builds("{}{}".format, st.sampled_from(["1", "30", "007", "0.5", "0"]), st.sampled_from("smhd"))
SIZES = st.builds("{}{}".format, st.integers(0, 2000), st.sampled_from(["B", "KiB", "MiB", "GiB"]))
ADDRESSES = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["https://", "HTTPS://", "http://", "Http://u:p%40@", "socks5://", "http://u@"]),
    st.sampled_from(["x.example", "LocalHost", "127.0.0.1", "127.9.9.9", "[::1]", "10.0.0.1", "[2001:DB8::1]", "x_y"]),
    st.sampled_from(["", ":1", ":65535", ":65536", ":"]),
    st.sampled_from(["", "/", "//", "/x", "?q", "#f"]),
)
TEXTS = st.one_of(
    st.sampled_from(["a", "A_B", " a.b-c ", "cGxhbnRlZA==", "a\\d+", "(", "(?P<a>.)"]), st.text(max_size=4)
)
ODD = st.recursive(
    st.one_of(TEXTS, DURATIONS, st.none(), st.booleans(), st.integers(-1, 1001), st.floats(0, 9)),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(TEXTS, inner, max_size=2)),
    max_leaves=3,
)


def fitting(kind: Kind) -> Values:  # noqa: PLR0911 - one for each kind
    """Return values that a kind may well accept, at and beyond its bounds."""
    match kind:
        case Duration():
            return DURATIONS
        case Size():
            return SIZES
        case Integer(low, high):
            return st.integers(low, high) | st.integers(low - 1, high + 1)
        case Region():
            return st.sampled_from(sorted({*SIGNED_REGIONS, *OAUTH_REGIONS}))
        case BaseUrl() | ProxyUrl():
            return ADDRESSES
        case Switch():
            return st.booleans()
        case _:
            return fitting_many(kind)


def fitting_many(kind: Kind) -> Values:
    """Return values that a kind with several values may well accept."""
    match kind:
        case Rising(high):
            return st.lists(st.integers(0, high + 1) | st.floats(0, 9), max_size=3).map(sorted)
        case Names(known):
            return st.lists(st.sampled_from(known), max_size=3)
        case Patterns():
            return st.lists(TEXTS, max_size=2)
        case MapOf(known, _, inner):
            return st.dictionaries(st.sampled_from(known), fitting(inner), max_size=2)
        case Group():
            return some_of(kind)
        case _:
            return TEXTS


def some_of(group: Group, without: Iterable[str] = ()) -> Values:
    """Return maps of a few keys of a group, now and then with an odd value."""
    keys = {key.name: likely(key.kind) for key in group.keys if key.name not in without}
    names = st.lists(st.sampled_from(sorted(keys)), max_size=2, unique=True)
    return names.flatmap(lambda some: st.fixed_dictionaries({name: keys[name] for name in some}))


def likely(kind: Kind) -> Values:
    return mostly(fitting(kind))


def mostly(values: Values) -> Values:
    """Return these values, and an odd one now and then."""
    return st.integers(0, 19).flatmap(lambda dice: ODD if dice == 19 else values)


def spelled(keys: Iterable[str]) -> Values:
    """Return credentials of one kind, each key in one of its spellings."""
    values = {"secret_key": st.just("cGxhbnRlZA==")}
    words = st.sampled_from(["a", "_B2", " c "])
    pairs = [st.tuples(st.sampled_from([*yaml_spelling(key)]), mostly(values.get(key, words))) for key in keys]
    return st.tuples(*pairs).map(dict)


CREDENTIALS = st.one_of(spelled(SIGNED_KEYS), spelled(OAUTH_KEYS), mostly(spelled(SIGNED_KEYS)))
PLACES = st.sampled_from([{"region": "us"}, {"base_url": "https://x.example"}, {"region": "us"}, {"region": "eu"}, {}])
NAMES = mostly(st.text("aB0._-", min_size=1, max_size=65))
KEYS = some_of(tenant_group(CONTEXT), without=("name", "credentials"))


def tenant(name: Any, place: Mapping[str, Any], credentials: Any, more: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": name, **place, "credentials": credentials, **more}


@given(
    root=st.just({}) | some_of(root_group(CONTEXT), without=("defaults", "tenants")),
    defaults=st.none() | some_of(defaults_group(CONTEXT)),
    tenants=st.lists(st.builds(tenant, NAMES, PLACES, CREDENTIALS, KEYS), min_size=1, max_size=2),
)
@example(root={}, defaults=None, tenants=[tenant("a", {"region": "us"}, {"client_id": "a", "client_secret": "b"}, {})])
@example(root={}, defaults={"region": "us"}, tenants=[tenant("a", {}, {"client_id": "a", "client_secret": " b "}, {})])
def test_the_schema_refuses_nothing_that_the_parser_accepts(
    root: dict[str, Any], defaults: Any, tenants: list[dict[str, Any]]
) -> None:
    """A configuration that the parser accepts is one of which the schema complains nowhere."""
    tree = {**root, "defaults": defaults, "tenants": tenants}
    try:
        parse(json.dumps(tree, ensure_ascii=False), CONTEXT)
    except ConfigurationError:
        return
    assert set() == complaints(tree)
