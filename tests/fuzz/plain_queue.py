"""An independent count of the company's training modules, as in ``plain_company``."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any, Final

from plain_company import Known, Told, count, total
from plain_document import MISSING, moment, text_of, title_of

from exporter.config.settings import Settings

_OTHER: Final = "(other titles)"


@dataclass
class Module:
    """One launch of a title."""

    title: str
    numbers: dict[str, Known]
    answers: dict[str, Known] | None
    right: int | None
    launch: float | None


def queue(elements: Iterable[object], settings: Settings, now: datetime) -> Told:
    """Count modules by title."""
    told = Told()
    include, exclude = settings.titles.include, settings.titles.exclude
    modules = [_module(told, record) for record in told.objects(elements)]
    modules = [
        each
        for each in modules
        if (not include or any(pattern.fullmatch(each.title) for pattern in include))
        and not any(pattern.fullmatch(each.title) for pattern in exclude)
    ]
    states = Counter(_state(module, now) for module in modules)
    for state in ("launched", "scheduled", *(["unknown"] if states["unknown"] else [])):
        told.add("queue_modules", state, value=states[state])
    coming = [each.launch for each in modules if each.launch is not None and _state(each, now) == "scheduled"]
    told.add("queue_next_launch_timestamp_seconds", value=min(coming, default=None))
    for title, group in _groups(modules, settings).items():
        _add_title(told, title, group, now)
    return told


def _module(told: Told, record: dict[str, Any]) -> Module:
    title = told.value(record, "title", lambda value: value if isinstance(value, dict) else MISSING) or {}
    numbers = {name: told.value(record, name, count) for name in ("numSent", "numCompleted", "numCorrect")}
    right = told.value(title, "correctAnswer", count)
    return Module(
        title_of(told.value(title, "title", text_of)),
        numbers,
        told.counts(record, "optionSpread", _option),
        right if right in {1, 2, 3, 4} else None,
        told.value(record, "launchDate", moment),
    )


def _option(key: str) -> str:
    return key[-1] if key in {"option-1", "option-2", "option-3", "option-4"} else "unknown"


def _state(module: Module, now: datetime) -> str:
    if module.launch is None:
        return "unknown"
    return "launched" if module.launch <= now.timestamp() else "scheduled"


def _groups(modules: list[Module], settings: Settings) -> dict[str, list[Module]]:
    """Return the modules by the titles that are shown."""
    by_title: dict[str, list[Module]] = {}
    for module in modules:
        by_title.setdefault(module.title, []).append(module)
    sizes = {title: _size(group) for title, group in by_title.items()}
    large = [
        title for title, size in sizes.items() if title != _OTHER and (not size or size >= settings.minimum_group_size)
    ]
    shown = sorted(large, key=lambda title: (-sizes[title], title))[: settings.titles.limit]
    groups: dict[str, list[Module]] = {}
    for title, group in by_title.items():
        groups.setdefault(title if title in shown else _OTHER, []).extend(group)
    return groups


def _sum(group: list[Module], name: str) -> Known:
    return total(module.numbers[name] for module in group)


def _size(group: list[Module]) -> float:
    sent = _sum(group, "numSent")
    if sent is not None:
        return sent
    answers = total(chain.from_iterable((each.answers or {}).values() for each in group))
    return max(_sum(group, "numCompleted") or 0, _sum(group, "numCorrect") or 0, answers or 0)


def _add_title(told: Told, title: str, group: list[Module], now: datetime) -> None:
    for name in ("numSent", "numCompleted", "numCorrect"):
        told.add(f"queue_{name[3:].lower()}", title, value=_sum(group, name))
    right = {module.right for module in group if module.right is not None}
    if len(right) == 1 and title != _OTHER:
        told.add("queue_correct_option", title, value=right.pop())
    past = [each.launch for each in group if each.launch is not None and _state(each, now) == "launched"]
    told.add("queue_last_launch_timestamp_seconds", title, value=max(past, default=None))
    known = [module.answers for module in group if module.answers is not None]
    for option in ("1", "2", "3", "4", "unknown") if known else ():
        named = [answers[option] for answers in known if option in answers]
        if named or option != "unknown":
            told.add("queue_answers", option, title, value=total(named) if named else 0)
