"""The endpoints about all people of a company: performance, SAFE score, watch list; details and summaries."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable

from exporter.simulator.answer import Answer
from exporter.simulator.endpoint.question import COUNTS, Question
from exporter.simulator.listing import NO_SUCH_FILTER, Listing, listing, single
from exporter.simulator.people.person import Person
from exporter.simulator.people.score import GRADES, Score
from exporter.simulator.people.standing import Standing
from exporter.simulator.tenant import Tenant

ACTIVE = "ACTIVE"  # the only state that was ever recorded
_WORDS = ("Zero", "One", "Two", "Three", "FourOrMore")


def performance_details(tenant: Tenant, question: Question) -> Listing | Answer:
    """Answer with everybody's answers; `filterBy` type goes by wrong ones, which is invented.

    So is what `includeUserDetails` adds.
    """
    detailed = question.item.get("includeUserDetails") is True
    wanted = question.wanted("type") or "video_count_all"
    found = _filtered(tenant, question, wanted, lambda standing: standing.incorrect)
    if found is None:
        return NO_SUCH_FILTER
    return listing(found, lambda standing: _performance(standing, detailed=detailed))


def performance_summary(tenant: Tenant, question: Question) -> Listing:
    """Answer with the company's answers; who was never sent anything does not participate.

    The fields of `departmentCompletionStats` are invented, but for their being one object a department.
    """
    standings = [standing for standing in tenant.census.standings(question.now) if standing.assigned]
    wrong = _by_words(standing.incorrect for standing in standings)
    return single({
        "numParticipating": len(standings),
        "numVideosSent": sum(standing.assigned for standing in standings),
        "numVideosNotWatched": sum(standing.not_watched for standing in standings),
        **{f"num{word}Incorrect": count for word, count in wrong.items()},
        "departmentCompletionStats": _departments(standings),
    })  # fmt: skip


def watchlist_details(tenant: Tenant, question: Question) -> Listing | Answer:
    """Answer with the people on the watch list, or with those of whom `filterBy` type wants so many videos on it."""
    wanted = question.wanted("type") or "video_count_1_or_more"
    found = _filtered(tenant, question, wanted, lambda standing: standing.listed)
    if found is None:
        return NO_SUCH_FILTER
    return listing(found, lambda standing: _known(standing.person) | {"watchlistCount": standing.listed})


def watchlist_summary(tenant: Tenant, question: Question) -> Listing:
    """Answer with users by videos on the watch list; all fields are invented, by analogy with the performance."""
    counts = _by_words(standing.listed for standing in tenant.census.standings(question.now))
    on_it = sum(counts.values()) - counts["Zero"]
    return single({"numOnWatchlist": on_it, **{f"num{word}Unwatched": count for word, count in counts.items()}})


def safe_score_details(tenant: Tenant, question: Question) -> Listing | Answer:
    """Answer with everybody's letters of the last midnight; `filterBy` type wants one risk."""
    wanted = question.wanted("type")
    if wanted is not None and wanted not in GRADES:
        return NO_SUCH_FILTER
    scores = [
        (person, score)
        for person, score in tenant.census.scores(question.now)
        if wanted in (None, score.risk) and question.lets_through(person)
    ]
    return listing(scores, _letters)


def safe_score_summary(tenant: Tenant, question: Question) -> Listing:
    """Answer with the number of people of each risk, by letters in lower case."""
    counts = Counter(score.risk for _, score in tenant.census.scores(question.now))
    return single({"scoreCounts": {grade.lower(): counts[grade] for grade in GRADES}})


def _filtered(
    tenant: Tenant, question: Question, wanted: str, count: Callable[[Standing], int]
) -> list[Standing] | None:
    fits = COUNTS.get(wanted)
    if fits is None:
        return None
    standings = tenant.census.standings(question.now)
    return [each for each in standings if fits(count(each)) and question.lets_through(each.person)]


def _known(person: Person) -> dict[str, object]:
    return {
        "email": person.email,
        "name": person.name,
        "department": person.department.name,
        "userState": ACTIVE,
        "userId": person.id,
    }


def _performance(standing: Standing, *, detailed: bool) -> dict[str, object]:
    first, _, last = standing.person.name.partition(" ")
    return {
        **_known(standing.person),
        "numCorrect": standing.correct,
        "numIncorrect": standing.incorrect,
        "numNotWatched": standing.not_watched,
        **({"userDetails": {"firstName": first, "lastName": last}} if detailed else {}),
    }


def _letters(row: tuple[Person, Score]) -> dict[str, object]:
    person, score = row
    return {
        "emailAddress": person.email,
        "name": person.name,
        "department": person.department.name,
        "risk": score.risk,
        "humanError": score.human_error,
        "sentiment": score.sentiment,
        "engagement": score.engagement,
        "knowledge": score.knowledge,
        "userState": ACTIVE,
    }


def _by_words(counts: Iterable[int]) -> dict[str, int]:
    found = Counter(min(count, 4) for count in counts)
    return {word: found[count] for count, word in enumerate(_WORDS)}


def _departments(standings: list[Standing]) -> list[dict[str, object]]:
    sent: dict[str, int] = defaultdict(int)
    completed: dict[str, int] = defaultdict(int)
    for standing in standings:
        sent[standing.person.department.name] += standing.assigned
        completed[standing.person.department.name] += standing.watched
    return [{"department": name, "numSent": sent[name], "numCompleted": completed[name]} for name in sorted(sent)]
