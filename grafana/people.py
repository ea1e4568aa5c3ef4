"""The people of *Awareness training*, in numbers: risk grades, wrong answers, the watch list, departments."""

from collections.abc import Mapping
from typing import Final

from grafana import query, threshold
from grafana.glance import TOO_NEW
from grafana.panel import Panel, Query, Scale, Words, areas, color
from grafana.query import of_tenants, once, ratio, total
from grafana.section import Section, line
from grafana.table import Column, Rows, colored, percents, pivot

_NO_TITLES: Final = " The chosen titles do not matter here."


def _parts(words: Words, metric: str, label: str, colors: Mapping[str, str]) -> Panel:
    """Return the people of each value of a label, one upon the other; ``colors`` tells them by their legends."""
    expression = total(once(f"tenant, {label}", of_tenants(metric)), label)
    noun = next(iter(colors)).partition(" ")[2]
    by_name = {name: {**color(hue), "displayName": name.replace("_", " ")} for name, hue in colors.items()}
    return areas(words, Scale("locale", decimals=0), [Query(expression, f"{{{{{label}}}}} {noun}".strip())], by_name)


GRADES: Final = _parts(
    Words(
        title="Risk grades",
        about="People by risk grade; A is the best." + _NO_TITLES,
        empty="No risk grades: the collector safe_score is off for these tenants, or has no data." + TOO_NEW,
    ),
    "mimecast_safe_score_users",
    "grade",
    {
        "A": threshold.GOOD,
        "B": threshold.SKY,
        "C": threshold.YELLOW,
        "D": threshold.WATCH,
        "F": threshold.ACT,
        "unknown": threshold.GREY,
    },
)

WRONG: Final = _parts(
    Words(
        title="Wrong answers",
        about="People by how many questions they have answered wrongly." + _NO_TITLES,
        empty="No answers of people: the collector performance is off for these tenants, or has no data." + TOO_NEW,
    ),
    "mimecast_performance_users",
    "incorrect_answers",
    {
        "0 wrong": threshold.GOOD,
        "1 wrong": threshold.SKY,
        "2 wrong": threshold.YELLOW,
        "3 wrong": threshold.WATCH,
        "4_or_more wrong": threshold.ACT,
    },
)

WATCHED: Final = _parts(
    Words(
        title="Watch list, by how much is overdue",
        about="People on the watch list, by how many trainings they have not done after several reminders."
        + _NO_TITLES,
        empty="No watch list: the collector watchlist is off for these tenants, or has no data." + TOO_NEW,
    ),
    "mimecast_watchlist_users",
    "overdue",
    {
        "1 overdue": threshold.SKY,
        "2 overdue": threshold.YELLOW,
        "3 overdue": threshold.WATCH,
        "4_or_more overdue": threshold.ACT,
    },
)

_KEYS: Final = "tenant, department"
_NOT_WATCHED: Final = 'result="not_watched"'
_GIVEN: Final = 'result!="not_watched"'
_WRONG: Final = 'result="incorrect"'


def _row(expression: str) -> str:
    """Return numbers by department with the tenant before its name, since several have a Finance."""
    return f'label_join({expression}, "row", ": ", "tenant", "department")'


def _graded(matcher: str) -> str:
    return total(once(f"{_KEYS}, grade", of_tenants("mimecast_safe_score_department_users", matcher)), _KEYS)


def _answers(*matchers: str) -> str:
    return total(once(f"{_KEYS}, result", of_tenants("mimecast_performance_department_answers", *matchers)), _KEYS)


_LISTED: Final = once(_KEYS, of_tenants("mimecast_watchlist_department_users"))

DEPARTMENTS: Final = pivot(
    Words(
        title="Departments",
        about="Which departments have the most people at risk or on the watch list, and the most wrong or missing"
        " answers. Departments of fewer than five people are one, (small departments)." + _NO_TITLES,
        empty="No departments: they are off for these tenants (departments: true shows them), or none of the collectors"
        " safe_score_details, performance_details and watchlist has data.",
    ),
    Rows(label="row", heading="Department", sort="Grade D or F", downwards=True),
    [
        Column(name="People with a grade", expression=_row(_graded(query.KNOWN)), width=160),
        percents("Grade D or F", _row(ratio(_graded(query.BAD), _graded(query.KNOWN))), colored(threshold.RISK), 130),
        Column(name="On the watch list", expression=_row(_LISTED), width=150),
        Column(name="Answers", expression=_row(_answers(_GIVEN)), width=110),
        percents("Wrong answers", _row(ratio(_answers(_WRONG), _answers(_GIVEN))), {}, 130),
        percents("Not watched", _row(ratio(_answers(_NOT_WATCHED), _answers())), colored(threshold.OVERDUE), 130),
    ],
)

WHO: Final = Section("People", [line(8, (8, GRADES), (8, WRONG), (8, WATCHED))])
WHERE: Final = Section("Departments", [line(9, (24, DEPARTMENTS))])
