"""Asks one tenant's questions: drives authorization, transport and stream; retries, follows pages, respects waits.

One poll runs at a time. A page of an endpoint without documented pages streams straight into the collector's fold, so a
second attempt starts the fold again; the small pages of the others are read whole.
"""

import json
import logging
import random
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain
from typing import Any, Final, TypeVar

from exporter.clock import Clock
from exporter.collectors.question import Asking, Odd, Outcome, Question
from exporter.errors import PollError, Reason
from exporter.lane import Lane
from exporter.mimecast.auth import Auth, Request, TokenError
from exporter.mimecast.envelope import Envelope, RefusedError, refusal
from exporter.mimecast.limit import Wait, rate_limit, read_date, read_request_id, wait_asked_for
from exporter.mimecast.stream import Page, SupersededError, read_page
from exporter.mimecast.transport import Answer, Transport

R = TypeVar("R")
T = TypeVar("T")

log = logging.getLogger(__name__)

_PAGE_SIZE: Final = 500
_MOST_PAGES: Final = 10_000
_LONGEST_REFUSAL: Final = 64 * 1024
_LARGEST_SKEW: Final = 300.0
_MOST_RETRIES: Final = 2
_MOST_RECONNECTS: Final = 1
_REFUSALS: Final = {Reason.UNAUTHORIZED, Reason.FORBIDDEN, Reason.BINDING_EXPIRED}
_RETRIED_STATUSES: Final = {502, 503, 504}
_BACKOFF: Final = 0.25


@dataclass(frozen=True, slots=True)
class ApiState:
    """What the vendor last told: None for what it never did; ``clock_skew`` is its clock less ours in seconds.

    ``wait`` is what counts for us, ``blocked_until`` the same by the wall clock, to be shown.
    """

    rate_limit: float | None = None
    rate_limit_remaining: float | None = None
    clock_skew: float | None = None
    blocked_until: datetime | None = None
    wait: Wait | None = None


Observer = Callable[[str, float], None]
"""Is told of each request: the HTTP status or ``error``, and the seconds to its head."""


class Client:
    """Polls one tenant. Only :attr:`state` and :meth:`abort` may be used from other threads, while it polls."""

    def __init__(self, transport: Transport, auth: Auth, clock: Clock, observe: Observer, most_bytes: int) -> None:
        self.state = ApiState()
        self.last_request_id: str | None = None
        self.clock = clock
        self.most_bytes = most_bytes
        self.lane = Lane()
        self._transport = transport
        self._auth = auth
        self._observe = observe
        self._last_status: int | None = None
        self._is_over = False

    def poll(self, asking: Asking, deadline: float) -> Outcome:
        """Answer all questions of a collector by ``deadline`` (monotonic) and return what it makes of them.

        Raises ``PollError`` with the reason of the last attempt.
        """
        self._auth.begin_poll()
        self._last_status = None
        poll = _Poll(self, deadline)
        try:
            with poll.place:
                question = next(asking)
                while True:
                    question = asking.send(poll.answer(question))
        except StopIteration as end:
            outcome: Outcome = end.value
            return outcome
        except PollError as error:
            if error.reason in _REFUSALS:
                self._auth.refused()
            raise self._by_the_clock(error) from None
        finally:
            self._transport.close_idle()

    def abort(self) -> None:
        """End the request in flight, if there is one, and send no other."""
        self._is_over = True
        self._transport.abort()

    @property
    def _wait(self) -> Wait | None:
        return self.state.wait

    def blocked_for(self) -> float:
        """Return the seconds for which the vendor wants no request, 0 if it does not mind."""
        return max(self._wait.until - self.clock.monotonic(), 0.0) if self._wait else 0.0

    def converse(self, request: Request, deadline: float) -> Answer:
        """Send one request with its authorization, but not during a wait, and return the answer, to be closed."""
        if self._wait and self.blocked_for() > 0:
            raise PollError(self._wait.reason, "Mimecast asked to wait, so nothing was sent")
        self._time_left(deadline)
        flow = self._auth.flow(request)
        wanted = next(flow)
        while True:
            try:
                answer = self._exchange(wanted, deadline)
            except PollError as error:
                wanted = flow.throw(error)
                continue
            try:
                wanted = flow.send(answer)
            except StopIteration:
                return answer
            except BaseException:
                answer.close()
                raise
            answer.close()

    def _exchange(self, request: Request, deadline: float) -> Answer:
        """Send one request and note what its head tells."""
        self._last_status = None
        seconds_left = self._time_left(deadline)
        sent, started = self.clock.now(), self.clock.monotonic()
        self.last_request_id = request.headers.get("x-mc-req-id")
        code = "error"
        try:
            answer = self._transport.send(request, seconds_left)
            code = str(answer.status)
        finally:
            seconds = self.clock.monotonic() - started
            self._observe(code, seconds)
            log.debug("request path=%s status=%s seconds=%.3f", request.path, code, seconds)
        self._note(answer, sent + timedelta(seconds=seconds / 2))
        return answer

    def _time_left(self, deadline: float) -> float:
        seconds = 0.0 if self._is_over else deadline - self.clock.monotonic()
        if seconds <= 0:
            raise PollError(Reason.TIMEOUT, "no time was left for the request")
        return seconds

    def _note(self, answer: Answer, middle: datetime) -> None:
        headers = answer.headers
        state = self.state
        date = read_date(headers.get("Date"))
        limit, remaining = rate_limit(headers, "Limit"), rate_limit(headers, "Remaining")
        seconds = wait_asked_for(answer.status, headers)
        if seconds is not None:
            reason = Reason.RATE_LIMITED if answer.status == 429 else Reason.HTTP_5XX
            wait = Wait(self.clock.monotonic() + seconds, reason)
            state = replace(state, blocked_until=self.clock.now() + timedelta(seconds=seconds), wait=wait)
        self.state = replace(
            state,
            rate_limit=limit if limit is not None else state.rate_limit,
            rate_limit_remaining=remaining if remaining is not None else state.rate_limit_remaining,
            clock_skew=(date - middle).total_seconds() if date else state.clock_skew,
        )
        self._last_status = answer.status
        self.last_request_id = self.last_request_id or read_request_id(headers)

    def _by_the_clock(self, error: PollError) -> PollError:
        """Blame the clocks for a refusal, if they differ by more than the vendor can be expected to accept."""
        skew = self.state.clock_skew
        if self._last_status not in {401, 403} or skew is None or abs(skew) <= _LARGEST_SKEW:
            return error
        return PollError(Reason.CLOCK_SKEW, f"Mimecast's clock is {skew:+.0f} s off ours")


