"""What the exporter has sent in a soak: as often as periods and retries allow, and nothing that it should not have."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from mischief import may_be_followed, retried
from population import Population

from exporter.simulator import TOKEN_PATH, TRAINING_PATH, Call

_MOST_RETRIES = 2
# Two clocks that count the same seconds.
_SLACK = 0.02
_TOKEN_PAUSE = 28.0


def check_manners(population: Population) -> None:
    """Check the journal of all tenants, and that nobody has come to where redirects lead."""
    assert () == population.simulator.violations
    assert () == population.simulator.arrivals
    assert population.tenants.keys() == {call.tenant for call in population.simulator.journal}
    for name in population.tenants:
        for poll in polls(population.calls(name, None), population.refresh):
            check_poll(poll)
        check_tokens(population.calls(name, TOKEN_PATH))


def polls(calls: Sequence[Call], refresh: float) -> Iterator[list[Call]]:
    """Yield the requests that follow each other sooner than one poll may follow another."""
    poll: list[Call] = []
    for call in calls:
        if poll and call.monotonic - poll[-1].monotonic > refresh - _SLACK:
            yield poll
            poll = []
        poll.append(call)
    if poll:
        yield poll


def check_poll(poll: Sequence[Call]) -> None:
    """Check that each request but the last may be followed by another, and that none has been sent too often."""
    *others, _ = poll
    data = [call for call in others if call.path == TRAINING_PATH]
    # A token that is over is a 401 without a fault, and another one is asked for.
    is_renewed = poll[0].path == TRAINING_PATH and any(call.path == TOKEN_PATH for call in poll)
    assert all(may_be_followed(call.fault) or (is_renewed and call.status == 401) for call in data), poll
    assert retried([call.fault for call in data]) <= _MOST_RETRIES, poll
    assert sum(call.path == TOKEN_PATH for call in poll) <= 1, poll


def check_tokens(calls: Sequence[Call]) -> None:
    """Check that after a token call that has failed the next one waits."""
    times = [(call.monotonic, call.fault) for call in calls]
    soon = [(one, other) for one, other in pairwise(times) if one[1] is not None and other[0] - one[0] < _TOKEN_PAUSE]
    assert [] == soon
