"""The first screen of *Exporter health*: is all well, and if not, what fails, why, and what to do."""

from typing import Final

from exporter.errors import Reason
from exporter.hint import HINTS
from grafana import threshold
from grafana.freshness import KEYS, SUCCESS, UP, oldest
from grafana.link import to_health, to_tenant
from grafana.panel import Panel, Query, Scale, Words, figure
from grafana.query import age, named, of_jobs, of_tenants, once, ratio, some_of
from grafana.section import Section, line
from grafana.table import GROUND, NOTHING, organized, said, sorted_by

_TARGETS: Final = once("job, instance", of_jobs("up"))
_NO_EXPORTER: Final = "no exporter"

DOWN: Final = figure(
    Words(
        title="Targets down",
        about="Targets of Prometheus that do not answer: exporters, or tenants where each is probed by itself.",
        empty=_NO_EXPORTER,
    ),
    Scale("locale", threshold.NONE_IS_GOOD),
    [Query(some_of(f"{_TARGETS} == 0", _TARGETS), "down, of {{whole}}", instant=True)],
)

_POLLS: Final = f"sum(increase({of_tenants('mimecast_exporter_polls_total')}[$__range]))"
_FAILED: Final = f"sum(increase({of_tenants('mimecast_exporter_poll_failures_total')}[$__range]))"

FAILED: Final = figure(
    Words(
        title="Polls failed",
        about="Which part of the polls in the time range failed, over all exporters, and how many polls there were.",
        empty="no polls",
    ),
    Scale("percentunit"),
    [
        Query(ratio(f"({_FAILED} or 0 * {_POLLS})", _POLLS), "failed", instant=True),
        Query(_POLLS, "polls", instant=True),
    ],
    {"polls": {"unit": "locale", "decimals": 0}},
)

_WAITS: Final = once("tenant", of_tenants("mimecast_api_blocked_until_timestamp_seconds"))
WAITING: Final = figure(
    Words(
        title="Rate limited",
        about="Tenants to which nothing is sent until the moment that Mimecast has named. It heals by itself; if it"
        " comes back again and again, raise refresh_interval.",
        empty=_NO_EXPORTER,
    ),
    Scale("locale", threshold.steps((threshold.GOOD, None), (threshold.WATCH, 1))),
    [Query(some_of(f"{_WAITS} > time()", UP), "waiting, of {{whole}}", instant=True)],
)

_SKEW: Final = of_tenants("mimecast_api_clock_skew_seconds")
SKEW: Final = figure(
    Words(
        title="Clock skew",
        about="The largest difference between Mimecast's clock and ours, and at which tenant. From"
        f" {threshold.limit('clock_skew'):g} seconds on Mimecast refuses what we sign.",
        empty="not told",
    ),
    Scale("s", threshold.steps((threshold.GOOD, None), (threshold.ACT, threshold.limit("clock_skew")))),
    [Query(f"topk(1, max by (tenant) (abs({_SKEW})))", "{{tenant}}", instant=True)],
)

_WORST_FIELD: Final = once(KEYS, of_tenants("mimecast_collector_unreadable"))
_RECORDS: Final = once(KEYS, of_tenants("mimecast_collector_records"))
UNREADABLE: Final = figure(
    Words(
        title="Unreadable",
        about="The part of the records whose worst field cannot be read, where it is largest. From"
        f" {threshold.percent('unreadable_records')} on Mimecast's answers have probably changed.",
        empty="no records",
    ),
    Scale("percentunit", threshold.high_is_bad("unreadable_records")),
    [Query(f"topk(1, {ratio(_WORST_FIELD, _RECORDS)})", "{{tenant}}: {{collector}}", instant=True)],
)

CONFIGURATION: Final = figure(
    Words(
        title="Configuration",
        about="Whether the latest configuration is in use at all exporters, and when the oldest one was read. Refused"
        " means that an exporter goes on with its old one; mimecast-exporter check --offline names what is wrong.",
        empty=_NO_EXPORTER,
    ),
    Scale("none"),
    [
        Query(f"min({of_jobs('mimecast_exporter_config_last_reload_successful')})", "the latest is", instant=True),
        Query(
            f"1000 * min({of_jobs('mimecast_exporter_config_last_reload_success_timestamp_seconds')})",
            "read",
            instant=True,
        ),
    ],
    {
        "the latest is": said({"0": ("refused", threshold.ACT), "1": ("in use", "transparent")}),
        "read": {"unit": "dateTimeFromNow"},
    },
)

_FAILING: Final = once(f"{KEYS}, reason", of_tenants("mimecast_collector_failing"))


def _without_reason(expression: str) -> str:
    """Return series with a dash for a reason, so that the table has its columns on good days too."""
    return f'label_replace({expression}, "reason", "{NOTHING}", "", "")'


_STATES: Final = named(
    "state",
    {
        "failing": _FAILING,
        "up": _without_reason(f"{SUCCESS} == 1"),
        "no poll yet": _without_reason(f"({SUCCESS} == 0) unless on ({KEYS}) {_FAILING}"),
    },
)
_HEADINGS: Final = {
    "tenant": "Tenant",
    "collector": "Collector",
    "state": "State",
    "reason": "Reason",
    "Value #B": "Data age",
    "todo": "What to do",
}

COLLECTORS: Final = Panel(
    kind="table",
    words=Words(
        title="Collectors: what fails, and why",
        about="Every collector of the chosen tenants, failing ones first, with what to do about the reason. The data"
        " age is that of its last good numbers. Where two exporters disagree, a collector has two lines.",
        empty="No collectors: no exporter has been scraped.",
    ),
    scale=Scale("none", least=None),
    queries=[
        Query(f'label_replace({_STATES}, "todo", "$1", "reason", "(.+)")', instant=True, format="table"),
        Query(age(KEYS), instant=True, format="table"),
    ],
    by_name={
        "Tenant": {"custom.width": 170, "links": [to_tenant(), to_health()]},
        "Collector": {"custom.width": 180},
        "State": {
            **said(
                {
                    "failing": ("failing", threshold.ACT),
                    "no poll yet": ("no poll yet", threshold.WATCH_GROUND),
                    "up": ("up", "transparent"),
                }
            ),
            "custom.cellOptions": GROUND,
            "custom.width": 110,
            "custom.align": "center",
        },
        "Reason": {"custom.width": 150},
        "Data age": {"unit": "s", "decimals": 0, "custom.width": 110, "custom.align": "right", "noValue": NOTHING},
        "What to do": said({str(reason): (HINTS[reason], None) for reason in Reason}),
    },
    options=sorted_by(("State", False), ("Data age", True)),
    transformations=[
        {"id": "merge", "options": {}},
        organized(_HEADINGS, [*_HEADINGS], without=["Time", "Value #A"]),
    ],
)

PULSE: Final = Section(
    "",
    [
        line(
            5,
            (4, oldest("Age of the data")),
            (3, DOWN),
            (3, FAILED),
            (3, WAITING),
            (3, SKEW),
            (4, UNREADABLE),
            (4, CONFIGURATION),
        ),
        line(10, (24, COLLECTORS)),
    ],
)
