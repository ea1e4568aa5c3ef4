"""The titles of *Awareness training*: which lag, how long they take, and whether a question is bad."""

from dataclasses import replace
from typing import Final

from grafana import query, threshold
from grafana.bucket import by_days
from grafana.glance import NO_TRAINING, TOO_NEW
from grafana.link import to_title
from grafana.panel import FEW_POINTS, Query, Scale, Words, color, dashed, lines
from grafana.query import answers, days, quantile
from grafana.section import Section, line
from grafana.table import Column, Rows, barred, colored, percents, pivot

_NO_DETAILS: Final = "No times: the collector training is off for these tenants, or histogram_days is empty."
_DONE: Final = "mimecast_training_completion_seconds"
_OPEN: Final = "mimecast_training_outstanding_age_seconds"
_LINKS: Final = (to_title(),)

TITLES: Final = pivot(
    Words(
        title="Titles",
        about="All titles, over all chosen tenants; a click on a heading sorts, one on a title shows it alone. Overdue"
        " and watch list are assignments, as the collector training sees them. Median and oldest come in the steps of"
        " histogram_days; the largest stands for longer ones too.",
        empty=NO_TRAINING,
    ),
    Rows(label="title", heading="Title", sort="Completion", links=_LINKS),
    [
        Column(name="Sent", expression=f"{query.sent('title')} > 0", width=85),
        Column(name="Completed", expression=query.if_sent(query.completed("title")), width=95),
        percents("Completion", query.completion("title"), barred(threshold.COMPLETION), 160),
        percents("Right answers", query.right("title"), {}, 115),
        Column(name="Overdue", expression=query.training("overdue", "title"), width=80),
        percents("Overdue part", query.overdue("title"), colored(threshold.OVERDUE), 105),
        Column(name="Watch list", expression=query.training("watchlist", "title"), width=90),
        Column(name="Median days", expression=days(quantile(0.5, _DONE, "title")), width=105, decimals=1),
        Column(name="Oldest, days", expression=days(quantile(1, _OPEN, "title")), width=105),
        Column(
            name="Last launch",
            expression=f"1000 * {query.last_launch('title')}",
            unit="dateTimeFromNow",
            width=115,
        ),
    ],
)

TIME_TO_COMPLETE: Final = replace(
    lines(
        Words(
            title="Days to complete",
            about="How many days it took from assignment to watching, of all that is watched: half of the assignments"
            " took at most the lower line, nine of ten at most the upper one.",
            empty=_NO_DETAILS + TOO_NEW,
        ),
        Scale("none", decimals=1),
        [Query(days(quantile(0.5, _DONE)), "half within"), Query(days(quantile(0.9, _DONE)), "nine of ten within")],
        {"half within": color(threshold.GOOD), "nine of ten within": dashed(threshold.WATCH)},
    ),
    points=FEW_POINTS,
)

TOOK: Final = by_days(
    Words(
        title="Completed, by days taken",
        about="How many completed assignments took how long; each bar begins where the one above it ends.",
        empty=_NO_DETAILS,
    ),
    _DONE,
)
WAITING: Final = by_days(
    Words(
        title="Outstanding, by age",
        about="How many assignments that are not done have been open for how long; each bar begins where the one above"
        " it ends.",
        empty=_NO_DETAILS,
    ),
    _OPEN,
)

QUESTIONS: Final = pivot(
    Words(
        title="Answers by title, least often right first",
        about="Which option people chose, of all answers to a title. Where many choose one wrong option, the question"
        " may be bad; where the wrong answers spread, people have not learned it yet. The right option is not shown"
        " where tenants have different ones.",
        empty="No answers: only the collector queue knows which option is right, and it has no data of these tenants.",
    ),
    Rows(label="title", heading="Title", sort="Right", links=_LINKS),
    [
        Column(name="Answers", expression=f"{answers('title')} > 0", width=90),
        percents("Right", query.right("title"), barred(threshold.PLAIN_STEPS), 180),
        Column(name="Right option", expression=query.right_option(), width=105),
        *(percents(f"Option {option}", query.chosen(option), barred(threshold.BAR), 165) for option in "1234"),
    ],
)

WHICH: Final = Section("Titles", [line(12, (24, TITLES))])
WHY: Final = Section(
    "Why: time and questions",
    [line(8, (10, TIME_TO_COMPLETE), (7, TOOK), (7, WAITING)), line(10, (24, QUESTIONS))],
)
