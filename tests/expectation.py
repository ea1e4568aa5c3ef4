"""What every series of a tenant must be, from the simulator's own count of its people, in the plainest way.

Series are texts as the exposition format writes them, with the labels in the order of their names.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain, groupby

from exporter.simulator import Count, Histogram, Oracle, Tenant, TitleCount

DAYS = (1, 3, 7, 14, 30, 60, 90)


def labels(**values: str) -> str:
    texts = {name: text.replace("\\", r"\\").replace('"', r"\"") for name, text in values.items()}
    return "{" + ",".join(f'{name}="{text}"' for name, text in sorted(texts.items())) + "}"


def _of_histogram(name: str, title: str, histogram: Histogram) -> Iterator[tuple[str, float]]:
    names = {1: "86400.0", 3: "259200.0", 7: "604800.0", 14: "1.2096e+06", 30: "2.592e+06", 60: "5.184e+06"}
    bounds = [*(names.get(days, "7.776e+06") for days in DAYS), "+Inf"]
    for bound, count in zip(bounds, histogram.buckets.values(), strict=True):
        yield f"mimecast_training_{name}_bucket{labels(tenant='acme', title=title, le=bound)}", count
    yield f"mimecast_training_{name}_gcount{labels(tenant='acme', title=title)}", histogram.count
    yield f"mimecast_training_{name}_gsum{labels(tenant='acme', title=title)}", histogram.sum


def _of_title(title: str, count: TitleCount, answers: set[int]) -> Iterator[tuple[str, float]]:
    series = {
        "assigned": count.assigned,
        "watched": count.watched,
        "watchlist": count.watchlist,
        "overdue": count.overdue,
        "first_assigned_timestamp_seconds": count.first_assigned,
        "last_assigned_timestamp_seconds": count.last_assigned,
        "last_watched_timestamp_seconds": count.last_watched,
    }
    for name, value in series.items():
        if value is not None:
            yield f"mimecast_training_{name}{labels(tenant='acme', title=title)}", value
    for answer in answers:
        found = count.answers[answer]
        yield f"mimecast_training_answers{labels(tenant='acme', title=title, answer=str(answer))}", found
    for title_id in count.ids:
        yield f"mimecast_training_title_info{labels(tenant='acme', title=title, title_id=title_id)}", 1
    yield from _of_histogram("completion_seconds", title, count.completion)
    yield from _of_histogram("outstanding_age_seconds", title, count.outstanding_age)


def _of_users(count: Count) -> Iterator[tuple[str, float]]:
    values = {
        "titles": len(count.titles),
        "users": count.users,
        "users_outstanding": count.users_outstanding,
        "users_watchlisted": count.users_watchlisted,
        "users_needing_engagement": count.users_needing_engagement,
        "users_with_merit_badge": count.users_with_merit_badge,
    }
    yield from ((f"mimecast_training_{name}{labels(tenant='acme')}", value) for name, value in values.items())


def of_training(count: Count) -> dict[str, float]:
    answers = {answer for title in count.titles.values() for answer in title.answers}
    titles = (_of_title(name, title, answers) for name, title in count.titles.items())
    return dict(chain(_of_users(count), *titles))


GRADES = ("A", "B", "C", "D", "F", "unknown")
STATUSES = ("sent", "opened", "clicked", "submitted", "reported", "unknown")
DELAY_BOUNDS = {
    60: "60.0",
    300: "300.0",
    900: "900.0",
    3600: "3600.0",
    14400: "14400.0",
    86400: "86400.0",
    259200: "259200.0",
    604800: "604800.0",
}


def of_company(tenant: Tenant, *, newest: int, signed: bool) -> dict[str, float]:
    """Return the series of all collectors, with departments, of the tenant acme; ``newest`` is campaigns.newest."""
    oracle = tenant.oracle()
    parts = [of_training(oracle.training()).items(), _of_queue(oracle), _of_people(oracle)]
    parts += [_of_phishing(oracle, newest), _of_phishing_results(oracle, newest)]
    parts += [_of_campaigns(oracle, newest)] if signed else []
    return dict(chain.from_iterable(parts))


def series(name: str, **values: str) -> str:
    return f"mimecast_{name}{labels(tenant='acme', **values)}"


def _of_queue(oracle: Oracle) -> Iterator[tuple[str, float]]:
    queue = oracle.queue()
    for title, module in queue.titles.items():
        yield series("queue_sent", title=title), module.sent
        yield series("queue_completed", title=title), module.completed
        yield series("queue_correct", title=title), module.correct
        yield series("queue_correct_option", title=title), module.correct_option
        if module.last_launch is not None:
            yield series("queue_last_launch_timestamp_seconds", title=title), module.last_launch
        for option in ("1", "2", "3", "4"):
            yield series("queue_answers", title=title, option=option), module.answers[option]
    yield series("queue_modules", state="launched"), queue.launched
    yield series("queue_modules", state="scheduled"), queue.scheduled
    if queue.next_launch is not None:
        yield series("queue_next_launch_timestamp_seconds"), queue.next_launch


def _of_people(oracle: Oracle) -> Iterator[tuple[str, float]]:
    performance, watchlist, score = oracle.performance(), oracle.watchlist(), oracle.safe_score()
    yield series("performance_users_participating"), performance.participating
    yield series("performance_videos_sent"), performance.sent
    yield series("performance_videos_not_watched"), performance.answers["not_watched"]
    for wrong in ("0", "1", "2", "3", "4_or_more"):
        yield series("performance_users", incorrect_answers=wrong), performance.users[wrong]
    for result in ("correct", "incorrect", "not_watched"):
        yield series("performance_answers", result=result), performance.answers[result]
    for overdue in ("1", "2", "3", "4_or_more"):
        yield series("watchlist_users", overdue=overdue), watchlist.users[overdue]
    for grade in GRADES:
        yield series("safe_score_users", grade=grade), score.users[grade]
        for factor in ("risk", "human_error", "sentiment", "engagement", "knowledge"):
            yield series("safe_score_factor_users", factor=factor, grade=grade), score.factor_users[factor, grade]
    yield from _by_department("watchlist_department_users", watchlist.department_users, watchlist.department_users)
    yield from _by_department(
        "performance_department_users", performance.department_users, performance.department_users
    )
    for result in ("correct", "incorrect", "not_watched"):
        answers = {name: performance.department_answers[name, result] for name in performance.department_users}
        yield from _by_department(
            "performance_department_answers", performance.department_users, answers, result=result
        )
    for grade in GRADES:
        users = {name: score.department_users[name, grade] for name in performance.department_users}
        yield from _by_department("safe_score_department_users", performance.department_users, users, grade=grade)


def _by_department(name: str, people: Counter[str], counts: dict[str, int], **more: str) -> Iterator[tuple[str, float]]:
    folded: Counter[str] = Counter()
    for department in people:
        shown = department or "(no department)"
        folded[shown if people[department] >= 5 else "(small departments)"] += counts[department]
    for department, count in folded.items():
        yield series(name, department=department, **more), count


def _of_phishing(oracle: Oracle, newest: int) -> Iterator[tuple[str, float]]:
    simulations = oracle.simulations()
    named = [(each.name, each) for each in simulations[:newest]]
    named += [("(other campaigns)", each) for each in simulations[newest:]]
    for name, same in groupby(sorted(named, key=lambda pair: pair[0]), key=lambda pair: pair[0]):
        group = [each for _, each in same]
        yield series("phishing_sent", campaign=name), sum(each.sent for each in group)
        yield series("phishing_opened", campaign=name), sum(each.opened for each in group)
        yield series("phishing_clicked", campaign=name), sum(each.clicked for each in group)
        yield series("phishing_submitted", campaign=name), sum(each.submitted for each in group)
        yield series("phishing_reported", campaign=name), sum(each.reported for each in group)
        yield series("phishing_launch_timestamp_seconds", campaign=name), max(each.launched_at for each in group)
    yield series("phishing_campaigns"), len(simulations)


def _of_phishing_results(oracle: Oracle, newest: int) -> Iterator[tuple[str, float]]:
    simulations = sorted(oracle.simulations(newest), key=lambda each: each.name)
    for name, same in groupby(simulations, key=lambda each: each.name):
        group = list(same)
        for status in STATUSES:
            total = sum(each.results[status] for each in group)
            yield series("phishing_results_users", campaign=name, status=status), total
        yield series("phishing_results_scanned_users", campaign=name), sum(each.scanned_users for each in group)
        clicks = [seconds for each in group for seconds in each.click_delays]
        reports = [seconds for each in group for seconds in each.report_delays]
        yield from _of_delays("phishing_click_delay_seconds", name, clicks)
        yield from _of_delays("phishing_report_delay_seconds", name, reports)
    yield series("phishing_repeat_clickers"), oracle.repeat_clickers(newest)


def _of_delays(name: str, campaign: str, delays: Iterable[float]) -> Iterator[tuple[str, float]]:
    seconds = list(delays)
    for bound, text in DELAY_BOUNDS.items():
        yield series(f"{name}_bucket", campaign=campaign, le=text), sum(delay <= bound for delay in seconds)
    yield series(f"{name}_bucket", campaign=campaign, le="+Inf"), len(seconds)
    yield series(f"{name}_gcount", campaign=campaign), len(seconds)
    yield series(f"{name}_gsum", campaign=campaign), sum(seconds)


def _of_campaigns(oracle: Oracle, newest: int) -> Iterator[tuple[str, float]]:
    campaigns = oracle.campaigns()
    named = [(each.name, each.title, each) for each in campaigns[:newest]]
    named += [("(other campaigns)", each.title, each) for each in campaigns[newest:]]
    for (name, title), same in groupby(sorted(named, key=lambda row: row[:2]), key=lambda row: row[:2]):
        group = [each for _, _, each in same]
        completed = sum(each.completed for each in group)
        percents = [100 * each.correct // each.completed * each.completed for each in group if each.completed]
        yield series("campaign_sent", campaign=name, title=title), sum(each.sent for each in group)
        yield series("campaign_completed", campaign=name, title=title), completed
        launched = max(each.launched_at for each in group)
        yield series("campaign_launch_timestamp_seconds", campaign=name, title=title), launched
        if completed:
            yield series("campaign_correct_ratio", campaign=name, title=title), sum(percents) / completed / 100
    yield series("campaigns"), len(campaigns)
    by_name = sorted(campaigns[:newest], key=lambda each: each.name)
    for name, named_so in groupby(by_name, key=lambda each: each.name):
        results = sum((each.results for each in named_so), Counter[str]())
        for question in ("1", "2", "3", "4"):
            for result in ("sent", "correct", "incorrect", "unknown"):
                count = results[result] if question == "1" else 0
                yield series("campaign_results", campaign=name, question=question, result=result), count
