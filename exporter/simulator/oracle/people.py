"""An independent count of people: their answers, what is on their watch list, their grades.

Departments are as the vendor names them; small ones are not folded.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from exporter.simulator.people.encounter import Encounter
from exporter.simulator.people.person import Person
from exporter.simulator.people.viewing import Viewing

_DAY = 86_400


@dataclass(slots=True)
class PerformanceCount:
    """Answers: `users` by wrong ones (`0` to `4_or_more`) are those who participate, `people` all who are listed.

    `answers` by result (`correct`, `incorrect`, `not_watched`), also by (department, result).
    """

    people: int = 0
    participating: int = 0
    users: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    department_users: Counter[str] = field(default_factory=Counter)
    department_answers: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def sent(self) -> int:
        """All videos sent."""
        return self.answers.total()


@dataclass(slots=True)
class WatchlistCount:
    """People on the watch list, by trainings on it (`1` to `4_or_more`) and by department."""

    users: Counter[str] = field(default_factory=Counter)
    department_users: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class SafeScoreCount:
    """People by risk, by (factor, grade) with the risk among the factors, and by (department, grade of risk)."""

    users: Counter[str] = field(default_factory=Counter)
    factor_users: Counter[tuple[str, str]] = field(default_factory=Counter)
    department_users: Counter[tuple[str, str]] = field(default_factory=Counter)


def count_performance(people: Iterator[Person], now: int) -> PerformanceCount:
    """Count the answers of people by now."""
    count = PerformanceCount()
    for person in people:
        results = [_result(viewing, now) for viewing in _assigned(person, now)]
        count.people += 1
        if results:
            count.participating += 1
            count.users[_up_to_four(results.count("incorrect"))] += 1
        count.department_users[person.department.name] += 1
        for result in results:
            count.answers[result] += 1
            count.department_answers[person.department.name, result] += 1
    return count


def count_watchlist(people: Iterator[Person], now: int) -> WatchlistCount:
    """Count the people on the watch list by now."""
    count = WatchlistCount()
    for person in people:
        listed = sum(_is_listed(viewing, now) for viewing in _assigned(person, now))
        if listed:
            count.users[_up_to_four(listed)] += 1
            count.department_users[person.department.name] += 1
    return count


def count_safe_score(people: Iterator[Person], now: int) -> SafeScoreCount:
    """Count the grades of people who have joined by now, as they were at the last midnight (UTC)."""
    count = SafeScoreCount()
    for person in people:
        points = _points(person, now // _DAY * _DAY)
        for factor, value in points.items():
            count.factor_users[factor, _letter(value)] += 1
        risk = _letter(points["risk"])
        count.users[risk] += 1
        count.department_users[person.department.name, risk] += 1
    return count


def _assigned(person: Person, now: int) -> list[Viewing]:
    return [viewing for viewing in person.viewings if viewing.launch.launched_at <= now]


def _result(viewing: Viewing, now: int) -> str:
    if viewing.watched_at is None or viewing.watched_at > now:
        return "not_watched"
    return "correct" if viewing.answer == viewing.launch.title.right_answer else "incorrect"


def _is_listed(viewing: Viewing, now: int) -> bool:
    return _result(viewing, now) == "not_watched" and now - viewing.launch.launched_at >= 28 * _DAY


def _up_to_four(number: int) -> str:
    return str(number) if number < 4 else "4_or_more"


def _points(person: Person, now: int) -> dict[str, float]:
    viewings = _assigned(person, now)
    results = [_result(viewing, now) for viewing in viewings]
    right, wrong = results.count("correct"), results.count("incorrect")
    listed = sum(_is_listed(viewing, now) for viewing in viewings)
    sent = [encounter for encounter in person.encounters if encounter.simulation.launched_at <= now]
    clicks = sum(encounter.clicked_at is not None and encounter.clicked_at <= now for encounter in sent)
    submits = sum(encounter.submitted_at is not None and encounter.submitted_at <= now for encounter in sent)
    error = (wrong + 2 * clicks + 2 * submits + 0.4) / (right + wrong + 2 * len(sent) + 4)
    marks = [_mark(viewing) for viewing in viewings if _result(viewing, now) != "not_watched"]
    points = {
        "human_error": max(0.0, 100 - 100 * error),
        "engagement": 100 * (sum(marks) + 1.7) / (len(marks) + listed + 2),
        "sentiment": 75 + 25 * _reporting(sent, now) - min(30, 8 * listed),
        "knowledge": 100 * (right + 2.55) / (right + wrong + 3),
    }
    weights = {"human_error": 0.4, "knowledge": 0.3, "engagement": 0.2, "sentiment": 0.1}
    return points | {"risk": sum(weight * points[factor] for factor, weight in weights.items())}


def _mark(viewing: Viewing) -> float:
    days = ((viewing.watched_at or 0) - viewing.launch.launched_at) / _DAY
    return next(mark for limit, mark in ((7, 1.0), (14, 0.8), (28, 0.55), (9999, 0.3)) if days <= limit)


def _reporting(sent: list[Encounter], now: int) -> float:
    reports = sum(encounter.reported_at is not None and encounter.reported_at <= now for encounter in sent)
    return min(1.0, 3 * reports / len(sent)) if sent else 0.0


def _letter(value: float) -> str:
    letters = (("A", 88), ("B", 80), ("C", 71), ("D", 61), ("F", -999))
    return next(grade for grade, least in letters if round(value, 6) >= least)
