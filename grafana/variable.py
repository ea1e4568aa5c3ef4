"""What a reader chooses at the head of a dashboard, and what becomes of it in queries."""

from typing import Final

from grafana.panel import SOURCE, Json

_HIDDEN: Final = 2

SOURCE_CHOICE: Final[Json] = {
    "name": "datasource",
    "label": "Data source",
    "type": "datasource",
    "query": "prometheus",
    "regex": "",
    "current": {},
    "refresh": 1,
    "hide": 0,
    "multi": False,
    "includeAll": False,
}


def choice(name: str, selector: str) -> Json:
    """Return a variable with the values of the label of its own name; all of them unless somebody chooses."""
    asked = _asked(name, f"label_values({selector}, {name})")
    chosen = {"selected": True, "text": ["All"], "value": ["$__all"]}
    return {**asked, "label": name.title(), "sort": 5, "multi": True, "includeAll": True, "current": chosen, "hide": 0}


def matcher(name: str) -> Json:
    """Return the hidden variable of what queries match: anything if all are chosen, else those that are.

    Its name is that of the choice in the plural. Without it hundreds of titles would stand in every selector of every
    query. An ``allValue`` would do so too, but what draws dashboards without a Grafana may know none.
    """
    chosen = _labelled("vector(1)", "match", f"${{{name}:regex}}")
    told = _labelled(chosen, "all", f"${{{name}:text}}")
    query = f"query_result(label_replace({told}, `match`, `.+`, `all`, `All`))"
    return {
        **_asked(f"{name}s", query),
        "label": f"Matched {name}s",
        "regex": '/match="(.*)"\\}/',
        "sort": 0,
        "multi": False,
        "includeAll": False,
        "current": {"selected": True, "text": ".+", "value": ".+"},
        "hide": _HIDDEN,
        "skipUrlSync": True,
    }


def _labelled(expression: str, label: str, text: str) -> str:
    """Return a series with a text as a label: what joins two labels that it has not, for then nothing is expanded."""
    return f"label_join({expression}, `{label}`, `{text}`, `none`, `none`)"


def _asked(name: str, query: str) -> Json:
    return {
        "name": name,
        "type": "query",
        "datasource": SOURCE,
        "query": {"query": query, "refId": name},
        "definition": query,
        "regex": "",
        "refresh": 2,
    }
