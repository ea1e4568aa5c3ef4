"""The first screen of *Awareness training*: is it true, how are we, where not."""

from collections.abc import Callable
from typing import Final

from grafana import query, threshold
from grafana.freshness import oldest
from grafana.link import to_tenant, to_title
from grafana.panel import Panel, Query, Scale, Words, bars, color, dashed, figure, lines
from grafana.query import Series, beside, now, ratio, then
from grafana.section import Section, line
from grafana.threshold import percent

_CHANGE: Final = "change in points"
_SHARE: Final = Scale("percentunit")
NO_TRAINING: Final = "No training numbers: neither the collector queue nor training has data of these tenants."
TOO_NEW: Final = " Or it is too new for this time range: choose a shorter one."


def _share(words: Words, steps: threshold.Steps, unit: str, make: Callable[[Series], tuple[str, str]]) -> Panel:
    """Return a percentage with the two numbers that it is made of, and its change over the time range below it.

    ``make`` returns part and whole, now or then.
    """
    part, whole = make(now)
    numbers = f"{beside('part', part)} {beside('whole', whole)}"
    return figure(
        words,
        Scale("percentunit", steps),
        [
            Query(f"{ratio(part, whole)} {numbers}", f"{{{{part}}}} of {{{{whole}}}} {unit}", instant=True),
            Query(f"100 * ({ratio(part, whole)} - {ratio(*make(then))})", _CHANGE, instant=True),
        ],
        {_CHANGE: {"thresholds": threshold.ground(threshold.PLAIN_STEPS), "unit": "none", "decimals": 1}},
    )


COMPLETION: Final = _share(
    Words(
        title="Completion",
        about="Completed assignments of all that were sent, over all chosen tenants and titles. Amber below"
        f" {percent('completion_green')}, vermilion below {percent('completion_amber')}. Titles of the last"
        f" {threshold.days('completion_grace')} count too, for alerts they do not. Below: the change since the time"
        " range began, in percentage points.",
        empty="no training",
    ),
    threshold.COMPLETION,
    "sent",
    lambda series: (query.completed(series=series), query.sent(series=series)),
)

OVERDUE: Final = _share(
    Words(
        title="Overdue",
        about="Assignments that are not done and older than overdue_after (14 days unless configured), of all that the"
        f" collector training sees. Amber from {percent('overdue_amber')} on, vermilion from"
        f" {percent('overdue_red')} on. Below: the change since the time range began, in percentage points.",
        empty="no training",
    ),
    threshold.OVERDUE,
    "sent",
    lambda series: (query.training("overdue", series=series), query.training("assigned", series=series)),
)

WATCHLIST: Final = _share(
    Words(
        title="On the watch list",
        about="People who have let several reminders pass, of all who take part. Amber from"
        f" {percent('watchlist_users')} on. Below: the change since the time range began, in percentage points. The"
        " chosen titles do not matter here.",
        empty="no watch list",
    ),
    threshold.WATCHLIST,
    "people",
    lambda series: (query.listed_people(series=series), query.people(series=series)),
)

RISK: Final = _share(
    Words(
        title="Grade D or F",
        about=f"People with the two worst risk grades, of all who have one. Amber from {percent('risk_grades')} on."
        " Below: the change since the time range began, in percentage points. The chosen titles do not matter here.",
        empty="no grades",
    ),
    threshold.RISK,
    "people",
    lambda series: (query.graded(query.BAD, series=series), query.graded(query.KNOWN, series=series)),
)

_RECENT: Final = (
    f"Simulations of the last {threshold.days('phishing_recent')} count, from {threshold.days('phishing_grace')} after"
    " their launch on."
)

CLICKED: Final = _share(
    Words(
        title="Phishing clicked",
        about=f"Messages whose link was clicked, of those sent. {_RECENT} Amber from"
        f" {percent('phishing_clicks_amber')} on, vermilion from {percent('phishing_clicks_red')} on. Below: the change"
        " since the time range began, in percentage points.",
        empty="no simulations",
    ),
    threshold.CLICKS,
    "messages",
    lambda series: query.simulated("clicked", series=series),
)

REPORTED: Final = _share(
    Words(
        title="Phishing reported",
        about=f"Messages that were reported, of those sent. {_RECENT} Amber below {percent('phishing_reports')}. Below:"
        " the change since the time range began, in percentage points.",
        empty="no simulations",
    ),
    threshold.REPORTS,
    "messages",
    lambda series: query.simulated("reported", series=series),
)

PROGRESS: Final = lines(
    Words(
        title="Completion and overdue",
        about="How both parts of the assignments have changed. A new title lowers completion until people have had time"
        " for it. A gap is a time without data.",
        empty=NO_TRAINING + TOO_NEW,
    ),
    Scale("percentunit", most=1),
    [Query(query.completion(), "completed"), Query(query.overdue(), "overdue")],
    {"completed": color(threshold.GOOD), "overdue": dashed(threshold.ACT)},
)

PEOPLE: Final = lines(
    Words(
        title="On the watch list and at risk",
        about="Which part of the people is on the watch list, and which part has risk grade D or F.",
        empty="No people: neither the collector watchlist nor safe_score has data of these tenants." + TOO_NEW,
    ),
    _SHARE,
    [Query(query.watchlist(), "on the watch list"), Query(query.risk(), "grade D or F")],
    {"on the watch list": color(threshold.WATCH), "grade D or F": dashed(threshold.PINK)},
)

SIMULATIONS: Final = lines(
    Words(
        title="Phishing clicked and reported",
        about=f"Which part of the messages was clicked, and which reported. {_RECENT}",
        empty="No simulations: the collector phishing is off for these tenants, or there was none of late." + TOO_NEW,
    ),
    _SHARE,
    [Query(query.phishing("clicked"), "clicked"), Query(query.phishing("reported"), "reported")],
    {"clicked": dashed(threshold.ACT), "reported": color(threshold.GOOD)},
)


def _worst(words: Words, by: str) -> Panel:
    link = to_tenant if by == "tenant" else to_title
    return bars(
        words,
        Scale("percentunit", threshold.COMPLETION, most=1, decimals=1),
        Query(f"sort(bottomk(8, {query.completion(by)}))", f"{{{{{by}}}}}", instant=True),
        [link(f"${{__field.labels.{by}:percentencode}}")],
    )


TITLES: Final = _worst(
    Words(
        title="Completion by title, worst first",
        about="The eight titles with the smallest part of completed assignments, over all chosen tenants; the table"
        " below has them all.",
        empty=NO_TRAINING,
    ),
    "title",
)

TENANTS: Final = _worst(
    Words(
        title="Completion by tenant, worst first",
        about="The eight tenants with the smallest part of completed assignments, over all chosen titles; a click shows"
        " one alone, the table below has them all.",
        empty=NO_TRAINING,
    ),
    "tenant",
)

GLANCE: Final = Section(
    "",
    [
        line(
            5,
            (3, oldest("Age of the data")),
            (3, COMPLETION),
            (3, OVERDUE),
            (4, WATCHLIST),
            (3, RISK),
            (4, CLICKED),
            (4, REPORTED),
        ),
        line(7, (8, PROGRESS), (8, PEOPLE), (8, SIMULATIONS)),
        line(8, (12, TITLES), (12, TENANTS)),
    ],
)
