"""The fields of the prometheus-operator's objects that are used here, with their types.

No package brings the operator's own schemas in a form for tests, so this is copied out of its API by hand: a field that
is not listed is refused, and has to be looked up in the operator's documentation before it is added.
"""

from typing import Any, Final

Json = dict[str, Any]

_TEXT: Final[Json] = {"type": "string"}
_DURATION: Final[Json] = {"type": "string", "pattern": "^([0-9]+(ms|[smhd]))+$"}
_LABELS: Final[Json] = {"type": "object", "additionalProperties": _TEXT}


def _map(required: str, **fields: Json) -> Json:
    return {"type": "object", "additionalProperties": False, "required": required.split(), "properties": fields}


def _list(items: Json) -> Json:
    return {"type": "array", "minItems": 1, "items": items}


_RELABELING: Final = _map("targetLabel", sourceLabels=_list(_TEXT), targetLabel=_TEXT, replacement=_TEXT)
_RULE: Final[Json] = {
    **_map("expr", record=_TEXT, alert=_TEXT, expr=_TEXT, labels=_LABELS, annotations=_LABELS, **{"for": _DURATION}),
    "oneOf": [{"required": ["record"]}, {"required": ["alert"]}],
}
_SPECS: Final = {
    ("v1", "PrometheusRule"): _map(
        "groups", groups=_list(_map("name", name=_TEXT, interval=_DURATION, rules=_list(_RULE)))
    ),
    ("v1", "ServiceMonitor"): _map(
        "selector endpoints",
        selector=_map("matchLabels", matchLabels=_LABELS),
        endpoints=_list(_map("port", port=_TEXT, path=_TEXT, interval=_DURATION, scrapeTimeout=_DURATION)),
    ),
    ("v1alpha1", "ScrapeConfig"): _map(
        "",
        jobName=_TEXT,
        scrapeInterval=_DURATION,
        scrapeTimeout=_DURATION,
        metricsPath=_TEXT,
        httpSDConfigs=_list(_map("url", url={"type": "string", "pattern": "^https?://.+$"})),
        relabelings=_list(_RELABELING),
    ),
}


def schema(version: str, kind: str) -> Json:
    """Return the schema of an object; raise ``KeyError`` for one that is not known here."""
    metadata = _map("name", name=_TEXT, namespace=_TEXT, labels=_LABELS, annotations=_LABELS)
    return _map("apiVersion kind spec", apiVersion=_TEXT, kind=_TEXT, metadata=metadata, spec=_SPECS[version, kind])
