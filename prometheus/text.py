"""The pieces of Prometheus's templates from which the texts of alerts are made: numbers and lists as they are now.

In a query ``$tenant`` stands for the alert's own label of that name, and so do others.
"""

import re
from typing import Final

from prometheus.rule import THRESHOLDS

_LABEL: Final = re.compile(r"\$(\w+)")
COUNT: Final = 'printf "%.0f"'
PERCENT: Final = "humanizePercentage"


def shown_limit(name: str) -> str:
    """Return a threshold as it is when the alert fires, whoever has changed it."""
    threshold = THRESHOLDS[name]
    return shown_days(threshold.series) if threshold.unit == "seconds" else shown(threshold.series, PERCENT)


def shown(query: str, form: str = COUNT) -> str:
    """Return the value of the one series of a query."""
    return f"{{{{ with {_asked(query)} }}}}{{{{ . | first | value | {form} }}}}{{{{ end }}}}"


def shown_days(query: str) -> str:
    """Return the value of the one series of a query, which is in seconds, in days."""
    return f"{shown(f'({query}) / 86400')} days"


def listed(query: str, label: str, item: str, *, none: str = "") -> str:
    """Return an ``item`` for each series of a query, by a label, with commas; in it the series is ``$one``."""
    head = f'range $number, $one := {_asked(query)} | sortByLabel "{label}"'
    otherwise = f"{{{{ else }}}}{none}" if none else ""
    return f"{{{{ {head} }}}}{{{{ if $number }}}}, {{{{ end }}}}{item}{otherwise}{{{{ end }}}}"


def where(query: str, text: str) -> str:
    """Return a text that is there only if the query has a result."""
    return f"{{{{ if {_asked(query)} }}}}{text}{{{{ end }}}}"


def _asked(query: str) -> str:
    labels = _LABEL.findall(query)
    if not labels:
        return f"query `{query}`"
    return f"query (printf `{_LABEL.sub('%q', query)}` {' '.join(f'$labels.{label}' for label in labels)})"
