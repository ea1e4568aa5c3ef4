"""Tests of ``exporter.mimecast.client``: pages, large populations, and questions of other kinds."""

import json
import threading
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from plain_reading import STRICT
from raw_server import RawServer, Script, raw_server, response, say, transport_to
from tenant_client import Customer, customer, simulator, values
from turned_clock import TurnedClock

from exporter.collectors.question import Asking, Odd, Outcome, Question
from exporter.errors import PollError, Reason
from exporter.mimecast import client
from exporter.mimecast.auth import Signed
from exporter.mimecast.client import Client, request_body
from exporter.simulator import Count, Simulator, Terms

KINDS = pytest.mark.parametrize("api", [1, 2])
PATH = "/api/awareness-training/company/get-watchlist-details"


@pytest.fixture(scope="module")
def running() -> Iterator[Simulator]:
    with simulator() as found:
        yield found


def take(records: Iterable[Any]) -> list[Any]:
    return list(records)


def asking(question: Question[Any, Any], *more: Question[Any, Any]) -> Asking:
    """Ask questions, and make of the answers what the last one found."""
    found: list[Any] = []
    for one in (question, *more):
        found += [(yield one)]
    return Outcome([], len(found), {json.dumps(found): 1})


def told(outcome: Outcome) -> list[Any]:
    """Return what was found of each question."""
    found: list[Any] = json.loads(next(iter(outcome.unreadable)))
    return found


def page(data: object, next_token: object = None, **meta: object) -> Script:
    pagination = {"pagination": {"pageSize": 1, "next": next_token}} if next_token else {}
    return say(response(json.dumps({"data": data, "meta": {"status": 200, **pagination, **meta}, "fail": []}).encode()))


def asked(server: RawServer) -> list[Any]:
    """Return the bodies of the requests so far."""
    return [json.loads(request.partition(b"\r\n\r\n")[2]) for request in server.requests]


@pytest.fixture
def question() -> Question[Any, list[Any]]:
    return Question(PATH, STRICT, take)


def client_of(server: RawServer, found: Customer) -> Client:
    """Return a client of a raw server, with the keys of a tenant."""
    auth = vars(found.client)["_auth"]
    assert isinstance(auth, Signed)
    return Client(transport_to(server.port), auth, TurnedClock(), lambda _code, _seconds: None, 1 << 20)


def poll(server: RawServer, running: Simulator, *questions: Question[Any, Any]) -> list[Any]:
    found = client_of(server, customer(running))
    return told(found.poll(asking(*questions), found.clock.monotonic() + 10))


