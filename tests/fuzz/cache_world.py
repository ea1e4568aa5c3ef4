"""A simulated Mimecast whose answers are numbered, the exporter against it, and the model of both."""

import gzip
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from cache_model import Bad, Good, Moment, Tenant, Terms, Unit
from expectation import of_training
from house import House, series_of

from exporter.collectors.safe_score import PATH as SAFE_SCORE_PATH
from exporter.collectors.safe_score import SAFE_SCORE
from exporter.collectors.training import TRAINING
from exporter.commands.assembly import reassemble
from exporter.exposition import Format
from exporter.scrape import Scrapes, Selection
from exporter.simulator import TRAINING_PATH, counted
from exporter.simulator import Terms as CountTerms
from exporter.web.request import Request
from exporter.web.routes import Options, Routes

PATHS: Final = {"training": TRAINING_PATH, "safe_score": SAFE_SCORE_PATH}
NAMES: Final = tuple(PATHS)
_FIELDS: Final = {"training": TRAINING.fields, "safe_score": SAFE_SCORE.fields}
_UNTOLD: Final = ("mimecast_collector_duration", "mimecast_api_rate_limit", "mimecast_api_clock_skew")
_LAUNCH: Final = datetime(2026, 11, 1, 9, tzinfo=UTC)

Answers = dict[str, Good | Bad]


@dataclass(frozen=True, slots=True)
class Settings:
    """How tenants are polled: the terms of each collector."""

    refresh: float
    staleness: float
    of_safe_score: float

    def text(self) -> str:
        """Return them as the configuration has them."""
        return (
            f"refresh_interval: {self.refresh:g}s, max_staleness: {self.staleness:g}s, "
            f"refresh_intervals: {{safe_score: {self.of_safe_score:g}s}}"
        )

    def units(self) -> dict[str, Unit]:
        """Return the units that a tenant has with them at the beginning."""
        return {
            "training": Unit(Terms(self.refresh, self.staleness)),
            "safe_score": Unit(Terms(self.of_safe_score, self.staleness)),
        }


def document(collector: str, version: int) -> bytes:
    """Return the answer of a version: other titles, other numbers, and more users than any before."""
    data: list[Any]
    if collector == "training":
        row = {"title": f"Title {version}", "titleId": f"id-{version}", "watched": False, "onWatchlist": False}
        assigned = {"assignedTimeStamp": (_LAUNCH + timedelta(hours=version)).isoformat()}
        data = [{"training": [row | assigned], "needEngagement": False, "meritBadge": {}}] * (version % 7 + 1)
    else:
        data = [{"scoreCounts": {"a": version, "b": 1, "c": 0, "d": 2, "f": 3}}]
    return json.dumps({"meta": {"status": 200}, "data": data, "fail": []}).encode()


def good(collector: str, tenant: str, version: int, now: datetime) -> Good:
    """Return the answer of a version with what a page must show of it, if the poll is at this moment."""
    if collector == "training":
        count = counted(document(collector, version), CountTerms(now))
        series = {
            key.replace('tenant="acme"', f'tenant="{tenant}"'): value for key, value in of_training(count).items()
        }
        records = count.records
    else:
        grades = {"A": version, "B": 1, "C": 0, "D": 2, "F": 3, "unknown": 0}
        series = {f'mimecast_safe_score_users{{grade="{key}",tenant="{tenant}"}}': grades[key] for key in grades}
        records = 1
    series[f'mimecast_collector_records{{collector="{collector}",tenant="{tenant}"}}'] = records
    for field in _FIELDS[collector]:
        labels = f'collector="{collector}",field="{field}",tenant="{tenant}"'
        series[f"mimecast_collector_unreadable{{{labels}}}"] = 0
    return Good(version, {key: float(value) for key, value in series.items()})


