"""A believable company, deterministic by its seed: its titles and its people, made when they are asked for."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from exporter.simulator.person import DAY, DEPARTMENTS, Department, Person, Workplace, make_person
from exporter.simulator.title import Title, launches, make_titles

# The newest title has been out for a while when the company is first looked at, so that it is neither new nor done.
_NEWEST_AGE = timedelta(days=10)


class Company:
    """People and titles whose state is a pure function of the company and the moment.

    `titles` are launched by `as_of` (the present day by default), the newest ten days before it;
    `upcoming` more follow, one a month. All `users` are there by `as_of`.
    """

    def __init__(  # five facts make a company
        self, *, users: int = 100, titles: int = 20, seed: int = 1, as_of: datetime | None = None, upcoming: int = 0
    ) -> None:
        if users < 0 or titles < 1 or upcoming < 0:
            raise ValueError("a company has no fewer than 0 users, 1 title and 0 upcoming titles")
        moment = (as_of or datetime.now(UTC)) - _NEWEST_AGE
        self.seed = seed
        self.users = users
        self.domain = f"company-{seed}.example"
        self.departments: tuple[Department, ...] = DEPARTMENTS
        self.titles: tuple[Title, ...] = make_titles(seed, launches(moment, titles, upcoming))
        staffed_at = self.titles[titles - 1].launched_at + 5 * DAY
        self._workplace = Workplace(seed, self.domain, self.titles, staffed_at)
        self._people: dict[int, Person] = {}

    def person(self, number: int) -> Person:
        """Return person `number`, counted from 0."""
        if not 0 <= number < self.users:
            raise IndexError(number)
        person = self._people.get(number)
        if person is None:
            person = self._people[number] = make_person(self._workplace, number)
        return person

    def people(self, moment: datetime) -> Iterator[Person]:
        """Yield the people who have joined by a moment."""
        now = int(moment.timestamp())
        return (person for person in map(self.person, range(self.users)) if person.joined_at <= now)
