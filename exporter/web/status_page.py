"""The status page, from a value to HTML: no script, nothing from elsewhere, every text escaped."""

from collections.abc import Iterable, Iterator
from html import escape
from typing import Final
from urllib.parse import quote

from exporter.web.status import CollectorStatus, State, Status, TenantStatus
from exporter.web.stylesheet import STYLESHEET

# With more tenants than this only the names show at first; who is down shows all, but for a great many.
_MOST_OPEN: Final = 5
_MOST_OPEN_DOWN: Final = 20
_SKEW_WORTH_TELLING: Final = 5.0
_UNITS: Final = ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))
_COLUMNS: Final = ("Collector", "State", "Data", "Next poll")
_HEADS: Final = "".join(f'<th scope="col">{column}</th>' for column in _COLUMNS)
_NOTE: Final = (
    "Only a scrape asks Mimecast, once the latest answer is old enough; this page never does, but its links to numbers "
    "are scrapes. The log has the details of each failure."
)
# Pages of others that explain what this page shows and what this port can do.
_DOCUMENTS: Final = {
    "Mimecast's API": "https://developer.services.mimecast.com/docs/awarenesstraining",
    "Web configuration file": "https://github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md",
    "Discovery over HTTP": "https://prometheus.io/docs/prometheus/latest/http_sd/",
}
_CLASSES: Final = {State.DOWN: "down", State.WAITING: "wait", State.UP: "up"}
_TITLES: Final = {State.DOWN: "Down", State.WAITING: "Not polled yet", State.UP: "Up"}


def render_status(status: Status) -> str:
    """Return the page."""
    return "".join(f"{line}\n" for line in _page(status))


def in_words(seconds: float) -> str:
    """Return a span as a person says it: the largest unit, with the next one if that is of use."""
    rest = int(seconds)
    if rest < 1:
        return "less than a second"
    place = next(place for place, (size, _) in enumerate(_UNITS) if rest >= size)
    counts = []
    for size, unit in _UNITS[place : place + 1 + (place < 2)]:
        count, rest = divmod(rest, size)
        counts += [_counted(count, unit)] if count else []
    return " ".join(counts)


def _page(status: Status) -> Iterator[str]:
    headline = _headline(status)
    yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>mimecast-exporter: {headline}</title>\n<style>\n{STYLESHEET}</style>\n</head>\n<body>"
    yield from _head(status)
    yield f'<main>\n<p class="summary {_CLASSES[_worst(status)]}">{headline}</p>'
    for state in State:
        yield from _section(status, state)
    yield "</main>"
    yield f"<footer>\n<p>{_NOTE}</p>\n<nav>\n<span>Documents:</span>"
    yield _lines(
        f'<a rel="noreferrer" href="{escape(address)}">{escape(name)}</a>' for name, address in _DOCUMENTS.items()
    )
    yield "</nav>\n</footer>\n</body>\n</html>"


def _head(status: Status) -> Iterator[str]:
    yield "<header>\n<h1>mimecast-exporter</h1>"
    yield f'<p class="soft">Version {escape(status.version)}, Python {escape(status.python)}, '
    yield f"running for {in_words(status.running_for)}, as of {status.now:%Y-%m-%d %H:%M:%S} UTC.</p>"
    links = (f'<a href="{_link(path)}">{escape(name)}</a>' for name, path in status.links.items())
    yield f"<nav>\n{_lines(links)}\n</nav>\n</header>"


def _headline(status: Status) -> str:
    counts = {state: len(status.of_state(state)) for state in State}
    first = f"{counts[State.UP]} of {_counted(len(status.tenants), 'tenant')} up"
    others = (f"{counts[state]} {state}" for state in (State.DOWN, State.WAITING) if counts[state])
    return ", ".join([first, *others])


def _worst(status: Status) -> State:
    return next((state for state in State if status.of_state(state)), State.WAITING)


def _section(status: Status, state: State) -> Iterator[str]:
    tenants = status.of_state(state)
    if tenants:
        few = len(tenants) <= _MOST_OPEN_DOWN if state is State.DOWN else len(status.tenants) <= _MOST_OPEN
        yield f"<section>\n<h2>{_TITLES[state]} ({len(tenants)})</h2>"
        for tenant in tenants:
            yield from _tenant(tenant, is_open=few)
        yield "</section>"


def _tenant(tenant: TenantStatus, *, is_open: bool) -> Iterator[str]:
    facts = " · ".join(f"<span>{escape(text)}</span>" for text in _facts(tenant))
    target = _link(f"/probe?target={quote(tenant.name, safe='')}")
    yield f"<details{' open' if is_open else ''}>"
    yield f"<summary><strong>{escape(tenant.name)}</strong> {_badge(tenant.state)}"
    yield f'<span class="soft">{facts}</span></summary>\n<div class="inside">'
    for failure in tenant.failures:
        yield f'<p class="advice"><b>{escape(failure.reason)}</b>: {escape(failure.advice)}</p>'
    yield f"<table>\n<thead><tr>{_HEADS}</tr></thead>\n<tbody>"
    for collector in tenant.collectors:
        yield _row(collector)
    yield "</tbody>\n</table>"
    yield f'<p><a href="{target}">Numbers of {escape(tenant.name)}</a></p>\n</div>\n</details>'


def _facts(tenant: TenantStatus) -> Iterator[str]:
    """Yield what is to be said of a tenant as a whole."""
    if tenant.failures:
        yield " and ".join(failure.reason for failure in tenant.failures)
    ages = [collector.age for collector in tenant.collectors if collector.is_shown and collector.age is not None]
    if ages:
        yield f"data {in_words(max(ages))} old"
    if tenant.blocked_for > 0:
        yield f"Mimecast asks to wait {in_words(tenant.blocked_for)} more"
    if tenant.rate_limit_remaining is not None:
        of = f" of {tenant.rate_limit:.0f}" if tenant.rate_limit is not None else ""
        yield f"rate limit: {tenant.rate_limit_remaining:.0f}{of} left"
    if tenant.clock_skew is not None and abs(tenant.clock_skew) >= _SKEW_WORTH_TELLING:
        way = "behind" if tenant.clock_skew > 0 else "ahead of"
        yield f"this host's clock is {in_words(abs(tenant.clock_skew))} {way} Mimecast's"


def _row(collector: CollectorStatus) -> str:
    reason = f" {escape(collector.failure.reason)}" if collector.failure else ""
    cells = (_data(collector), _next_poll(collector))
    labelled = (f'<td data-label="{name}">{cell}</td>' for name, cell in zip(_COLUMNS[2:], cells, strict=True))
    name = f'<th scope="row">{escape(collector.name)}</th>'
    return f"<tr>{name}<td>{_badge(collector.state)}{reason}</td>{''.join(labelled)}</tr>"


def _data(collector: CollectorStatus) -> str:
    if collector.age is None:
        return "none yet"
    return f"{in_words(collector.age)} old{'' if collector.is_shown else ', too old to be shown'}"


def _next_poll(collector: CollectorStatus) -> str:
    if collector.is_polling:
        return "running now"
    return f"in {in_words(collector.due_in)}" if collector.due_in > 0 else "with the next scrape"


def _badge(state: State) -> str:
    return f'<span class="state {_CLASSES[state]}">{state}</span>'


def _link(path: str) -> str:
    """Return a link that also leads right behind a proxy that puts our port below a path of its own."""
    return escape(f".{path}")


def _counted(count: int, unit: str) -> str:
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


def _lines(texts: Iterable[str]) -> str:
    return "\n".join(texts)
