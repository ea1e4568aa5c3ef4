"""The tenants of *Awareness training*, side by side: which of them needs somebody."""

from typing import Final

from grafana import query, threshold
from grafana.freshness import KEYS, UP
from grafana.link import to_health, to_tenant
from grafana.panel import Words
from grafana.section import Section, line
from grafana.table import GROUND, Column, Rows, barred, colored, percents, pivot, said

_STATE: Final = {
    **said({"0": ("failing", threshold.ACT), "1": ("up", "transparent")}),
    "custom.cellOptions": GROUND,
    "custom.align": "center",
}

TENANTS: Final = pivot(
    Words(
        title="Tenants",
        about="All chosen tenants; a click on a heading sorts, one on a tenant shows it alone. Failing means that the"
        " latest poll of some collector did; the data age is that of its oldest numbers.",
        empty="No tenant: no exporter has been scraped.",
    ),
    Rows(label="tenant", heading="Tenant", sort="Completion", links=(to_tenant(), to_health())),
    [
        Column(name="Polls", expression=UP, width=90, look=_STATE),
        Column(name="Data age", expression=f"max by (tenant) ({query.age(KEYS)})", unit="s"),
        Column(name="People", expression=query.people("tenant"), width=90),
        Column(name="Sent", expression=query.sent("tenant")),
        percents("Completion", query.completion("tenant"), barred(threshold.COMPLETION), 190),
        percents("Overdue", query.overdue("tenant"), colored(threshold.OVERDUE)),
        percents("Watch list", query.watchlist("tenant"), colored(threshold.WATCHLIST)),
        percents("Grade D or F", query.risk("tenant"), colored(threshold.RISK), 120),
        percents("Clicked", query.phishing("clicked", "tenant"), colored(threshold.CLICKS)),
        percents("Reported", query.phishing("reported", "tenant"), colored(threshold.REPORTS)),
    ],
)

SECTION: Final = Section("Tenants", [line(9, (24, TENANTS))])
