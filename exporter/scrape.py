"""One scrape to one page: polls what is due, waits until its time is over, and shows what there is.

The metrics of each poll are declared here: they speak of the collectors and of the API, whatever was found.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeAlias

from exporter.clock import Clock
from exporter.exposition import Format, Joined, Page, Rendered, render_registry
from exporter.hint import HINTS
from exporter.instruments import Instruments
from exporter.kept import Kept
from exporter.mimecast.client import ApiState
from exporter.model import Metric, Sample
from exporter.polls import Polls, Standing, TenantPolls, View
from exporter.together import Together
from exporter.web.status import CollectorStatus, Failure, State, TenantStatus

UP: Final = Metric("mimecast_up", "1 if the latest poll of every enabled collector succeeded, 0 before the first.")
SUCCESS: Final = Metric(
    "mimecast_collector_success", "1 if the latest poll of the collector succeeded.", ("collector",)
)
FAILING: Final = Metric(
    "mimecast_collector_failing",
    "1 while the latest poll of the collector has failed, with its reason.",
    ("collector", "reason"),
)
LAST_SUCCESS: Final = Metric(
    "mimecast_collector_last_success_timestamp_seconds",
    "When the latest good poll of the collector ended, whether or not its numbers still show.",
    ("collector",),
)
DURATION: Final = Metric(
    "mimecast_collector_duration_seconds",
    "Seconds that the latest finished poll of the collector took.",
    ("collector",),
)
RECORDS: Final = Metric(
    "mimecast_collector_records", "Records read in the latest good poll of the collector.", ("collector",)
)
UNREADABLE: Final = Metric(
    "mimecast_collector_unreadable",
    "Values of the latest good poll that could not be read, by the vendor's field; record and user were left out.",
    ("collector", "field"),
)
RATE_LIMIT_REMAINING: Final = Metric(
    "mimecast_api_rate_limit_remaining", "Requests left in the vendor's window, as last told (X-RateLimit-Remaining)."
)
RATE_LIMIT: Final = Metric(
    "mimecast_api_rate_limit", "Requests in the vendor's window, as last told (X-RateLimit-Limit)."
)
BLOCKED_UNTIL: Final = Metric(
    "mimecast_api_blocked_until_timestamp_seconds",
    "End of the wait that the vendor asked for; absent if there is none.",
)
CLOCK_SKEW: Final = Metric(
    "mimecast_api_clock_skew_seconds", "The vendor's clock (Date) less ours, at the middle of the latest request."
)

POLL_METRICS: Final = (
    UP,
    SUCCESS,
    FAILING,
    LAST_SUCCESS,
    DURATION,
    RECORDS,
    UNREADABLE,
    RATE_LIMIT_REMAINING,
    RATE_LIMIT,
    BLOCKED_UNTIL,
    CLOCK_SKEW,
)

# Kept are those that are scraped again and again; clients may ask for any selection of collectors.
_STATES_OF_A_TENANT: Final = 12
_PAGES_OF_A_TENANT: Final = 4
_PAGES_OF_ALL: Final = 4
# A page of more is put together each time: kept, it would keep what its tenants have replaced since.
_MOST_ON_A_KEPT_PAGE: Final = 16

_Names: TypeAlias = tuple[str, ...]
_Whose: TypeAlias = tuple[str, _Names]
_State: TypeAlias = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Selection:
    """What a page is of: some tenants, of each some collectors (None: all that it has), the own instruments or not."""

    tenants: tuple[str, ...]
    collectors: tuple[str, ...] | None = None
    instruments: bool = True


class Scrapes:
    """Makes the pages of one configuration. Safe for threads."""

    def __init__(
        self, tenants: Mapping[str, TenantPolls], polls: Polls, instruments: Instruments, clock: Clock
    ) -> None:
        self.tenants = tenants
        self._polls = polls
        self._instruments = instruments
        self.clock = clock
        own = instruments.of(self.tenants)
        self._own = {form: Together(partial(render_registry, own, form)) for form in Format}
        self._at_hand = Kept[Hashable, tuple[Standing, Page]](_PAGES_OF_A_TENANT * len(tenants) + _PAGES_OF_ALL)
        self._told = Kept[_Whose, Rendered](_STATES_OF_A_TENANT * len(tenants))
        self._pages = Kept[tuple[Format, tuple[_Whose, ...]], Joined](_PAGES_OF_A_TENANT * len(tenants) + _PAGES_OF_ALL)

    def page(self, selection: Selection, seconds: float | None, form: Format, *, gzip: bool) -> Page:
        """Return the page after at most ``seconds``; None polls nothing and shows what there is."""
        started = self.clock.monotonic()
        chosen = [(self.tenants[name], _collectors(self.tenants[name], selection)) for name in selection.tenants]
        if seconds is not None:
            self._polls.collect(chosen, seconds)
        shown = [_Shown(tenant, names, self._polls.view(tenant, names, started)) for tenant, names in chosen]
        joined = self._known(shown, form) if len(shown) <= _MOST_ON_A_KEPT_PAGE else self._joined(shown, form)
        if selection.instruments:
            joined = joined.with_text(self._own[form].get())
        return joined.page(gzip=gzip)

    def at_hand(self, wish: Hashable) -> Page | None:
        """Return the page that was kept for a ``wish``, if it would be made as it is; this waits for nothing."""
        known = self._at_hand.known(wish, None)
        if known is None:
            return None
        standing, page = known
        if not standing.holds(self.clock.monotonic()):
            return None
        for name in standing.names:
            self._instruments.served_from_memory(standing.tenant.tenant.name, name)
        return page

    def standing(self, selection: Selection) -> Standing:
        """Return for how long what is shown of one tenant stands; to be had before its page is made."""
        (name,) = selection.tenants
        return self._polls.standing(self.tenants[name], _collectors(self.tenants[name], selection))

    def keep_at_hand(self, wish: Hashable, standing: Standing, page: Page) -> None:
        """Keep a page for a ``wish`` if it stands still, that is, if nothing has changed since ``standing`` was had."""
        if standing.holds(self.clock.monotonic()):
            self._at_hand.keep(wish, None, (standing, page))

    def statuses(self) -> tuple[TenantStatus, ...]:
        """Return what is known of each tenant at this moment; polls nothing."""
        return tuple(self._status(tenant) for tenant in self.tenants.values())

    def _status(self, tenant: TenantPolls) -> TenantStatus:
        views = self._polls.view(tenant, tenant.units, self.clock.monotonic())
        told = tenant.client.state
        return TenantStatus(
            tenant.tenant.name,
            tuple(map(_collector_status, views)),
            told.rate_limit,
            told.rate_limit_remaining,
            tenant.client.blocked_for(),
            told.clock_skew,
        )

    def _known(self, shown: Sequence["_Shown"], form: Format) -> Joined:
        """Return what :meth:`_joined` does, put together before unless something of it has changed."""
        whose, states = tuple(each.key for each in shown), [each.state for each in shown]
        return self._pages.get((form, whose), states, partial(self._joined, shown, form))

    def _joined(self, shown: Iterable["_Shown"], form: Format) -> Joined:
        """Return what is shown of some tenants, all of it rendered before unless it has changed."""
        rendered = (each for one in shown for each in (self._told.get(one.key, one.state, one.told), *one.numbers))
        return Joined((family for each in rendered for family in each.families(form)), form)


class _Shown:
    """What a page shows of one tenant; with an equal ``state`` it shows the same."""

    def __init__(self, tenant: TenantPolls, names: _Names, views: tuple[View, ...]) -> None:
        self.key = (tenant.tenant.name, names)
        self._views = views
        self._api = tenant.client.state
        self._blocked = tenant.client.blocked_for() > 0
        polls = [(view.result, view.last_success, view.shown and view.shown.version) for view in views]
        self.state: _State = (self._api, self._blocked, polls)

    @property
    def numbers(self) -> Iterator[Rendered]:
        """What the collectors have found, as far as it may be shown."""
        return (view.shown.rendered for view in self._views if view.shown)

    def told(self) -> Rendered:
        """Return the metrics of the polls themselves."""
        samples = (*poll_samples(self._views), *api_samples(self._api, blocked=self._blocked))
        return Rendered(self.key[0], samples)


def _collectors(tenant: TenantPolls, selection: Selection) -> tuple[str, ...]:
    return tuple(name for name in tenant.units if selection.collectors is None or name in selection.collectors)


def _collector_status(view: View) -> CollectorStatus:
    reason = view.result.reason if view.result else None
    return CollectorStatus(
        view.collector.name,
        State.DOWN if reason else State.UP if view.result else State.WAITING,
        Failure(reason.value, HINTS[reason]) if reason else None,
        view.age,
        view.shown is not None,
        view.due_in,
        view.is_polling,
    )


def poll_samples(views: Iterable[View]) -> Iterator[Sample]:
    """Yield what is to be said of each collector's polls, and of all together."""
    seen = list(views)
    yield Sample(UP, (), float(bool(seen) and all(view.result and view.result.reason is None for view in seen)))
    for view in seen:
        yield from _collector_samples(view)


def _collector_samples(view: View) -> Iterator[Sample]:
    name = view.collector.name
    yield Sample(SUCCESS, (name,), float(view.result is not None and view.result.reason is None))
    if view.result:
        yield Sample(DURATION, (name,), view.result.seconds)
        if view.result.reason is not None:
            yield Sample(FAILING, (name, view.result.reason.value), 1.0)
    if view.last_success:
        yield Sample(LAST_SUCCESS, (name,), view.last_success.timestamp())
    if view.shown:
        yield Sample(RECORDS, (name,), view.shown.records)
        for field, count in view.shown.unreadable.items():
            yield Sample(UNREADABLE, (name, field), count)


def api_samples(state: ApiState, *, blocked: bool) -> Iterator[Sample]:
    """Yield what the vendor's headers told; ``blocked`` says whether the wait that it asked for goes on."""
    until = state.blocked_until.timestamp() if blocked and state.blocked_until else None
    values = {
        RATE_LIMIT_REMAINING: state.rate_limit_remaining,
        RATE_LIMIT: state.rate_limit,
        BLOCKED_UNTIL: until,
        CLOCK_SKEW: state.clock_skew,
    }
    for metric, value in values.items():
        if value is not None:
            yield Sample(metric, (), value)
