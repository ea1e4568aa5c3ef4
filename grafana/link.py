"""Links between the dashboards, and from a name in a table to a dashboard of it alone."""

from typing import Final

from grafana.panel import Json
from prometheus.rule import Dashboard

# The uids of the dashboards, to which the links of alerts lead too.
AWARENESS: Final = Dashboard.AWARENESS.value
HEALTH: Final = Dashboard.EXPORTER.value

_CELL: Final = "${__value.text:percentencode}"
_KEPT: Final = "${datasource:queryparam}&${job:queryparam}"


def to_other(uid: str, title: str) -> Json:
    """Return the link at the head of a dashboard; the time range and what is chosen go with it."""
    return {
        "type": "link",
        "title": title,
        "url": f"/d/{uid}",
        "icon": "dashboard",
        "tooltip": "",
        "includeVars": True,
        "keepTime": True,
        "targetBlank": False,
        "asDropdown": False,
        "tags": [],
    }


def to_tenant(name: str = _CELL) -> Json:
    """Return the link to the awareness of one tenant alone; ``name`` is where it comes from, a cell by default."""
    return _to(AWARENESS, "This tenant alone", f"{_KEPT}&var-tenant={name}")


def to_title(name: str = _CELL) -> Json:
    """Return the link to the awareness of one title alone; ``name`` is where it comes from, a cell by default."""
    return _to(AWARENESS, "This title alone", f"{_KEPT}&${{tenant:queryparam}}&var-title={name}")


def to_health(name: str = _CELL) -> Json:
    """Return the link to the polls of one tenant alone; ``name`` is where it comes from, a cell by default."""
    return _to(HEALTH, "Polls of this tenant alone", f"{_KEPT}&var-tenant={name}")


def _to(uid: str, title: str, chosen: str) -> Json:
    return {"title": title, "url": f"/d/{uid}?{chosen}&${{__url_time_range}}", "targetBlank": False}