@KINDS
@pytest.mark.parametrize("size", [1, 3, 500])
@pytest.mark.parametrize("as_object", [False, True], ids=["strings", "objects"])
def test_pages_are_followed_to_the_end(running: Simulator, api: int, size: int, as_object: bool) -> None:  # noqa: FBT001
    """Whatever the size of pages and the form of their tokens, all records of all pages are counted."""
    found = customer(running, api=1 if api == 1 else 2, users=7, page_size=size, next_as_object=as_object)
    assert expected(found) == values_of_poll(found)
    assert "d" * -(-7 // size) == found.calls.removeprefix("t")
    assert [] == found.violations


@KINDS
@pytest.mark.parametrize("fault", ["http_503", "reset", "developer_key"])
def test_a_page_is_tried_again_alone(running: Simulator, api: int, fault: str) -> None:
    """A page that fails is asked for again, without those before it, and nothing is counted twice."""
    found = customer(running, api=1 if api == 1 else 2, users=3, page_size=1)
    found.tenant.fail(fault, first=2, times=1)
    assert expected(found) == values_of_poll(found)
    assert "dddd" == found.calls.removeprefix("t")


def test_a_page_that_fails_fails_the_poll(running: Simulator) -> None:
    """Pages that came before one that fails are not shown as the whole."""
    found = customer(running, users=3, page_size=1)
    found.tenant.fail("http_400", first=3)
    with pytest.raises(PollError) as raised:
        found.poll()
    assert (Reason.HTTP_4XX, "ddd") == (raised.value.reason, found.calls)


@pytest.mark.parametrize(("fault", "calls"), [("next_repeats", 2), ("next_endless", 20)])
def test_pages_without_end(running: Simulator, monkeypatch: pytest.MonkeyPatch, fault: str, calls: int) -> None:
    """A token that repeats, and more pages than there may be, are ``incomplete``."""
    monkeypatch.setattr(client, "_MOST_PAGES", 20)
    found = customer(running)
    found.tenant.fail(fault)
    with pytest.raises(PollError) as raised:
        found.poll()
    assert (Reason.INCOMPLETE, "d" * calls) == (raised.value.reason, found.calls)
    assert 10_000 == most_pages_of_the_program


most_pages_of_the_program = vars(client)["_MOST_PAGES"]


def values_of_poll(found: Customer) -> dict[tuple[str, ...], Any]:
    return values(found.poll())


def expected(found: Customer) -> dict[tuple[str, ...], Any]:
    """Return what the simulator's own count says, in the form of ``values``."""
    count = found.tenant.expected(Terms(found.clock.now()))
    answers = {answer for title in count.titles.values() for answer in title.answers}
    whole = {
        ("titles",): len(count.titles),
        ("users",): count.users,
        ("users_outstanding",): count.users_outstanding,
        ("users_watchlisted",): count.users_watchlisted,
        ("users_needing_engagement",): count.users_needing_engagement,
        ("users_with_merit_badge",): count.users_with_merit_badge,
    }
    return whole | {key: value for name in count.titles for key, value in of_title(count, name, answers)}


def of_title(count: Count, name: str, answers: set[int]) -> Iterator[tuple[tuple[str, ...], Any]]:
    title = count.titles[name]
    for metric in ("assigned", "watched", "watchlist", "overdue"):
        yield (metric, name), getattr(title, metric)
    for answer in answers:
        yield ("answers", name, str(answer)), title.answers[answer]
    for metric in ("first_assigned", "last_assigned", "last_watched"):
        if (moment := getattr(title, metric)) is not None:
            yield (f"{metric}_timestamp_seconds", name), moment
    for title_id in title.ids:
        yield ("title_info", name, title_id), 1.0
    for metric, histogram in (
        ("completion_seconds", title.completion),
        ("outstanding_age_seconds", title.outstanding_age),
    ):
        cumulated = [0, *histogram.buckets.values()]
        own = [high - low for low, high in pairwise(cumulated)]
        yield (metric, name), (*own, round(histogram.sum, 3))


@KINDS
@pytest.mark.parametrize("users", [1, 100, 10_000])
def test_populations(running: Simulator, api: int, users: int) -> None:
    """A company of any size comes out, in every series, as an independent count of its people has it."""
    found = customer(running, api=1 if api == 1 else 2, users=users, titles=12, seed=users)
    assert expected(found) == values(found.poll(seconds=120.0))
    assert [] == found.violations


@pytest.mark.parametrize("spelling", ["sample", "table"])
def test_spellings(running: Simulator, spelling: Any) -> None:
    """Both spellings of the vendor's fields come to the same numbers."""
    found = customer(running, spelling=spelling, users=30, titles=6)
    assert expected(found) == values_of_poll(found)


def test_a_question_without_pages(running: Simulator, question: Question[Any, Any]) -> None:
    """A question without parameters is sent as ``{"data": []}``, and its next page with the token alone."""
    with raw_server(page([1, 2], "eN2"), page([3])) as server:
        assert [[1, 2, 3]] == poll(server, running, question)
        assert [{"data": []}, {"meta": {"pagination": {"pageToken": "eN2"}}, "data": []}] == asked(server)
    assert b'{"data": []}' == request_body(question, None)


def test_a_question_with_pages(running: Simulator, question: Question[Any, Any]) -> None:
    """A question with pages asks for 500 records, and carries its element of ``data`` to every page."""
    paged = replace(question, paged=True, item={"id": "eN1"})
    sized = {"pageSize": 500}
    with raw_server(page([1], {"pageToken": "eN2"}), page([2])) as server:
        assert [[1, 2]] == poll(server, running, paged)
        assert [
            {"meta": {"pagination": sized}, "data": [{"id": "eN1"}]},
            {"meta": {"pagination": {**sized, "pageToken": "eN2"}}, "data": [{"id": "eN1"}]},
        ] == asked(server)


def test_several_questions(running: Simulator, question: Question[Any, Any]) -> None:
    """A collector that asks several questions has an answer to each, in one poll."""
    with raw_server(page([1]), page([2])) as server:
        assert [[1], [2]] == poll(server, running, question, replace(question, path="/other", paged=True))
        assert [b"POST " + PATH.encode(), b"POST /other"] == [
            request.rpartition(b" HTTP/1.1")[0] for request in server.requests
        ]


@pytest.mark.parametrize("paged", [False, True])
def test_data_twice(running: Simulator, question: Question[Any, Any], paged: bool) -> None:  # noqa: FBT001
    """Of two ``data`` in one answer the last counts, on any page, and is not asked for again."""
    twice = say(response(b'{"data":[0],"meta":{"status":200,"pagination":{"next":"eN2"}},"data":[1]}'))
    last = say(response(b'{"data":[0],"meta":{"status":200},"data":[2]}'))
    with raw_server(twice, last) as server:
        assert [[1, 2]] == poll(server, running, replace(question, paged=paged))
        assert 2 == server.connections


def test_a_second_attempt_starts_the_count_again(running: Simulator, question: Question[Any, Any]) -> None:
    """Records of an answer that broke off are forgotten when the retry is answered."""
    rows = b'{"meta":{"status":200},"data":[' + b'{"a":1},' * 20_000
    cut = say(response(b"%x\r\n%b\r\n" % (len(rows), rows), "Transfer-Encoding: chunked", length=None)[:-9] + b"")
    with raw_server(cut, page([7])) as server:
        with pytest.raises(PollError) as raised:
            poll(server, running, question)
        assert Reason.INCOMPLETE is raised.value.reason
    failed = say(response(b'{"data":[{"a":1}],"meta":{"status":200},"fail":[{"code":"err_developer_key"}]}'))
    with raw_server(failed, page([7])) as server:
        assert [[7]] == poll(server, running, question)


def test_a_bug_in_a_fold_is_not_hidden(running: Simulator, question: Question[Any, Any]) -> None:
    """What a fold raises comes out of the poll as it is, and the connection is closed."""

    def fail(_: Iterable[Any | Odd[Any]]) -> list[Any]:
        raise LookupError("on purpose")

    with raw_server(page([1])) as server:
        with pytest.raises(LookupError):
            poll(server, running, replace(question, fold=fail))
        assert 0 == server.connections


def test_an_abort_ends_a_poll(running: Simulator) -> None:
    """An abort from another thread ends the poll in flight long before its deadline, and nothing is sent any more."""
    found = customer(running)
    found.tenant.fail("hang")
    before = running.calls()
    thread = threading.Thread(target=found.outcome, args=(60.0,))
    thread.start()
    while running.calls() == before:
        thread.join(0.02)
    found.client.abort()
    thread.join(20.0)
    assert not thread.is_alive()
    with pytest.raises(PollError, match="no time was left"):
        found.poll()
    assert before + 1 == running.calls()
