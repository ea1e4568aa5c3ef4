"""PromQL in parts: what is counted once, what is summed, and which numbers make a ratio.

``max by`` comes first, because two exporters that serve the same tenant have every series twice; then sums; ratios are
sums over sums, of the same set, and absent where there is nothing to divide by.
"""

from collections.abc import Callable, Mapping
from typing import Final

from grafana.threshold import limit

_JOBS: Final = 'job=~"$job"'
# Between backquotes a title may hold any other quote, and its backslashes need no others.
_TENANTS: Final = f"{_JOBS},tenant=~`${{tenants:raw}}`"
_TITLES: Final = f"{_TENANTS},title=~`${{titles:raw}}`"

BAD: Final = 'grade=~"D|F"'
KNOWN: Final = 'grade!="unknown"'

Series = Callable[[str], str]


def now(selector: str) -> str:
    """Return a selector as it is."""
    return selector


def then(selector: str) -> str:
    """Return a selector as it was a time range ago."""
    return f"{selector} offset $__range"


def of_tenants(metric: str, *matchers: str) -> str:
    """Return the selector of a metric, of the tenants that are chosen."""
    return f"{metric}{{{','.join((_TENANTS, *matchers))}}}"


def of_titles(metric: str, *matchers: str) -> str:
    """Return the selector of a metric, of the tenants and titles that are chosen."""
    return f"{metric}{{{','.join((_TITLES, *matchers))}}}"


def of_jobs(metric: str, *matchers: str) -> str:
    """Return the selector of a metric that has no tenant."""
    return f"{metric}{{{','.join((_JOBS, *matchers))}}}"


def once(labels: str, selector: str) -> str:
    """Return series without the exporter that they come from: a pair of exporters counts once."""
    return f"max by ({labels}) ({selector})"


def total(expression: str, by: str = "") -> str:
    """Return the sum of an expression, by labels if there are any."""
    return f"sum by ({by}) ({expression})" if by else f"sum({expression})"


def ratio(part: str, whole: str) -> str:
    """Return a ratio that is absent where the whole is nothing."""
    return f"{part} / ({whole} > 0)"


def beside(label: str, number: str) -> str:
    """Return what puts a number into a label of the one series before it, so that a legend can tell it."""
    return f'* on () group_left ({label}) count_values("{label}", {number})'


def some(part: str, whole: str) -> str:
    """Return how many of a whole there are; 0, which is then true, where there are none, and absent without a whole."""
    return f"(count({part}) or 0 * count({whole}))"


def some_of(part: str, whole: str) -> str:
    """Return how many of a whole there are, with the whole as the label ``whole``."""
    return f"{some(part, whole)} {beside('whole', f'count({whole})')}"


def hourly(counter: str, by: str = "") -> str:
    """Return how often a counter counted in an hour, over all exporters."""
    return f"3600 * {total(f'rate({counter}[$__rate_interval])', by)}"


def named(label: str, expressions: Mapping[str, str]) -> str:
    """Return all expressions in one, told apart by a label: a panel asks once and gets a column for each."""
    return "\nor\n".join(f'label_replace({text}, "{label}", "{name}", "", "")' for name, text in expressions.items())


def _has(collector: str, series: Series) -> str:
    matcher = f'collector="{collector}"'
    return f"on (tenant) {series(of_tenants('mimecast_collector_success', matcher))}"


def _title_numbers(queue: str, training: str, series: Series) -> str:
    """Return numbers by tenant and title: of ``queue`` where the tenant has it, of ``training`` else."""
    ours = once("tenant, title", series(of_titles(queue)))
    others = once("tenant, title", f"{series(of_titles(training))} unless {_has('queue', series)}")
    return f"({ours} or {others})"


def sent(by: str = "", series: Series = now) -> str:
    """Return the assignments of titles."""
    return total(_title_numbers("mimecast_queue_sent", "mimecast_training_assigned", series), by)


def completed(by: str = "", series: Series = now) -> str:
    """Return the completed assignments of titles."""
    return total(_title_numbers("mimecast_queue_completed", "mimecast_training_watched", series), by)


def if_sent(expression: str) -> str:
    """Return numbers of titles that have been assigned to somebody; what is only planned has no line."""
    return f"({expression} and on (title) {sent('title')} > 0)"


def completion(by: str = "", series: Series = now) -> str:
    """Return which part of the assignments is completed."""
    return ratio(completed(by, series), sent(by, series))


def last_launch(by: str) -> str:
    """Return when a title was last launched, in seconds of the epoch; without ``queue``, when it was first assigned."""
    launched, assigned = (
        "mimecast_queue_last_launch_timestamp_seconds",
        "mimecast_training_first_assigned_timestamp_seconds",
    )
    return f"max by ({by}) {_title_numbers(launched, assigned, now)}"


def training(name: str, by: str = "", series: Series = now) -> str:
    """Return assignments of the collector ``training``: assigned, watched, overdue, watchlist."""
    return total(once("tenant, title", series(of_titles(f"mimecast_training_{name}"))), by)


