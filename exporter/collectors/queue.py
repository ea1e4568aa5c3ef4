"""The company's training modules as they were launched: ``queue/get-queue``.

It has the company's numbers for each title, whatever identity asks. Source of the fields: the vendor's page.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from typing import Final

from msgspec import Struct
from msgspec import field as json_field

from exporter.collectors.declaration import polled
from exporter.collectors.question import Asking, Collector, Odd, Outcome, Question
from exporter.collectors.record import Count, Counts, Moment, fields_of, readable, reading
from exporter.collectors.tally import UNKNOWN, Tally, add, known_sum, of_closed_set, tally
from exporter.collectors.title import OTHER_TITLES, clean_title, fold_small, is_shown
from exporter.config.settings import Settings
from exporter.model import Sample

PATH: Final = "/api/awareness-training/queue/get-queue"

_OPTIONS: Final = {"option-1": "1", "option-2": "2", "option-3": "3", "option-4": "4"}


class QueueTitle(Struct):
    """What a module trains."""

    title: str | None = None
    correct_answer: Count | None = json_field(name="correctAnswer", default=None)


class Module(Struct):
    """One launch of a title, past or to come."""

    title: QueueTitle | None = None
    launch: Moment | None = json_field(name="launchDate", default=None)
    sent: Count | None = json_field(name="numSent", default=None)
    completed: Count | None = json_field(name="numCompleted", default=None)
    correct: Count | None = json_field(name="numCorrect", default=None)
    option_spread: Counts | None = json_field(name="optionSpread", default=None)


SENT: Final = polled("queue_sent", "Assignments of the title, over all its launches (numSent).", "title")
COMPLETED: Final = polled("queue_completed", "Of these, completed (numCompleted).", "title")
CORRECT: Final = polled("queue_correct", "Of these, answered right (numCorrect).", "title")
ANSWERS: Final = polled("queue_answers", "Answers given, by the option chosen (optionSpread).", "title", "option")
CORRECT_OPTION: Final = polled("queue_correct_option", "The option that is right (title.correctAnswer).", "title")
LAST_LAUNCH: Final = polled(
    "queue_last_launch_timestamp_seconds", "Latest launch of the title so far (launchDate).", "title"
)
NEXT_LAUNCH: Final = polled("queue_next_launch_timestamp_seconds", "Next launch of any title (launchDate).")
MODULES: Final = polled("queue_modules", "Modules, launched and scheduled (launchDate).", "state")


@dataclass(slots=True)
class _Launches:
    """What is known of all launches of one title; numbers are None, or absent, as long as no launch tells them."""

    sent: float | None = None
    completed: float | None = None
    correct: float | None = None
    answers: Tally | None = None
    right: set[int] = field(default_factory=set)
    last: datetime | None = None

    @property
    def size(self) -> int:
        """How many assignments it counts, at least."""
        if self.sent is not None:
            return int(self.sent)
        answers = known_sum(*(self.answers or {}).values())
        return int(max(self.completed or 0, self.correct or 0, answers or 0))


@dataclass(slots=True)
class _Queue:
    titles: dict[str, _Launches] = field(default_factory=dict)
    states: Counter[str] = field(default_factory=Counter)
    next_launch: datetime | None = None
    modules: int = 0
    unreadable: Counter[str] = field(default_factory=Counter)


def _ask(settings: Settings, now: datetime) -> Asking:
    def fold(modules: Iterable[Module | Odd[Module]]) -> _Queue:
        queue = _Queue()
        for module in readable(modules, queue.unreadable):
            queue.modules += 1
            title = clean_title(module.title.title if module.title else None)
            if is_shown(title, settings.titles):
                _count(queue, module, title, now)
        return queue

    queue: _Queue = yield Question(PATH, reading(Module), fold)
    return Outcome(list(_samples(queue, settings)), queue.modules, queue.unreadable)


def _count(queue: _Queue, module: Module, title: str, now: datetime) -> None:
    launches = _Launches(module.sent, module.completed, module.correct)
    if module.option_spread is not None:
        launches.answers = tally(module.option_spread, lambda key: _OPTIONS.get(key, UNKNOWN))
    if module.title and module.title.correct_answer is not None and 1 <= module.title.correct_answer <= len(_OPTIONS):
        launches.right = {module.title.correct_answer}
    if module.launch is None:
        queue.states[UNKNOWN] += 1
    elif module.launch <= now:
        queue.states["launched"] += 1
        launches.last = module.launch
    else:
        queue.states["scheduled"] += 1
        queue.next_launch = min(queue.next_launch or module.launch, module.launch)
    queue.titles[title] = _merge(queue.titles.get(title, _Launches()), launches)


def _merge(one: _Launches, other: _Launches) -> _Launches:
    answers = [launches.answers for launches in (one, other) if launches.answers is not None]
    lasts = [launches.last for launches in (one, other) if launches.last is not None]
    return _Launches(
        sent=known_sum(one.sent, other.sent),
        completed=known_sum(one.completed, other.completed),
        correct=known_sum(one.correct, other.correct),
        answers=reduce(add, answers) if answers else None,
        right=one.right | other.right,
        last=max(lasts, default=None),
    )


def _samples(queue: _Queue, settings: Settings) -> Iterator[Sample]:
    titles = fold_small(queue.titles, settings.titles.limit, settings.minimum_group_size, _merge)
    for title, launches in sorted(titles.items()):
        yield from _of_title(title, launches)
    for state, count in of_closed_set(("launched", "scheduled"), {**queue.states}):
        yield Sample(MODULES, (state,), count)
    if queue.next_launch is not None:
        yield Sample(NEXT_LAUNCH, (), queue.next_launch.timestamp())


def _of_title(title: str, launches: _Launches) -> Iterator[Sample]:
    # Folded titles have a question each, so no option is right for all of them.
    is_one_question = len(launches.right) == 1 and title != OTHER_TITLES
    values = {
        SENT: launches.sent,
        COMPLETED: launches.completed,
        CORRECT: launches.correct,
        CORRECT_OPTION: min(launches.right) if is_one_question else None,
        LAST_LAUNCH: launches.last.timestamp() if launches.last else None,
    }
    for metric, value in values.items():
        if value is not None:
            yield Sample(metric, (title,), value)
    if launches.answers is not None:
        for option, count in of_closed_set(_OPTIONS.values(), launches.answers):
            yield Sample(ANSWERS, (title, option), count)


QUEUE: Final = Collector(
    name="queue",
    metrics=(SENT, COMPLETED, CORRECT, ANSWERS, CORRECT_OPTION, LAST_LAUNCH, NEXT_LAUNCH, MODULES),
    fields=fields_of(Module),
    ask=_ask,
)
