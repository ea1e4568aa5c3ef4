"""A believable company, deterministic by its seed: its programme and its people, made when they are asked for."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from exporter.simulator.people.department import DEPARTMENTS, Department
from exporter.simulator.people.person import Person, Workplace, make_person
from exporter.simulator.programme.launch import DAY, Group, Launch, make_groups, make_launches
from exporter.simulator.programme.simulation import Simulation, Span, make_simulations
from exporter.simulator.programme.title import MONTH_DAYS, NAMES, Title, launches, make_titles

# The newest title has been out for a while when the company is first looked at, so that it is neither new nor done.
_NEWEST_AGE = timedelta(days=10)


class Company:
    """People, titles, launches and phishing simulations, whose state is a pure function of company and moment.

    `titles` are launched by `as_of` (the present day by default), the newest ten days before it;
    `upcoming` more follow; one goes out every `title_days`, a month by default, and they are called by `names`. All
    `users` are there by `as_of`. There is a phishing simulation about every six weeks, or `simulations` of them by
    `as_of`.

    What holds at every moment, so that the endpoints agree:

    * sent: the queue's modules, the training campaigns, the performance of people and of the company, and the
      training details count the same assignments; completed is watched;
    * queue and campaigns have one entry for each launch, listed some weeks before it, with zeros until then;
    * correct + incorrect + not watched = sent, for each person, department, and the company;
      watched without an answer is incorrect;
    * the options chosen add up to what is completed, less what was watched without an answer;
    * the watch list has the people with something on it in the training details, once each;
    * each grade's people add up to all people who have joined; grades are those of the last midnight (UTC);
    * a simulation's sent, opened, clicked, submitted and reported are those of its people.
    """

    def __init__(  # noqa: PLR0913  # eight facts make a company
        self,
        *,
        users: int = 100,
        titles: int = 20,
        seed: int = 1,
        as_of: datetime | None = None,
        upcoming: int = 0,
        simulations: int | None = None,
        names: Sequence[str] = NAMES,
        title_days: int = MONTH_DAYS,
    ) -> None:
        if users < 0 or titles < 1 or upcoming < 0 or (simulations or 0) < 0:
            raise ValueError("a company has no fewer than 0 users, 1 title, 0 upcoming titles and 0 simulations")
        if not names or title_days < 1:
            raise ValueError("a company has a name for its titles, and a day at least between them")
        present = as_of or datetime.now(UTC)
        self.seed = seed
        self.users = users
        self.domain = f"company-{seed}.example"
        self.departments: tuple[Department, ...] = DEPARTMENTS
        self.everybody: Group = make_groups(seed)[0]
        moments = launches(present - _NEWEST_AGE, titles, upcoming, title_days)
        self.titles: tuple[Title, ...] = make_titles(seed, moments, names)
        self.launches: tuple[Launch, ...] = make_launches(seed, self.titles)
        first, last = self.titles[0].launched_at - 20 * DAY, self.titles[-1].launched_at + 30 * DAY
        span = Span(first, int(present.timestamp()), last)
        self.simulations: tuple[Simulation, ...] = make_simulations(seed, span, simulations)
        staffed_at = self.titles[titles - 1].launched_at + 5 * DAY
        self._workplace = Workplace(seed, self.domain, self.titles, self.launches, self.simulations, staffed_at)
        self._people: dict[int, Person] = {}

    def person(self, number: int) -> Person:
        """Return person `number`, counted from 0."""
        if not 0 <= number < self.users:
            raise IndexError(number)
        person = self._people.get(number)
        if person is None:
            person = self._people[number] = make_person(self._workplace, number)
        return person

    def everyone(self) -> Iterator[Person]:
        """Yield everybody who is ever there."""
        return map(self.person, range(self.users))

    def people(self, moment: datetime) -> Iterator[Person]:
        """Yield the people who have joined by a moment."""
        now = int(moment.timestamp())
        return (person for person in self.everyone() if person.joined_at <= now)