def overdue(by: str = "", series: Series = now) -> str:
    """Return which part of the assignments is overdue."""
    return ratio(training("overdue", by, series), training("assigned", by, series))


def _people(company: str, known: str, users: str, series: Series) -> str:
    """Return people by tenant: of the company where a tenant has both collectors, else those of the trainings.

    ``known`` is the metric without which a company's number has nothing to be compared with.
    """
    collectors = series(of_tenants("mimecast_collector_success", 'collector=~"performance|watchlist"'))
    both = f"(count by (tenant) ({once('tenant, collector', collectors)}) == 2)"
    others = once("tenant", series(of_tenants(users)))
    return f"(({company} and on (tenant) {series(of_tenants(known))}) or ({others} unless on (tenant) {both}))"


_LISTED: Final = "mimecast_watchlist_users"
_EVERYBODY: Final = "mimecast_performance_users_participating"


def people(by: str = "", series: Series = now) -> str:
    """Return how many people there are, of the tenants whose watch list is known."""
    company = once("tenant", series(of_tenants(_EVERYBODY)))
    return total(_people(company, _LISTED, "mimecast_training_users", series), by)


def listed_people(by: str = "", series: Series = now) -> str:
    """Return how many people are on the watch list, of the tenants whose people are known."""
    company = total(once("tenant, overdue", series(of_tenants(_LISTED))), "tenant")
    return total(_people(company, _EVERYBODY, "mimecast_training_users_watchlisted", series), by)


def watchlist(by: str = "", series: Series = now) -> str:
    """Return which part of the people is on the watch list."""
    return ratio(listed_people(by, series), people(by, series))


def graded(matcher: str, by: str = "", series: Series = now) -> str:
    """Return the people with some risk grades."""
    return total(once("tenant, grade", series(of_tenants("mimecast_safe_score_users", matcher))), by)


def risk(by: str = "", series: Series = now) -> str:
    """Return which part of the people with a grade has D or F."""
    return ratio(graded(BAD, by, series), graded(KNOWN, by, series))


def _recent(series: Series) -> str:
    launch = of_tenants("mimecast_phishing_launch_timestamp_seconds", 'campaign!="(other campaigns)"')
    # The age is that of the moment looked at, so the present one moves with the series.
    moment = "time()" if series is now else "(time() - $__range_s)"
    age = f"{moment} - {once('tenant, campaign', series(launch))}"
    return f"({age} >= {limit('phishing_grace'):g} <= {limit('phishing_recent'):g})"


def simulated(name: str, by: str = "", series: Series = now) -> tuple[str, str]:
    """Return the messages of recent simulations that were clicked or reported, and those sent, where both are known."""
    part, whole = (once("tenant, campaign", series(of_tenants(f"mimecast_phishing_{it}"))) for it in (name, "sent"))
    same = "and on (tenant, campaign)"
    recent = _recent(series)
    return total(f"{part} {same} {whole} {same} {recent}", by), total(f"{whole} {same} {part} {same} {recent}", by)


def phishing(name: str, by: str = "", series: Series = now) -> str:
    """Return which part of the messages of recent simulations was clicked, or reported."""
    return ratio(*simulated(name, by, series))


def age(by: str) -> str:
    """Return how many seconds old the last good numbers are."""
    return f"time() - {once(by, of_tenants('mimecast_collector_last_success_timestamp_seconds'))}"


def buckets(metric: str, by: str = "") -> str:
    """Return the buckets of a gauge histogram, which is a state: nothing in it is a rate."""
    labels = f"{by}, le" if by else "le"
    return total(once("tenant, title, le", of_titles(f"{metric}_bucket")), labels)


def quantile(part: float, metric: str, by: str = "") -> str:
    """Return a quantile of a gauge histogram; absent where nothing is in it."""
    return f"(histogram_quantile({part:g}, {buckets(metric, by)}) >= 0)"


def days(seconds: str) -> str:
    """Return days."""
    return f"{seconds} / 86400"


def answers(by: str, *matchers: str) -> str:
    """Return the answers given."""
    return total(once("tenant, title, option", of_titles("mimecast_queue_answers", *matchers)), by)


def chosen(option: str) -> str:
    """Return which part of a title's answers chose an option."""
    matcher = f'option="{option}"'
    return ratio(answers("title", matcher), answers("title"))


def right(by: str) -> str:
    """Return which part of those who completed answered right."""
    correct, done = (once("tenant, title", of_titles(f"mimecast_queue_{it}")) for it in ("correct", "completed"))
    return ratio(total(correct, by), total(done, by))


def right_option() -> str:
    """Return the option of each title that is right, where somebody has answered and tenants have the same."""
    option = of_titles("mimecast_queue_correct_option")
    return f"(max by (title) ({option}) == min by (title) ({option}) and on (title) {answers('title')} > 0)"
