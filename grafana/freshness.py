"""How old the data is: a figure of both dashboards."""

from typing import Final

from grafana import threshold
from grafana.panel import Panel, Query, Scale, Words, figure
from grafana.query import age, of_tenants, once, some_of

KEYS: Final = "tenant, collector"
SUCCESS: Final = once(KEYS, of_tenants("mimecast_collector_success"))
UP: Final = once("tenant", of_tenants("mimecast_up"))

_CALM: Final = threshold.ground(threshold.PLAIN_STEPS)

# Of what fails, the oldest; only if nothing does, of all: what is asked for once a day is not late at noon.
_OLDEST: Final = f"""\
label_replace(topk(1, {age(KEYS)} and on ({KEYS}) {SUCCESS} == 0), "note", ", failing", "", "")
or on ()
topk(1, {age(KEYS)})"""


def oldest(title: str) -> Panel:
    """Return the age of the oldest numbers, and how many tenants fail."""
    words = Words(
        title=title,
        about="How old the oldest numbers are, and whose. While polls of them fail, amber says that three refresh"
        " intervals have passed, vermilion that the numbers vanish soon or have vanished; else it has no colour, for"
        " what is asked for rarely may be old. Below: tenants of which some poll fails now.",
        empty="no poll yet",
    )
    return figure(
        words,
        Scale("s", threshold.AGE, decimals=0),
        [
            Query(_OLDEST, "{{tenant}}: {{collector}}{{note}}", instant=True),
            Query(some_of(f"{UP} == 0", UP), "failing, of {{whole}}", instant=True),
        ],
        {
            ".*(?<!, failing)": {"thresholds": _CALM},
            "failing, of [0-9]+": {"unit": "locale", "thresholds": threshold.ground(threshold.NONE_IS_GOOD)},
        },
    )
