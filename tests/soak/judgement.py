"""Judges every page of a soak: whether what it shows of each tenant is one whole answer, not too old, and in order."""

import math
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import nearby  # noqa: F401 - where the next ones are found
from exact import read
from expectation import labels
from outcome import OUTCOMES
from population import STALENESS, TIMEOUT, Population
from stage import sums

from exporter.simulator import Call

_NUMBERS: Final = (b"mimecast_training_", b"mimecast_collector_records", b"mimecast_collector_unreadable")
_TENANT: Final = re.compile(rb'[{,]tenant="([^"]*)"')
_LAST_SUCCESS: Final = b"mimecast_collector_last_success_timestamp_seconds{"
# By how much two looks at a clock may differ on a busy machine.
_SLACK: Final = 0.2


@dataclass(frozen=True, slots=True)
class Page:
    """A page as a scraper has it, and when it asked for it and had it, in seconds of the epoch."""

    began: float
    ended: float
    body: bytes


@dataclass(slots=True)
class _Part:
    """What a page tells of one tenant: lines of numbers, and the others by their series."""

    numbers: list[bytes] = field(default_factory=list)
    states: dict[bytes, float] = field(default_factory=dict)

    @property
    def last_success(self) -> float | None:
        """When the latest good poll ended."""
        return next((value for key, value in self.states.items() if key.startswith(_LAST_SUCCESS)), None)

    def state(self, name: bytes) -> list[float]:
        """Return the values of the series of one name."""
        return [value for key, value in self.states.items() if key.partition(b"{")[0] == name]


@dataclass
class Judgement:
    """What has been seen so far; each page is judged as soon as it is there, by whoever has it."""

    population: Population
    pages: int = 0
    gaps: int = 0
    keys: set[str] = field(default_factory=set)
    _shown: dict[tuple[str, float], int] = field(default_factory=dict)
    _known: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def snapshots(self) -> int:
        """How many snapshots have been compared with what was served."""
        return len(self._shown)

    @property
    def _most(self) -> float:
        """How many seconds numbers may be old."""
        return self.population.refresh + STALENESS

    def judge(self, page: Page, *tenants: str) -> None:
        """Fail on whatever a page of these tenants shows that it should not."""
        parts = _parts(page.body)
        assert set(tenants) == set(parts)
        with self._lock:
            self.pages += 1
            new = [name for name, part in parts.items() if self._is_new(page, name, part)]
        if new:
            series = read(page.body)
            self.keys |= series.keys()
            for name in new:
                self._compare(name, parts[name], series)

    def _is_new(self, page: Page, name: str, part: _Part) -> bool:
        """Check when the numbers are from, and say whether they have not been seen before."""
        up, failing, last = part.state(b"mimecast_up"), part.state(b"mimecast_collector_failing"), part.last_success
        assert up in ([0.0], [1.0])
        assert len(failing) == (not up[0] and bool(part.state(b"mimecast_collector_duration_seconds")))
        if last is None:
            assert not part.numbers
            return False
        self._check_order(page, name, last)
        if not part.numbers:
            self.gaps += 1
            assert page.ended - last > self._most - _SLACK, f"a gap without need: {page.ended - last} s"
            return False
        assert page.began - last < self._most + _SLACK, f"too old: {page.began - last} s"
        # Families stand in another order where another tenant, on the same page, has them in that order.
        shown = hash(frozenset(part.numbers))
        is_new = (name, last) not in self._shown
        assert shown == self._shown.setdefault((name, last), shown), f"two snapshots of {name} of {last}"
        return is_new

    def _check_order(self, page: Page, name: str, last: float) -> None:
        known = self._known.setdefault(name, [])
        earlier = max((success for ended, success in known if ended < page.began), default=last)
        assert earlier <= last, f"numbers of {name} older than those of a page before, by {earlier - last} s"
        # Pages are out for some seconds at most, so that the latest ones are enough.
        known[:] = [*known[-200:], (page.ended, last)]

    def _compare(self, name: str, part: _Part, series: Mapping[str, float]) -> None:
        assert part.last_success is not None
        ended = part.last_success
        call = self.population.call_before(name, ended)
        found = {key: value for key, value in series.items() if key.encode().startswith(_NUMBERS)}
        found = {key: value for key, value in found.items() if f'tenant="{name}"' in key}
        moment = self._moment(name, call, found)
        assert ended - TIMEOUT - 1 < moment.timestamp() < ended, f"numbers as of {moment}, in a poll till {ended}"
        expected = self.population.numbers(name, call, moment)
        if call.fault and OUTCOMES[call.fault].sums:
            found, expected = sums(found), sums(expected)
        assert [] == _differences(expected, found)[:5], f"{name}, {call}"

    def _moment(self, name: str, call: Call, found: Mapping[str, float]) -> datetime:
        """Return when the poll began, as the ages tell: they are those of that moment."""
        titles = self.population.count(name, call, call.at).titles
        company = [title.name for title in self.population.tenants[name].company.titles if title.name in titles]
        title = max(company, key=lambda each: titles[each].outstanding_age.count, default=None)
        if title is None:
            return call.at  # nobody was served, so nothing has an age
        ages = titles[title].outstanding_age
        series = f"mimecast_training_outstanding_age_seconds_gsum{labels(tenant=name, title=title)}"
        assert series in found, f"{name} has no {series}"
        return call.at + timedelta(seconds=(found[series] - ages.sum) / ages.count)


def _parts(body: bytes) -> dict[str, _Part]:
    parts: dict[str, _Part] = {}
    for line in body.split(b"\n"):
        if line.startswith((b"#", b"mimecast_exporter_")) or not (whose := _TENANT.search(line)):
            continue
        part = parts.setdefault(whose[1].decode(), _Part())
        if line.startswith(_NUMBERS):
            part.numbers.append(line)
        else:
            series, _, value = line.rpartition(b" ")
            part.states[series] = float(value)
    return parts


def _differences(expected: Mapping[str, float], found: Mapping[str, float]) -> list[tuple[str, object, object]]:
    # Ages are summed in another order, and are those of a moment that was worked out from them.
    return [
        (key, expected.get(key), found.get(key))
        for key in expected.keys() | found.keys()
        if not math.isclose(expected.get(key, math.nan), found.get(key, math.nan), rel_tol=1e-12, abs_tol=1e-3)
    ]