class World:
    """Two tenants, one of each API; their answers are set by collector, and the model is kept up to them."""

    def __init__(self, settings: Settings) -> None:
        self.house = House()
        self.house.simulator.start()
        self.settings = settings
        self.version = 0
        self.skew = 0.0
        self.from_hand = 0
        self.tenants = {name: Tenant(name, name == "signed", settings.units()) for name in ("signed", "token")}
        self.vendors = {
            name: self.house.simulator.add_tenant(name, api=1 if name == "signed" else 2, users=1, titles=1)
            for name in self.tenants
        }
        self.answers: dict[str, dict[str, int | Bad]] = {name: {} for name in self.tenants}
        for name in self.tenants:
            for collector in NAMES:
                self.serve(name, collector)
        self.house.build(settings.text(), collectors=", ".join(NAMES))
        self._routes = Routes(lambda: (self._scrapes, 60.0), self.house.instruments, Options(timeout_offset=0.0))

    @property
    def _scrapes(self) -> Scrapes:
        assert self.house.assembly is not None
        return self.house.assembly.scrapes

    def close(self) -> None:
        """Stop both."""
        assert self.house.assembly is not None
        self.house.assembly.stop()
        self.house.simulator.stop()

    def now(self) -> Moment:
        """Return the moment."""
        hands = self.house.hands
        return Moment(hands.monotonic(), hands.now().timestamp(), self.skew)

    def serve(self, tenant: str, collector: str, gate: Callable[[bytes], bytes] = bytes) -> None:
        """Let a vendor give a new answer, which goes through ``gate``."""
        self.version += 1
        content = document(collector, self.version)
        self.vendors[tenant].serve(lambda: gate(content), PATHS[collector])
        self._answer(tenant, collector, self.version)

    def misbehave(self, tenant: str, collector: str, bad: Bad) -> None:
        """Let a vendor fail."""
        self._answer(tenant, collector, bad)

    def _answer(self, tenant: str, collector: str, answer: int | Bad) -> None:
        vendor = self.vendors[tenant]
        self.answers[tenant][collector] = answer
        until = vendor.blocked_until
        vendor.clear_faults()
        vendor.blocked_until = until
        for each, bad in self.answers[tenant].items():
            if isinstance(bad, Bad):
                vendor.fail(bad.fault, path=PATHS[each], seconds=bad.wait or None)

    def due(self, tenant: str) -> Answers:
        """Return what a poll at this moment would be answered."""
        now = self.house.hands.now()
        answers = self.answers[tenant]
        return {
            each: answer if isinstance(answer, Bad) else good(each, tenant, answer, now)
            for each, answer in answers.items()
        }

    def polled(self, tenants: Iterable[str], names: Iterable[str]) -> None:
        """Let the model know of a scrape."""
        for name in tenants:
            self.tenants[name].scrape(names, self.due(name), self.now())

    def reload(self, settings: Settings) -> None:
        """Put settings to work; with others than before each tenant begins anew, but for the wait of its vendor."""
        house = self.house
        assert house.assembly is not None
        loading = house.loading(settings.text(), collectors=", ".join(NAMES))
        house.assembly = reassemble(house.assembly, loading, Path(), house.instruments, house.hands)
        if settings != self.settings:
            self.tenants = {name: replace(each, units=settings.units()) for name, each in self.tenants.items()}
        self.settings = settings

    def is_polling(self) -> bool:
        """Say whether a poll is in the air."""
        assert self.house.assembly is not None
        statuses = self.house.assembly.scrapes.statuses()
        return any(collector.is_polling for status in statuses for collector in status.collectors)

    def page(self, tenants: Iterable[str], names: tuple[str, ...], seconds: float | None) -> dict[str, float]:
        """Return the series of a page of some collectors of some tenants, without those of no interest here."""
        series = series_of(self._body(tuple(tenants), names, seconds).decode())
        assert all(value >= 0 for key, value in series.items() if "clock_skew" not in key)
        return {key: value for key, value in series.items() if not key.startswith(_UNTOLD)}

    def _body(self, tenants: tuple[str, ...], names: tuple[str, ...], seconds: float | None) -> bytes:
        if len(tenants) == 1 and seconds is not None:
            return self._probed(tenants[0], names, seconds)
        page = self._scrapes.page(Selection(tenants, names, instruments=False), seconds, Format.TEXT, gzip=False)
        return b"".join(page.parts)

    def _probed(self, tenant: str, names: tuple[str, ...], seconds: float) -> bytes:
        """Return the page of one tenant as a request has it; what is at hand before must be that, and nothing asked."""
        query = "&".join([f"target={tenant}", *(f"collector={name}" for name in names)])
        headers = {"accept-encoding": "gzip", "x-prometheus-scrape-timeout-seconds": str(seconds)}
        request = Request("GET", "/probe", query, headers, keep_alive=True)
        at_hand, calls = self._routes.at_hand(request), self.calls()
        body = b"".join(self._routes.answer(request).body)
        if at_hand is not None:
            self.from_hand += 1
            assert (body, calls) == (b"".join(at_hand.body), self.calls())
        return gzip.decompress(body)

    def check(self, page: Mapping[str, float], tenants: Iterable[str], names: tuple[str, ...]) -> None:
        """Check that a page of some collectors of some tenants shows what it must, and no other series."""
        due: dict[str, float] = {}
        for tenant in tenants:
            due |= self.tenants[tenant].page(self.now(), names)
        assert due.keys() == page.keys()
        assert [] == [(key, due[key], page[key]) for key in due if abs(due[key] - page[key]) > 1e-3]

    def calls(self) -> dict[tuple[str, str], int]:
        """Return how often each tenant has been asked for each collector."""
        calls = self.house.simulator.calls
        return {(tenant, each): calls(tenant, PATHS[each]) for tenant in self.tenants for each in NAMES}
