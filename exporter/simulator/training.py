"""The answer of `user/get-training-details` for a company: one element of `data` for each person.

An element is kept until something happens to its person, so that a moved clock costs only what has changed.
"""

import json
import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from exporter.simulator.company import Company
from exporter.simulator.people.person import Person, merit_badge, needs_engagement
from exporter.simulator.people.viewing import Viewing
from exporter.simulator.programme.launch import Launch

Spelling = Literal["table", "sample"]


@dataclass(frozen=True, slots=True)
class FieldNames:
    """The three fields that the vendor's page spells in two ways."""

    date: str
    answer: str
    watchlist: str


FIELD_NAMES: dict[Spelling, FieldNames] = {
    "sample": FieldNames("watchedData", "myAnswer", "onWatchlist"),
    "table": FieldNames("watchedDate", "myAsnwer", "onWatchList"),
}
# What a record says of what has not happened: nobody has published it, so every title says it in another way.
_NO_DATE = ("", '"{date}":null,', '"{date}":"",')
_NO_ANSWER = ("", '"{answer}":null,', '"{answer}":-1,')


@dataclass(frozen=True, slots=True)
class Element:
    """One person's element as JSON text, right from `since` until before `until` (seconds of the epoch)."""

    text: bytes
    since: float
    until: float

    def holds(self, now: int) -> bool:
        """Say whether nothing has happened to the person between the element and now."""
        return self.since <= now < self.until


class TrainingDetails:
    """The training details of a company, as JSON, at any moment."""

    def __init__(self, company: Company, spelling: Spelling) -> None:
        self._company = company
        self._names = FIELD_NAMES[spelling]
        self._lock = threading.Lock()
        self._elements: dict[int, Element] = {}
        self._writers = {launch.number: _writer(launch, self._names) for launch in company.launches}

    def elements(self, moment: datetime) -> list[bytes]:
        """Return the elements of `data` at a moment, one for each person who has joined by then."""
        now = int(moment.timestamp())
        with self._lock:
            return [self._element(person, now) for person in self._company.people(moment)]

    def _element(self, person: Person, now: int) -> bytes:
        element = self._elements.get(person.number)
        if element is None or not element.holds(now):
            element = self._elements[person.number] = self._make(person, now)
        return element.text

    def _make(self, person: Person, now: int) -> Element:
        assigned = person.assigned(now)
        watched = sum(viewing.is_watched(now) for viewing in assigned)
        listed = sum(viewing.is_listed(now) for viewing in assigned)
        rows = ",".join([self._writers[viewing.launch.number](viewing, now) for viewing in assigned])
        need = "true" if needs_engagement(listed) else "false"
        badge = json.dumps(merit_badge(watched, listed), separators=(",", ":"))
        since, until = _span(person.viewings, now)
        text = f'{{"training":[{rows}],"needEngagement":{need},"meritBadge":{badge}}}'
        return Element(text.encode(), since, until)


def _span(viewings: Sequence[Viewing], now: int) -> tuple[float, float]:
    since, until = -math.inf, math.inf
    for viewing in viewings:
        for moment in (viewing.assigned_at, viewing.watched_at, viewing.listed_at):
            if moment is None:
                continue
            if moment <= now:
                since = max(since, moment)
            else:
                until = min(until, moment)
    return since, until


def _writer(launch: Launch, names: FieldNames) -> Callable[[Viewing, int], str]:
    title = launch.title
    no_date = _NO_DATE[title.number % 3].format(date=names.date)
    no_answer = _NO_ANSWER[title.number // 3 % 3].format(answer=names.answer)
    name = json.dumps(title.name)
    head = f'"title":{name},"assignedTimeStamp":"{vendor_date(launch.launched_at)}",'
    tail = f'"titleId":"{title.id}","watched":'
    unwatched = tuple(
        f'{{{no_date}{head}{no_answer}{tail}false,"{names.watchlist}":{listed}}}' for listed in ("false", "true")
    )
    watched_tail = f'{tail}true,"{names.watchlist}":false}}'
    answers = {answer: f'"{names.answer}":{answer},' for answer in (1, 2, 3, 4)}

    def write(viewing: Viewing, now: int) -> str:
        if viewing.watched_at is None or viewing.watched_at > now:
            return unwatched[viewing.is_listed(now)]
        answer = no_answer if viewing.answer is None else answers[viewing.answer]
        return f'{{"{names.date}":"{vendor_date(viewing.watched_at)}",{head}{answer}{watched_tail}'

    return write


def vendor_date(moment: int) -> str:
    """Return a moment as the vendor writes it: `2022-01-11T23:32:00+0000`."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")
