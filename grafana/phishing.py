"""The phishing simulations of *Awareness training*: what each led to."""

from typing import Final

from grafana import threshold
from grafana.panel import Words
from grafana.query import of_tenants, once, ratio
from grafana.section import Section, line
from grafana.table import Column, Rows, barred, percents, pivot

_MOST: Final = 50
_KEYS: Final = "tenant, campaign"


def _number(name: str) -> str:
    return once(_KEYS, of_tenants(f"mimecast_phishing_{name}"))


_LAUNCH: Final = _number("launch_timestamp_seconds")
_NEWEST: Final = f"topk({_MOST}, {_LAUNCH} and on ({_KEYS}) {_number('sent')} > 0)"


def _row(expression: str) -> str:
    """Return numbers of the newest simulations, with the tenant before their names, since several share a lure."""
    return f'label_join(({expression}) and on ({_KEYS}) {_NEWEST}, "row", ": ", "tenant", "campaign")'


def _part(name: str, steps: threshold.Steps) -> Column:
    return percents(name.capitalize(), _row(ratio(_number(name), _number("sent"))), barred(steps), 190)


FUNNEL: Final = pivot(
    Words(
        title="Phishing simulations, newest first",
        about="What became of each simulation's messages: opened, clicked, something given away, reported; all are"
        f" parts of those sent. At most the {_MOST} newest.",
        empty="No simulations: the collector phishing is off for these tenants, or there was none.",
    ),
    Rows(label="row", heading="Simulation", sort="Launched", downwards=True),
    [
        Column(name="Launched", expression=_row(f"1000 * {_LAUNCH}"), unit="dateTimeFromNow", width=140),
        Column(name="Sent", expression=_row(_number("sent")), width=90),
        _part("opened", threshold.BAR),
        _part("clicked", threshold.CLICKS),
        _part("submitted", threshold.CLICKS),
        _part("reported", threshold.REPORTS),
    ],
)

SECTION: Final = Section("Phishing", [line(11, (24, FUNNEL))])
