"""The recording rules: what alerts compare, each counted once however many exporters serve a tenant.

``max by`` comes first, because a pair of exporters has every series twice; then come sums, then ratios of sums.
What has never been is absent, so a tenant without a collector, or without people, has no ratio.
"""

from typing import Final

from prometheus.rule import SITE, Record, limit

# An offset is a literal. Prometheus keeps 15 days unless told otherwise, so what is compared lies within.
TREND: Final = "14d"


def then(series: str) -> str:
    """Return a series as it was two weeks ago; a gap of up to a day does not matter."""
    return f"last_over_time({series}[1d] offset {TREND})"


def _has(collector: str) -> str:
    return f'on (tenant) mimecast_collector_success{{collector="{collector}"}}'


def _queue_else_training(name: str, queue: str, training: str, about: str = "") -> Record:
    level = name.partition(":")[0].replace("_", ", ")
    expression = f"""
        max by ({level}) ({queue})
        or
        max by ({level}) ({training})
          and on (tenant) tenant:mimecast_training_users:max
          unless {_has("queue")}
    """
    return Record(name, expression, about)


def _ratio(name: str, part: str, whole: str) -> Record:
    expression = f"""
        {part}
        /
        ({whole} > 0 >= {limit("least_counted")})
    """
    return Record(f"tenant:mimecast_{name}:ratio", expression)


POLLS: Final = (
    Record(
        "job_instance:mimecast_scrape_up:max",
        f'max by (job, instance) (up{{job=~"{SITE["job"]}"}})',
        "The targets that are exporters, by the name of their job. If yours has another name, change it here alone.",
    ),
    Record("tenant_collector:mimecast_success:max", "max by (tenant, collector) (mimecast_collector_success)"),
    Record(
        "tenant_collector_reason:mimecast_failing:max",
        "max by (tenant, collector, reason) (mimecast_collector_failing)",
    ),
    Record(
        "tenant_collector:mimecast_expired_age_seconds:min",
        """
            time() - max by (tenant, collector) (mimecast_collector_last_success_timestamp_seconds)
            unless on (tenant, collector) mimecast_collector_records
        """,
        "The age of good numbers that are no longer shown, because they are older than max_staleness allows.",
    ),
    Record(
        "tenant_collector:mimecast_unreadable:ratio",
        """
            max by (tenant, collector) (mimecast_collector_unreadable)
            /
            (max by (tenant, collector) (mimecast_collector_records) > 0)
        """,
        "The part of the records whose worst field cannot be read.",
    ),
)

_TITLES: Final = (
    Record(
        "tenant:mimecast_training_users:max",
        f"max by (tenant) (mimecast_training_users) >= {limit('least_counted')}",
        "Absent where the API gives the training details of a few people alone, as it may; they are not the company.",
    ),
    _queue_else_training(
        "tenant_title:mimecast_sent:max",
        "mimecast_queue_sent",
        "mimecast_training_assigned",
        "A title's numbers come from the queue, which has the company's, where the tenant has that collector.",
    ),
    _queue_else_training(
        "tenant_title:mimecast_completed:max", "mimecast_queue_completed", "mimecast_training_watched"
    ),
    _queue_else_training(
        "tenant_title:mimecast_launch_timestamp_seconds:max",
        "mimecast_queue_last_launch_timestamp_seconds",
        "mimecast_training_first_assigned_timestamp_seconds",
        "Of trainings the first assignment counts: a title goes on being assigned to whoever joins.",
    ),
    _queue_else_training(
        "tenant:mimecast_last_launch_timestamp_seconds:max",
        "mimecast_queue_last_launch_timestamp_seconds",
        "mimecast_training_last_assigned_timestamp_seconds",
    ),
)


def _due(one: str, other: str, about: str = "") -> Record:
    expression = f"""
        sum by (tenant) (
          (tenant_title:mimecast_{one}:max and on (tenant, title) tenant_title:mimecast_{other}:max)
          unless on (tenant, title)
          (time() - tenant_title:mimecast_launch_timestamp_seconds:max < {limit("completion_grace")})
        )
    """
    return Record(f"tenant:mimecast_{one}:sum", expression, about)


