"""The declarations of the keys as a JSON Schema, draft 2020-12, for editors: what it refuses is refused here, too.

It cannot say everything: ranges of durations and sizes, what two tenants have in common, and what a secret holds.
"""

import json
from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import Any

from exporter.config.address import OAUTH_REGIONS, SIGNED_REGIONS, BaseUrl, ProxyUrl, Region
from exporter.config.context import Context
from exporter.config.credential import BASE64, OAUTH_KEYS, PATH, PROXY_KEY, SIGNED_KEYS, VARIABLE, yaml_spelling
from exporter.config.group import Group, Key
from exporter.config.keys import defaults_group, root_group, tenant_group
from exporter.config.kind import LONGEST_TEXT, Kind, MapOf, Names, Patterns, Raw, Switch, Text
from exporter.config.quantity import DURATION, SIZE, Duration, Integer, Rising, Size
from exporter.config.tenant import ADDRESS_KEYS

Schema = dict[str, Any]

_APIS = ((SIGNED_KEYS, SIGNED_REGIONS), (OAUTH_KEYS, OAUTH_REGIONS))

_HTTP, _HTTPS, _LOCALHOST = (
    "".join(f"[{letter.upper()}{letter}]" for letter in word) for word in ("http", "https", "localhost")
)
_HOST_AND_PORT = r"[A-Za-z0-9.:\[\]-]+"
_LOOPBACK = rf"(?:{_LOCALHOST}|127\.[0-9.]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]+)?"
_BASE_URL = rf"^(?:{_HTTPS}://{_HOST_AND_PORT}|{_HTTP}://{_LOOPBACK})/*$"
_PROXY_URL = rf"^{_HTTPS}?://(?:[^\s@/\\?#]+@)?{_HOST_AND_PORT}/*$"
# What is left out at the ends of a secret, and what may stand between.
_PRINTABLE = "^[ -~]*[!-~][ -~]*$"
_BASE64_SECRET = f"^ *{BASE64.pattern} *$"


def schema_text(context: Context) -> str:
    """Return the schema of a configuration file as the text of ``schema.json``."""
    return json.dumps(_root(context), indent=2) + "\n"


def _root(context: Context) -> Schema:
    group = root_group(context)
    defaults = next(key for key in group.keys if key.name == "defaults")
    tenants = next(key for key in group.keys if key.name == "tenants")
    root = _group(group)
    root["properties"] |= {
        "defaults": _described(defaults, _nullable(_group(defaults_group(context)) | {"allOf": [*_one_source_each()]})),
        "tenants": _described(tenants, {"type": "array", "minItems": 1, "items": _tenant(context)}),
    }
    address = {"anyOf": [_given(key) for key in ADDRESS_KEYS]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The configuration of mimecast-exporter",
        **root,
        "required": ["tenants"],
        "if": {"required": ["defaults"], "properties": {"defaults": address}},
        "else": {"properties": {"tenants": {"items": address}}},
    }


def _tenant(context: Context) -> Schema:
    group = tenant_group(context)
    own = {key.name: key for key in group.keys if key.name in {"name", "credentials"}}
    tenant = _group(group)
    tenant["properties"] |= {
        "name": _described(own["name"], schema_of(own["name"].kind)),
        "credentials": _described(own["credentials"], {"oneOf": [_secrets(keys) for keys, _ in _APIS]}),
    }
    rules = [*_one_source_each(), *(_regions_of(keys, regions) for keys, regions in _APIS)]
    return {**tenant, "allOf": rules, "required": [*own]}


def _one_source_each() -> Iterator[Schema]:
    """Refuse two answers to one question: where the API is, and where the address of the proxy stands."""
    for pair in (*combinations(ADDRESS_KEYS, 2), *combinations(yaml_spelling(PROXY_KEY), 2)):
        yield {"not": {"allOf": [_given(key) for key in pair]}}


