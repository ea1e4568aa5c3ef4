"""The alerts for whoever is responsible for the training; they speak at red, where dashboards colour amber before."""

from typing import Final

from prometheus.recording import AWARENESS as RECORDS
from prometheus.recording import TREND, then
from prometheus.rule import Alert, Dashboard, Group, limit
from prometheus.text import PERCENT, shown, shown_days, shown_limit

# Two polls of a collector that is asked once an hour.
_LASTS: Final = "2h"
_DAYS: Final = f"{TREND.removesuffix('d')} days"
_TENANT: Final = "Mimecast tenant {{ $labels.tenant }}"
_AT: Final = "At tenant {{ $labels.tenant }}"
_VALUE: Final = "{{ $value | humanizePercentage }}"


def _part(part: str, whole: str) -> str:
    """Return two numbers of the tenant, because a percentage says nothing without its base."""
    return " of ".join(shown(f"tenant:mimecast_{name}{{tenant=$tenant}}") for name in (part, whole))


def _now(name: str) -> str:
    return shown(f"tenant:mimecast_{name}:ratio{{tenant=$tenant}}", PERCENT)


def _then(name: str) -> str:
    return shown(then(f"tenant:mimecast_{name}:ratio{{tenant=$tenant}}"), PERCENT)


_SINCE_LAUNCH: Final = shown_days("time() - tenant:mimecast_last_launch_timestamp_seconds:max{tenant=$tenant}")

_TRAINING: Final = (
    Alert(
        name="MimecastCompletionLow",
        means="Too little of the training that has been out for a while is completed.",
        expression=f"tenant:mimecast_completion:ratio < {limit('completion_amber')}",
        lasts=_LASTS,
        summary=f"{_TENANT}: only {_VALUE} of training is completed.",
        description=f"""
            {_AT}, {_part("completed:sum", "sent:sum")} assignments are completed: {_VALUE}, below
            {shown_limit("completion_amber")}. Titles launched in the last {shown_limit("completion_grace")} do not
            count yet.

            What to do: take the worst titles on the dashboard and have people reminded, department by department;
            their names are in Mimecast's console.
        """,
    ),
    Alert(
        name="MimecastCompletionFalling",
        means=f"Completion has fallen within {_DAYS}, and is below green.",
        expression=f"""
            {then("tenant:mimecast_completion:ratio")} - tenant:mimecast_completion:ratio
            > {limit("completion_fall")}
            and
            tenant:mimecast_completion:ratio < {limit("completion_green")}
        """,
        lasts=_LASTS,
        summary=(
            f"{_TENANT}: completed training has fallen from {_then('completion')} to {_now('completion')} in {_DAYS}."
        ),
        description=f"""
            {_AT}, {_part("completed:sum", "sent:sum")} assignments are completed:
            {_now("completion")}, after {_then("completion")} {_DAYS} ago. Thresholds: a fall of
            {shown_limit("completion_fall")}, to below {shown_limit("completion_green")}.

            What to do: see on the dashboard whether one title pulls it down (people do not take it up: remind them) or
            all do (many people have joined, or the mails do not arrive any more: ask who runs mail).
        """,
    ),
    Alert(
        name="MimecastTrainingOverdue",
        means="Too much of what is assigned is overdue.",
        expression=f"tenant:mimecast_overdue:ratio > {limit('overdue_red')}",
        lasts=_LASTS,
        summary=f"{_TENANT}: {_VALUE} of training is overdue.",
        description=f"""
            {_AT}, {_part("overdue:sum", "assigned:sum")} assignments are not watched and older than
            overdue_after (14 days by default): {_VALUE}, above {shown_limit("overdue_red")}.

            What to do: see on the dashboard which titles are overdue and for how long. Have people reminded; where the
            oldest are months old, ask whether these people are still there.
        """,
    ),
    Alert(
        name="MimecastNoTrainingLaunched",
        means="No training has been launched for long, and none is scheduled.",
        expression=f"""
            time() - tenant:mimecast_last_launch_timestamp_seconds:max > {limit("launch_age")}
            unless on (tenant) mimecast_queue_next_launch_timestamp_seconds
        """,
        lasts=_LASTS,
        summary=f"{_TENANT}: no training has been launched for {_SINCE_LAUNCH}.",
        description=f"""
            The latest launch of a training at tenant {{{{ $labels.tenant }}}} is {_SINCE_LAUNCH} ago, more than
            {shown_limit("launch_age")}, and none is scheduled.

            What to do: launch or schedule a module in Mimecast's console under Awareness Training, or find out who
            ended the programme, and why.
        """,
    ),
)

