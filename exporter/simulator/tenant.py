"""A tenant of the simulated Mimecast: its options, credentials, company, and the state that the vendor keeps of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from threading import RLock
from typing import TYPE_CHECKING, Literal, TypedDict, Unpack

from exporter.simulator.clock import SimulatedClock
from exporter.simulator.company import Company
from exporter.simulator.credential import client_credentials, signed_credentials
from exporter.simulator.fault import FAULTS
from exporter.simulator.fault.fault import Fault
from exporter.simulator.fault.rule import Rule, When
from exporter.simulator.listing import Shelf
from exporter.simulator.manners import Memory
from exporter.simulator.oauth import LIFETIME, Tokens
from exporter.simulator.oracle import Count, Oracle, Terms
from exporter.simulator.path import KINDS, ROOT, TRAINING_PATH
from exporter.simulator.people.census import Census
from exporter.simulator.programme.title import MONTH_DAYS, NAMES
from exporter.simulator.rate import Window
from exporter.simulator.seed import dice
from exporter.simulator.training import Spelling, TrainingDetails

if TYPE_CHECKING:
    from exporter.simulator.exchange import Exchange

Served = bytes | Callable[[], bytes]


class TenantOptions(TypedDict, total=False):
    """Options of a tenant as keywords; `Options` says what each means and what it is by default."""

    api: Literal[1, 2]
    users: int
    titles: int
    upcoming: int
    simulations: int | None
    names: tuple[str, ...]
    title_days: int
    seed: int
    as_of: datetime
    spelling: Spelling
    page_size: int | None
    next_as_object: bool
    keep_alive: bool
    rate_limit: int
    rate_window: int
    expires_in: int
    credentials: dict[str, str]
    company_clock: SimulatedClock
    forbidden: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Options:
    """What a tenant is like.

    `titles` have been launched by `as_of` (the company's present by default), `upcoming` more follow; one goes
    out every `title_days`, called by `names` in some order, which come again with a season.
    There is a phishing simulation about every six weeks, or `simulations` of them by `as_of`.
    `page_size` is the largest page there is, and splits what is documented without paging too; `next_as_object` gives
    the token of the next page as `{"pageToken": ...}`. `forbidden` endpoints are refused with 403, `missing` ones with
    404; both are written as `queue/get-queue`.
    `keep_alive` is by default as recorded: API 1.0 closes every connection. `rate_window` is in milliseconds.
    `company_clock` is the time of the company alone (the simulator's by default): it may run fast while dates,
    signatures and waits go by the simulator's, as they must for a client whose clock is the real one.
    """

    api: Literal[1, 2] = 1
    users: int = 100
    titles: int = 20
    upcoming: int = 2
    simulations: int | None = None
    names: tuple[str, ...] = NAMES
    title_days: int = MONTH_DAYS
    seed: int = 1
    as_of: datetime | None = None
    spelling: Spelling = "sample"
    page_size: int | None = None
    next_as_object: bool = False
    keep_alive: bool | None = None
    rate_limit: int = 800
    rate_window: int = 5000
    expires_in: int = LIFETIME
    credentials: dict[str, str] | None = None
    company_clock: SimulatedClock | None = None
    forbidden: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


class Tenant:
    """One customer: what it is asked with, what it answers, and how it misbehaves."""

    def __init__(self, name: str, options: Options, clock: SimulatedClock) -> None:
        unknown = {*options.forbidden, *options.missing} - {path.removeprefix(ROOT) for path in KINDS}
        if unknown:
            raise ValueError(f"no such endpoints: {', '.join(sorted(unknown))}")
        self.name = name
        self.options = options
        self.base_url = ""
        self.credentials = options.credentials or _credentials(name, options)
        self.clock = options.company_clock or clock
        self.company = Company(
            users=options.users,
            titles=options.titles,
            seed=options.seed,
            upcoming=options.upcoming,
            simulations=options.simulations,
            names=options.names,
            title_days=options.title_days,
            as_of=options.as_of or self.clock.now(),
        )
        self.details = TrainingDetails(self.company, options.spelling)
        self.census = Census(self.company)
        self.listings = Shelf()
        self.tokens = Tokens(options.expires_in)
        self.window = Window(options.rate_limit, options.rate_window)
        self.memory = Memory()
        self.in_flight: list[Exchange] = []
        self.blocked_until = float("-inf")
        self._clock = clock
        self._lock = RLock()
        self._rules: list[Rule] = []
        self._served: dict[str, Served] = {}
        self._withdrawn: dict[str, bool] = {}

    @property
    def keep_alive(self) -> bool:
        """Whether connections stay open after an answer."""
        return self.options.api == 2 if self.options.keep_alive is None else self.options.keep_alive

    def fail(self, name: str, **when: Unpack[When]) -> None:
        """Misbehave by a fault of `FAULTS`, from call `first` on (1), `times` times (for ever), on the fault's path.

        `path` makes it another path, `probability` leaves it to seeded chance, `seconds` is the fault's measure of
        time where it has one. The rule set first is tried first. KeyError if there is no such fault.
        """
        self.fail_by_chance((name,), **when)

    def fail_by_chance(self, names: tuple[str, ...], **when: Unpack[When]) -> None:
        """Misbehave by any of the faults each time, chosen by seeded chance; else as `fail`."""
        faults = tuple(FAULTS[name] for name in names)
        with self._lock:
            chance = dice("fault", self.options.seed, self.name, len(self._rules))
            self._rules.append(Rule(faults, when, chance))

    def clear_faults(self) -> None:
        """Behave again; a wait that was asked for is over."""
        with self._lock:
            self._rules.clear()
            self.blocked_until = float("-inf")

    def fault(self, path: str) -> tuple[Fault, float | None] | None:
        """Return the fault that is due for a call of a path, and its seconds, if there is one."""
        with self._lock:
            for rule in self._rules:
                if fault := rule.due(path):
                    return fault, rule.seconds
        return None

    def serve(self, document: Served | None, path: str = TRAINING_PATH) -> None:
        """Answer a path with these bytes from now on, or with what is returned at each call; None: as usual again."""
        with self._lock:
            if document is None:
                self._served.pop(path, None)
            else:
                self._served[path] = document

    def served(self, path: str) -> bytes | None:
        """Return the bytes that a test has put in place of the answer of a path, if any."""
        with self._lock:
            document = self._served.get(path)
        return document() if callable(document) else document

    def withdraw_campaign(self, identifier: str, *, still_listed: bool = False) -> None:
        """Withdraw a training campaign or a simulation: its people are asked for in vain from now on.

        `still_listed` leaves it in the list, as if it went between the two questions of one poll.
        KeyError if the company has none with this id.
        """
        campaigns = {launch.campaign_id for launch in self.company.launches}
        if identifier not in campaigns | {simulation.id for simulation in self.company.simulations}:
            raise KeyError(identifier)
        self._withdrawn[identifier] = still_listed
        self.listings.clear()

    def has(self, identifier: str) -> bool:
        """Say whether a campaign or a simulation has not been withdrawn."""
        return identifier not in self._withdrawn

    def lists(self, identifier: str) -> bool:
        """Say whether a campaign or a simulation is still listed."""
        return self._withdrawn.get(identifier, True)

    def refusal(self, path: str) -> Literal[403, 404] | None:
        """Return the status with which the tenant refuses an endpoint, None if it does not."""
        name = path.removeprefix(ROOT)
        return 403 if name in self.options.forbidden else 404 if name in self.options.missing else None

    def revoke_tokens(self) -> None:
        """End all tokens given out so far."""
        self.tokens.revoke()

    def block(self, seconds: float) -> None:
        """Expect that nothing is sent for so long, as an answer has just asked."""
        self.blocked_until = self._clock.monotonic() + seconds

    def expected(self, terms: Terms | None = None) -> Count:
        """Count the company's trainings independently; at the present by default."""
        return self.oracle(terms).training()

    def oracle(self, terms: Terms | None = None) -> Oracle:
        """Return what counts everything independently, one method a subject; at the present by default."""
        unlisted = frozenset(identifier for identifier, listed in self._withdrawn.items() if not listed)
        return Oracle(self.company, terms or Terms(self._clock.now(), state_at=self.clock.now()), unlisted)


def _credentials(name: str, options: Options) -> dict[str, str]:
    make = signed_credentials if options.api == 1 else client_credentials
    return make(options.seed, name)
