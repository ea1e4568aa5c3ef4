"""An independent count of what is sent to people: the queue, the training campaigns, the phishing simulations."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from exporter.simulator.people.encounter import Encounter
from exporter.simulator.people.person import Person
from exporter.simulator.programme.launch import Launch
from exporter.simulator.programme.simulation import Simulation


@dataclass(slots=True)
class ModuleCount:
    """What the queue says of one title, over all its launches; `answers` by option, `1` to `4`.

    `last_launch` is the latest that is no longer to come (seconds of the epoch), None if there is none.
    """

    correct_option: int
    sent: int = 0
    completed: int = 0
    correct: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    last_launch: int | None = None


@dataclass(slots=True)
class QueueCount:
    """The queue, by name of the title; `next_launch` is the first to come (seconds of the epoch), None if none is."""

    titles: dict[str, ModuleCount] = field(default_factory=dict)
    launched: int = 0
    scheduled: int = 0
    next_launch: int | None = None


@dataclass(slots=True)
class CampaignCount:
    """One training campaign; `results` by `sent`, `correct`, `incorrect` are those of its one question."""

    id: str
    name: str
    title: str
    launched_at: int
    results: Counter[str] = field(default_factory=Counter)

    @property
    def sent(self) -> int:
        """To how many people it was sent."""
        return self.results.total()

    @property
    def completed(self) -> int:
        """How many of them have watched."""
        return self.results["correct"] + self.results["incorrect"]

    @property
    def correct(self) -> int:
        """How many of them have answered rightly."""
        return self.results["correct"]


@dataclass(slots=True)
class SimulationCount:
    """One phishing simulation.

    `results` are people by the worst that each has done (`sent`, `opened`, `reported`, `clicked`, `submitted`), each
    once; `opened` to `reported` count whoever has done it. Delays are seconds, from the person's own `timeScheduled`
    to `timeClicked` and to `timeReported`, of all who have clicked and of all who have reported.
    """

    id: str
    name: str
    launched_at: int
    sent: int = 0
    opened: int = 0
    clicked: int = 0
    submitted: int = 0
    reported: int = 0
    results: Counter[str] = field(default_factory=Counter)
    scanned_users: int = 0
    click_delays: list[int] = field(default_factory=list)
    report_delays: list[int] = field(default_factory=list)


def count_queue(launches: Iterable[Launch], people: list[Person], now: int, moment: int) -> QueueCount:
    """Count the queue as it stands now; what is still to come is judged at another moment."""
    count = QueueCount()
    for launch in launches:
        title = launch.title
        module = count.titles.setdefault(title.name, ModuleCount(title.right_answer))
        if launch.launched_at > moment:
            count.scheduled += 1
            count.next_launch = min(count.next_launch or launch.launched_at, launch.launched_at)
        else:
            count.launched += 1
            module.last_launch = max(module.last_launch or 0, launch.launched_at)
        for answer in _answers(launch, people, now):
            module.sent += 1
            module.completed += answer != "sent"
            module.correct += answer == str(title.right_answer)
            module.answers.update([answer] if answer in ("1", "2", "3", "4") else [])
    return count


def count_campaign(launch: Launch, people: list[Person], now: int) -> CampaignCount:
    """Count one training campaign by now."""
    count = CampaignCount(launch.campaign_id, launch.name, launch.title.name, launch.launched_at)
    for answer in _answers(launch, people, now):
        right = answer == str(launch.title.right_answer)
        count.results["sent" if answer == "sent" else "correct" if right else "incorrect"] += 1
    return count


def count_simulation(simulation: Simulation, people: list[Person], now: int) -> SimulationCount:
    """Count one phishing simulation by now."""
    count = SimulationCount(simulation.id, simulation.name, simulation.launched_at)
    if simulation.launched_at > now:
        return count
    for person in people:
        for encounter in person.encounters:
            if encounter.simulation.number == simulation.number:
                _add(count, encounter, now)
    return count


def count_repeat_clickers(simulations: Iterable[Simulation], people: list[Person], now: int) -> int:
    """Count whom any of some simulations has reached and who has clicked, in all simulations ever, twice or more."""
    numbers = {simulation.number for simulation in simulations if simulation.launched_at <= now}
    return sum(
        any(encounter.simulation.number in numbers for encounter in person.encounters)
        and sum(_by(encounter.clicked_at, now) for encounter in person.encounters) >= 2
        for person in people
    )


def _answers(launch: Launch, people: list[Person], now: int) -> list[str]:
    """Return what each person answered: an option as text, `none`, or `sent` for who has not watched."""
    viewings = (viewing for person in people for viewing in person.viewings if viewing.launch.number == launch.number)
    return [
        ("none" if viewing.answer is None else str(viewing.answer)) if _by(viewing.watched_at, now) else "sent"
        for viewing in viewings
        if launch.launched_at <= now
    ]


def _add(count: SimulationCount, encounter: Encounter, now: int) -> None:
    happened = {
        "submitted": encounter.submitted_at,
        "clicked": encounter.clicked_at,
        "reported": encounter.reported_at,
        "opened": encounter.opened_at,
    }
    done = [name for name, moment in happened.items() if _by(moment, now)]
    count.sent += 1
    count.submitted += "submitted" in done
    count.clicked += "clicked" in done
    count.reported += "reported" in done
    count.opened += "opened" in done
    count.results[(*done, "sent")[0]] += 1
    count.scanned_users += _by(encounter.scanned_at, now)
    if encounter.clicked_at is not None and encounter.clicked_at <= now:
        count.click_delays.append(encounter.clicked_at - encounter.scheduled_at)
    if encounter.reported_at is not None and encounter.reported_at <= now:
        count.report_delays.append(encounter.reported_at - encounter.scheduled_at)


def _by(moment: int | None, now: int) -> bool:
    return moment is not None and moment <= now