_COMPLETION: Final = (
    _due("sent", "completed", "Only titles that have been out long enough to be completed by now."),
    _due("completed", "sent"),
    _ratio("completion", "tenant:mimecast_completed:sum", "tenant:mimecast_sent:sum"),
)

_OVERDUE: Final = (
    Record(
        "tenant:mimecast_overdue:sum",
        """
            sum by (tenant) (max by (tenant, title) (mimecast_training_overdue))
            and on (tenant) tenant:mimecast_training_users:max
        """,
    ),
    Record("tenant:mimecast_assigned:sum", "sum by (tenant) (max by (tenant, title) (mimecast_training_assigned))"),
    _ratio("overdue", "tenant:mimecast_overdue:sum", "tenant:mimecast_assigned:sum"),
)

_WATCHLIST: Final = (
    Record(
        "tenant:mimecast_watchlist_users:sum",
        f"""
            sum by (tenant) (max by (tenant, overdue) (mimecast_watchlist_users)) and {_has("performance")}
            or
            max by (tenant) (mimecast_training_users_watchlisted)
              unless on (tenant)
              (mimecast_collector_success{{collector="watchlist"}} and {_has("performance")})
        """,
        "People on it and people at all are of one set: the company's where the tenant has both, else its trainings'.",
    ),
    Record(
        "tenant:mimecast_users:max",
        f"""
            max by (tenant) (mimecast_performance_users_participating) and {_has("watchlist")}
            or
            max by (tenant) (mimecast_training_users)
              unless on (tenant)
              (mimecast_collector_success{{collector="watchlist"}} and {_has("performance")})
        """,
    ),
    _ratio("watchlist", "tenant:mimecast_watchlist_users:sum", "tenant:mimecast_users:max"),
)

_RISK: Final = (
    Record(
        "tenant:mimecast_risky_users:sum",
        'sum by (tenant) (max by (tenant, grade) (mimecast_safe_score_users{grade=~"D|F"}))',
    ),
    Record(
        "tenant:mimecast_graded_users:sum",
        'sum by (tenant) (max by (tenant, grade) (mimecast_safe_score_users{grade!="unknown"}))',
    ),
    _ratio("risk", "tenant:mimecast_risky_users:sum", "tenant:mimecast_graded_users:sum"),
)


def _recent(name: str, metric: str, other: str, about: str = "") -> Record:
    expression = f"""
        sum by (tenant) (
          max by (tenant, campaign) (mimecast_phishing_{metric})
          and on (tenant, campaign) mimecast_phishing_{other}
          and on (tenant, campaign) tenant_campaign:mimecast_phishing_age_seconds:min
        )
    """
    return Record(f"tenant:mimecast_phishing_{name}:sum", expression, about)


_PHISHING: Final = (
    Record(
        "tenant_campaign:mimecast_phishing_age_seconds:min",
        f"""
            time() - max by (tenant, campaign) (
              mimecast_phishing_launch_timestamp_seconds{{campaign!="(other campaigns)"}}
            )
            >= {limit("phishing_grace")}
            <= {limit("phishing_recent")}
        """,
        "The simulations that count: out long enough to have been read, and recent.",
    ),
    _recent("clicked", "clicked", "sent"),
    _recent(
        "clickable",
        "sent",
        "clicked",
        "What was sent of the simulations whose clicks are told; not every answer tells of reports.",
    ),
    _ratio("phishing_clicks", "tenant:mimecast_phishing_clicked:sum", "tenant:mimecast_phishing_clickable:sum"),
    _recent("reported", "reported", "sent"),
    _recent("reportable", "sent", "reported"),
    _ratio("phishing_reports", "tenant:mimecast_phishing_reported:sum", "tenant:mimecast_phishing_reportable:sum"),
)

AWARENESS: Final = (*_TITLES, *_COMPLETION, *_OVERDUE, *_WATCHLIST, *_RISK, *_PHISHING)