class _Poll:
    """The attempts of one poll, which share one deadline and one allowance of retries."""

    def __init__(self, client: Client, deadline: float) -> None:
        self._client = client
        self._clock = client.clock
        self._deadline = deadline
        self.place = client.lane.place()
        self._retries = 0
        self._retried_key = False
        self._attempt_started = 0.0

    def answer(self, question: Question[R, T]) -> T | None:
        """Return what the question's fold makes of all records, of all pages; None if what it asks for is gone."""
        known: Page[R] | None = None
        while True:
            try:
                return question.fold(chain.from_iterable(self._batches(question, known)))
            except SupersededError as superseded:
                known = superseded.page
            except PollError as error:
                if question.may_be_gone and isinstance(error, RefusedError) and error.tells_gone:
                    return None
                self._retry(error)
                known = None

    def _batches(self, question: Question[R, T], known: Page[R] | None) -> Iterator[Sequence[R | Odd[R]]]:
        if known is None and not question.paged:
            envelope = yield from self._stream(question, None)
        else:
            page = known or self._page(question, None)
            yield page.records
            envelope = page.envelope
        seen: set[str] = set()
        while token := envelope.next_token:
            if token in seen or len(seen) >= _MOST_PAGES - 1:
                raise PollError(Reason.INCOMPLETE, "the pages of the answer do not end")
            seen.add(token)
            page = self._page(question, token)
            yield page.records
            envelope = page.envelope

    def _page(self, question: Question[R, T], token: str | None) -> Page[R]:
        """Return one page, read whole, with the retries that it needs."""
        while True:
            try:
                return _whole(self._stream(question, token))
            except SupersededError as superseded:
                return superseded.page
            except PollError as error:
                self._retry(error)

    def _stream(self, question: Question[R, T], token: str | None) -> Generator[Sequence[R | Odd[R]], None, Envelope]:
        """Yield the records of one page as they arrive, in one attempt."""
        self._attempt_started = self._clock.monotonic()
        request = Request(question.path, request_body(question, token))
        with self.place.aside():
            answer = self._client.converse(request, self._deadline)
        with closing(answer):
            if answer.status != 200:
                with self.place.aside():
                    raise _refused(answer)
            chunks = self.place.arriving(answer.chunks(self._client.most_bytes))
            return (yield from read_page(chunks, question.reading))

    def _retry(self, error: PollError) -> None:
        """Wait for the next attempt, or raise ``error`` if there must be none or none could end in time."""
        if not self._may_retry(error) or self._client.blocked_for() > 0:
            raise error
        delay = _BACKOFF * 2**self._retries * (0.5 + random.random())  # noqa: S311 - jitter is no secret
        took = self._clock.monotonic() - self._attempt_started
        if self._clock.monotonic() + delay + took >= self._deadline:
            raise error
        with self.place.aside():
            self._clock.wait(delay)

    def _may_retry(self, error: PollError) -> bool:
        if isinstance(error, RefusedError) and "err_developer_key" in error.codes and not self._retried_key:
            # It comes now and then with right credentials, and is gone with a new signature.
            self._retried_key = True
            return True
        most = 0
        if isinstance(error, RefusedError) and error.status in _RETRIED_STATUSES:
            most = _MOST_RETRIES
        elif error.reason is Reason.CONNECT and not isinstance(error, TokenError):
            most = _MOST_RECONNECTS
        self._retries += 1
        return self._retries <= most


def request_body(question: Question[Any, Any], token: str | None) -> bytes:
    """Return the body that asks for one page: ``{"data": []}`` as the vendor documents, more only where needed."""
    pagination: dict[str, object] = {"pageSize": _PAGE_SIZE} if question.paged else {}
    if token is not None:
        pagination["pageToken"] = token
    meta = {"meta": {"pagination": pagination}} if pagination else {}
    return json.dumps({**meta, "data": [question.item] if question.item is not None else []}).encode()


def _whole(stream: Generator[Sequence[R | Odd[R]], None, Envelope]) -> Page[R]:
    records: list[R | Odd[R]] = []
    while True:
        try:
            records.extend(next(stream))
        except StopIteration as end:
            return Page(records, end.value)


def _refused(answer: Answer) -> PollError:
    """Return the error of an answer that is no 200, by its status and whatever codes its body gives."""
    if answer.status > 599:
        return PollError(Reason.PROTOCOL, "the answer has a status that HTTP does not know")
    try:
        body = answer.read(_LONGEST_REFUSAL)
    except PollError:
        body = b""
    return refusal(answer.status, body)