_PEOPLE: Final = (
    Alert(
        name="MimecastWatchlistGrowing",
        means=f"The part of people on the watch list has grown within {_DAYS}, and is large.",
        expression=f"""
            tenant:mimecast_watchlist:ratio - {then("tenant:mimecast_watchlist:ratio")}
            > {limit("watchlist_growth")}
            and
            tenant:mimecast_watchlist:ratio > {limit("watchlist_users")}
        """,
        lasts=_LASTS,
        summary=(
            f"{_TENANT}: the watch list has grown"
            f" from {_then('watchlist')} to {_now('watchlist')} of people in {_DAYS}."
        ),
        description=f"""
            {_AT}, {_part("watchlist_users:sum", "users:max")} people are on the watch list:
            {_now("watchlist")}, after {_then("watchlist")} {_DAYS} ago. Thresholds: growth of
            {shown_limit("watchlist_growth")}, to above {shown_limit("watchlist_users")}.

            What to do: see on the dashboard how many are overdue with how much. One module: a reminder. Four or more: a
            word of their manager; names are in Mimecast's console.
        """,
    ),
    Alert(
        name="MimecastRiskGradesWorsening",
        means=f"The part of people with risk grade D or F has grown within {_DAYS}, and is large.",
        expression=f"""
            tenant:mimecast_risk:ratio - {then("tenant:mimecast_risk:ratio")}
            > {limit("risk_growth")}
            and
            tenant:mimecast_risk:ratio > {limit("risk_grades")}
        """,
        lasts=_LASTS,
        summary=(
            f"{_TENANT}: people with risk grade D or F have grown from {_then('risk')} to {_now('risk')} in {_DAYS}."
        ),
        description=f"""
            {_AT}, {_part("risky_users:sum", "graded_users:sum")} graded people have D or F:
            {_now("risk")}, after {_then("risk")} {_DAYS} ago. Thresholds: growth of
            {shown_limit("risk_growth")}, to above {shown_limit("risk_grades")}.

            What to do: see on the dashboard what has changed in these days: wrong answers, training not watched, clicks
            in simulations (collector safe_score_details has the grade of each), and train on that.
        """,
    ),
    Alert(
        name="MimecastPhishingClicksHigh",
        means="Too many click in recent phishing simulations.",
        expression=f"tenant:mimecast_phishing_clicks:ratio > {limit('phishing_clicks_red')}",
        lasts=_LASTS,
        summary=f"{_TENANT}: {_VALUE} of simulated phishing was clicked.",
        description=f"""
            {_AT}, {_part("phishing_clicked:sum", "phishing_clickable:sum")} messages of the
            simulations of the last {shown_limit("phishing_recent")} were clicked: {_VALUE}, above
            {shown_limit("phishing_clicks_red")}.

            What to do: see on the dashboard whether one campaign was that good or all are clicked. Launch a training on
            phishing, and have those who click again and again talked to; names are in Mimecast's console.
        """,
    ),
    Alert(
        name="MimecastPhishingReportsLow",
        means="Too few report recent phishing simulations.",
        expression=f"tenant:mimecast_phishing_reports:ratio < {limit('phishing_reports')}",
        lasts=_LASTS,
        summary=f"{_TENANT}: only {_VALUE} of simulated phishing was reported.",
        description=f"""
            {_AT}, {_part("phishing_reported:sum", "phishing_reportable:sum")} messages of the
            simulations of the last {shown_limit("phishing_recent")} were reported: {_VALUE}, below
            {shown_limit("phishing_reports")}.

            What to do: check that everybody has a button to report with, and that it works with a simulation. Show
            people how, and thank those who did.
        """,
    ),
)

AWARENESS: Final = Group("mimecast-awareness", "awareness", Dashboard.AWARENESS, RECORDS, (*_TRAINING, *_PEOPLE))