def _regions_of(keys: Iterable[str], regions: Iterable[str]) -> Schema:
    """Say that credentials of one kind go with the regions of their API."""
    names = [name for key in keys for name in yaml_spelling(key)]
    credentials = {"type": "object", "anyOf": [{"required": [name]} for name in names]}
    return {
        "if": {"required": ["credentials"], "properties": {"credentials": credentials}},
        "then": {"properties": {"region": {"enum": [*regions, None]}}},
    }


def _given(key: str) -> Schema:
    """Say that a key is there; null counts as not given."""
    return {"type": "object", "required": [key], "properties": {key: {"not": {"type": "null"}}}}


def _secrets(keys: Iterable[str]) -> Schema:
    spellings = {key: [*yaml_spelling(key)] for key in keys}
    properties = {
        name: fragment
        for key, names in spellings.items()
        for name, fragment in zip(names, (_secret(key), schema_of(PATH), schema_of(VARIABLE)), strict=True)
    }
    choices = [{"oneOf": [{"required": [name]} for name in names]} for names in spellings.values()]
    return {**_map(properties), "allOf": choices}


def _secret(key: str) -> Schema:
    return {**schema_of(Text()), "pattern": _BASE64_SECRET if key == "secret_key" else _PRINTABLE}


def _group(group: Group) -> Schema:
    return _map({key.name: _described(key, _schema_of_key(key)) for key in group.keys})


def _map(properties: Schema) -> Schema:
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _schema_of_key(key: Key) -> Schema:
    fragment = schema_of(key.kind)
    return _nullable(fragment) if key.default is None or isinstance(key.kind, Group) else fragment


def _described(key: Key, fragment: Schema) -> Schema:
    sentences = (key.about, *(() if isinstance(key.kind, Group) else (key.kind.expected,)))
    description = " ".join(f"{text[0].upper()}{text[1:]}." for text in sentences)
    default = {} if key.default is None else {"default": key.default}
    return {"description": description, **default, **fragment}


def _nullable(fragment: Schema) -> Schema:
    both = {"type": [fragment["type"], "null"]} if "type" in fragment else {}
    words = {"enum": [*fragment["enum"], None]} if "enum" in fragment else {}
    return {**fragment, **both, **words}


def schema_of(kind: Kind) -> Schema:  # noqa: PLR0911 - one for each kind
    """Return what a JSON Schema can say of a kind; raise ``TypeError`` if nobody has written that down."""
    match kind:
        case Text(pattern=pattern):
            whole = {"pattern": f"^(?:{pattern.pattern})$"} if pattern else {}
            return {"type": "string", "minLength": 1, "maxLength": LONGEST_TEXT, **whole}
        case Region():
            return {"type": "string", "enum": [*dict.fromkeys((*SIGNED_REGIONS, *OAUTH_REGIONS))]}
        case BaseUrl():
            return {"type": "string", "pattern": _BASE_URL}
        case ProxyUrl():
            return {"type": "string", "pattern": _PROXY_URL}
        case Switch():
            return {"type": "boolean"}
        case Integer(low, high):
            return {"type": "integer", "minimum": low, "maximum": high}
        case Duration():
            return {"type": "string", "pattern": f"^(?:{DURATION.pattern})$"}
        case Size():
            return {"type": "string", "pattern": f"^(?:{SIZE.pattern})$"}
        case Group():
            return _group(kind)
        case _:
            return _schema_of_many(kind)


def _schema_of_many(kind: Kind) -> Schema:
    """Return what a JSON Schema can say of a kind with several values."""
    match kind:
        case Patterns():
            return {"type": "array", "items": schema_of(Text())}
        case Names(known):
            return {"type": "array", "minItems": 1, "uniqueItems": True, "items": {"enum": [*known]}}
        case Rising(high, most):
            number = {"type": "number", "exclusiveMinimum": 0, "maximum": high}
            return {"type": "array", "maxItems": most, "uniqueItems": True, "items": number}
        case MapOf(known, _, inner):
            return _map({name: schema_of(inner) for name in known})
        case Raw():
            return {}
        case _:
            raise TypeError(f"no JSON Schema is known of {type(kind).__name__}")
