"""Faults of status: refusals and failures, waits that are asked for, redirects, pages that are no answer."""

from collections.abc import Callable
from datetime import timedelta
from email.utils import format_datetime
from http import HTTPStatus

from exporter.simulator.answer import BINDING_EXPIRED, Answer, nested_failure
from exporter.simulator.fault.fault import Act, Fault, Scene, always

_PAGE = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body><h1>Welcome</h1>\x1b[31m</body></html>\n"
_HTML = ("content-type", "text/html; charset=utf-8")
_WAIT = 5.0
_FOREVER = 31 * 365 * 86_400
_LONGEST = 3600.0
_RATE_HEADERS = frozenset({"x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"})
_STATUSES = (400, 401, 403, 404, 405, 407, 409, 413, 500, 501, 502, 503, 504, 509)
_REDIRECTS = (300, 301, 302, 303, 304, 305, 306, 307, 308)


def _status(status: int) -> Fault:
    phrase = HTTPStatus(status).phrase if status != 509 else "Bandwidth Limit Exceeded"
    code = "internal-error" if status >= 500 else f"err_http_{status}"
    answer = nested_failure(status, code, phrase)
    return Fault(f"http_{status}", f"answers {status} {phrase}", always(answer))


Headers = Callable[[Scene, float], tuple[tuple[str, str], ...]]


def _reset_ms(_scene: Scene, seconds: float) -> tuple[tuple[str, str], ...]:
    return (("X-RateLimit-Reset", str(round(seconds * 1000))),)


def _reset_dashed(_scene: Scene, seconds: float) -> tuple[tuple[str, str], ...]:
    return (("X-Rate-Limit-Reset", str(round(seconds * 1000))),)


def _retry_seconds(_scene: Scene, seconds: float) -> tuple[tuple[str, str], ...]:
    return (("Retry-After", str(round(seconds))),)


def _retry_date(scene: Scene, seconds: float) -> tuple[tuple[str, str], ...]:
    moment = scene.exchange.moment + timedelta(seconds=seconds)
    return (("Retry-After", format_datetime(moment, usegmt=True)),)


def _reset_text(text: str) -> Headers:
    return lambda _scene, _seconds: (("X-RateLimit-Reset", text), ("Retry-After", text))


def _wait(status: int, headers: Headers, *, held: float | None = None) -> Act:
    def act(scene: Scene) -> Answer:
        seconds = _WAIT if scene.seconds is None else scene.seconds
        # Dates have whole seconds, so the client may come up to one earlier.
        slack = 1.0 if headers is _retry_date else 0.0
        scene.tenant.block(max(1.0, seconds - slack) if held is None else held)
        code = "internal-error" if status == 503 else "err_rate_limit"
        failure = nested_failure(status, code, HTTPStatus(status).phrase)
        return Answer(status, failure.body, headers(scene, seconds), _RATE_HEADERS)

    return act


def _redirect(status: int) -> Fault:
    def act(scene: Scene) -> Answer:
        return Answer(status, b"", (("Location", scene.exchange.decoy_url),))

    return Fault(f"redirect_{status}", f"redirects to another port with {status}", act)


def _redirect_self(scene: Scene) -> Answer:
    return Answer(307, b"", (("Location", scene.exchange.request.path),))


def _right_as(status: int) -> Act:
    def act(scene: Scene) -> Answer:
        right = scene.right()
        return Answer(status, b"" if status == 204 else right.body, right.headers)

    return act


def _content_type(*headers: tuple[str, str]) -> Act:
    return lambda scene: Answer(200, scene.right().body, headers, frozenset({"content-type"}))


FAULTS = (
    *(_status(status) for status in _STATUSES),
    Fault("http_418", "answers 418, the binding has expired", always(BINDING_EXPIRED)),
    Fault("rate_limited", "answers 429 with a wait in milliseconds (seconds: 5)", _wait(429, _reset_ms)),
    Fault("rate_limited_other_spelling", "answers 429 with X-Rate-Limit-Reset (seconds: 5)", _wait(429, _reset_dashed)),
    Fault("rate_limited_retry_after_seconds", "answers 429 with Retry-After (seconds: 5)", _wait(429, _retry_seconds)),
    Fault(
        "rate_limited_retry_after_date", "answers 429 with Retry-After as a date (seconds: 5)", _wait(429, _retry_date)
    ),
    Fault("rate_limited_none", "answers 429 and names no wait", _wait(429, lambda *_: (), held=1.0)),
    Fault(
        "rate_limited_garbage", "answers 429 with a wait that is no number", _wait(429, _reset_text("soon"), held=1.0)
    ),
    Fault("rate_limited_zero", "answers 429 with a wait of 0", _wait(429, _reset_text("0"), held=1.0)),
    Fault("rate_limited_negative", "answers 429 with a wait of -5", _wait(429, _reset_text("-5"), held=1.0)),
    Fault(
        "rate_limited_forever",
        "answers 429 with a wait of 31 years",
        _wait(429, lambda scene, _: _reset_ms(scene, _FOREVER), held=_LONGEST),
    ),
    Fault("unavailable_retry_after", "answers 503 with Retry-After (seconds: 5)", _wait(503, _retry_seconds)),
    Fault("html_200", "answers 200 with a web page, as a captive portal does", always(Answer(200, _PAGE, (_HTML,)))),
    Fault("html_401", "answers 401 with a web page", always(Answer(401, _PAGE, (_HTML,)))),
    Fault("html_503", "answers 503 with a web page", always(Answer(503, _PAGE, (_HTML,)))),
    Fault("empty_200", "answers 200 with nothing", always(Answer(200))),
    Fault("empty_400", "answers 400 with nothing", always(Answer(400))),
    Fault("http_202", "gives the right answer with 202", _right_as(202)),
    Fault("http_204", "answers 204, no content", _right_as(204)),
    Fault("http_206", "gives the right answer with 206", _right_as(206)),
    Fault("content_type_other", "calls the right JSON text/plain", _content_type(("content-type", "text/plain"))),
    Fault("content_type_missing", "gives the right JSON no type", _content_type()),
    *(_redirect(status) for status in _REDIRECTS),
    Fault("redirect_self", "redirects to itself", _redirect_self),
    Fault("redirect_file", "redirects to a file", always(Answer(302, b"", (("Location", "file:///etc/passwd"),)))),
    Fault("redirect_nowhere", "redirects without saying where to", always(Answer(302))),
)
