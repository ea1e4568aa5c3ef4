"""Tests of ``exporter.mimecast.limit``."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict

from exporter.mimecast.limit import rate_limit, read_date, read_request_id, wait_asked_for

DATE = "Wed, 25 Nov 2026 12:00:00 GMT"
IN_90_S = "Wed, 25 Nov 2026 12:01:30 GMT"
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
TEXTS = st.text() | st.from_regex(r"[-+]?[0-9. ]{1,30}|\w{3}, [0-9]{1,3} \w{3} [0-9]{1,6} [0-9:]{1,9} ?[-+A-Z0-9]*")

WAITS = [
    ({"X-RateLimit-Reset": "2000"}, 2),
    ({"X-Rate-Limit-Reset": "2000"}, 2),
    ({"x-ratelimit-reset": "61500"}, 61.5),
    ({"X-RateLimit-Reset": " 5000 "}, 5),
    ({"X-RateLimit-Reset": "soon", "X-Rate-Limit-Reset": "7000"}, 7),
    ({"X-RateLimit-Reset": "3000", "X-Rate-Limit-Reset": "7000"}, 3),
    ({"Retry-After": "2000"}, 2000),
    ({"Retry-After": "7"}, 7),
    ({"Retry-After": "1.5"}, 1.5),
    ({"Retry-After": IN_90_S, "Date": DATE}, 90),
    ({"Retry-After": DATE, "Date": IN_90_S}, 1),
    ({"Retry-After": "7", "X-RateLimit-Reset": "9000"}, 9),
    ({"Retry-After": "9", "X-RateLimit-Reset": "7000"}, 9),
    ({"Retry-After": "0"}, 1),
    ({"Retry-After": "-5"}, 1),
    ({"X-RateLimit-Reset": "0"}, 1),
    ({"X-RateLimit-Reset": "-5"}, 1),
    ({"X-RateLimit-Reset": "999"}, 1),
    ({"X-RateLimit-Reset": "977616000000"}, 3600),
    ({"Retry-After": "977616000"}, 3600),
    ({"Retry-After": "3601"}, 3600),
    ({"Retry-After": "Fri, 31 Dec 9999 23:59:59 GMT", "Date": DATE}, 3600),
]
UNREADABLE = [
    {},
    {"Retry-After": "soon"},
    {"Retry-After": ""},
    {"Retry-After": "9" * 19},
    {"Retry-After": "1e3"},
    {"Retry-After": "NaN"},
    {"Retry-After": "5, 5"},
    {"Retry-After": "\u0665"},
    {"Retry-After": "0x10"},
    {"Retry-After": IN_90_S},
    {"Retry-After": IN_90_S, "Date": "yesterday"},
    {"X-RateLimit-Reset": "inf"},
    {"X-RateLimit-Limit": "800", "X-RateLimit-Remaining": "0"},
    {"Ratelimit-Reset": "5000"},
]


@pytest.mark.parametrize(("headers", "seconds"), WAITS)
def test_waits(headers: dict[str, str], seconds: float) -> None:
    """A 429 and a 503 ask for the longer of their waits: Reset in milliseconds, Retry-After in seconds or a date."""
    found = CaseInsensitiveDict(headers)
    assert (seconds, seconds) == (wait_asked_for(429, found), wait_asked_for(503, found))


@pytest.mark.parametrize("headers", UNREADABLE)
def test_waits_that_cannot_be_read(headers: dict[str, str]) -> None:
    """Without a readable wait a 429 means a minute, and a 503 none."""
    assert (60, None) == (wait_asked_for(429, headers), wait_asked_for(503, headers))


@pytest.mark.parametrize("status", [200, 400, 401, 404, 418, 500, 502, 504])
def test_other_statuses_ask_for_no_wait(status: int) -> None:
    """Only a 429 and a 503 ask for a wait: the vendor's limits stand on every answer."""
    assert None is wait_asked_for(status, {"X-RateLimit-Reset": "2000", "Retry-After": "7"})


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"X-RateLimit-Reset": "2000", "X-RateLimit-Remaining": "1"}, None),
        ({"X-RateLimit-Reset": "2000", "X-RateLimit-Remaining": "0"}, 2),
        ({"X-RateLimit-Reset": "2000", "X-RateLimit-Remaining": "many"}, 2),
        ({"X-Rate-Limit-Reset": "2000", "X-Rate-Limit-Remaining": "799"}, None),
        ({"X-RateLimit-Reset": "9000", "X-RateLimit-Remaining": "799", "Retry-After": "7"}, 7),
    ],
)
def test_a_503_while_requests_remain(headers: dict[str, str], seconds: float | None) -> None:
    """A 503 while requests remain is not about the limit, so its Reset is no wait; a Retry-After still is."""
    assert seconds == wait_asked_for(503, headers)


def test_a_429_while_requests_remain() -> None:
    """A 429 waits for Reset even if requests remain."""
    assert 2 == wait_asked_for(429, {"X-RateLimit-Reset": "2000", "X-RateLimit-Remaining": "799"})


@pytest.mark.parametrize(
    ("text", "number"),
    [("800", 800), ("0", 0), (" 799 ", 799), ("1.5", 1.5), ("", None), ("-", None), ("1_0", None), ("9" * 19, None)],
)
def test_numbers(text: str, number: float | None) -> None:
    """A limit is a number of decimal digits in either spelling, or unknown."""
    for spelling in ("X-RateLimit-Limit", "X-Rate-Limit-Limit"):
        assert number == rate_limit({spelling: text}, "Limit")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        (DATE, NOON),
        ("Wed, 25 Nov 2026 12:00:00 UTC", NOON),
        ("Wed, 25 Nov 2026 14:00:00 +0200", NOON),
        ("Wed, 25 Nov 2026 12:00:00 -0000", NOON),
        ("Wed, 25 Nov 2026 12:00:00", NOON),
        ("Wednesday, 25-Nov-26 12:00:00 GMT", NOON),
        ("Wed Nov 25 12:00:00 2026", NOON),
        (None, None),
        ("", None),
        ("now", None),
        ("Wed, 31 Feb 2026 12:00:00 GMT", None),
        ("Wed, 25 Nov 99999 12:00:00 GMT", None),
        ("Wed, 25 Nov 2026 25:00:00 GMT", None),
        ("Fri, 31 Dec 9999 23:59:59 -2300", None),
        ("Wed, 25 Nov 2026 12:00:00 +9999", None),
    ],
)
def test_dates(text: str | None, moment: datetime | None) -> None:
    """An HTTP date in any of its forms is read as a moment in UTC, and another text is none."""
    assert moment == read_date(text)
    assert moment is None or timedelta(0) == moment.utcoffset()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("1b7b1b8e-5b5d-4A5E-9c7e-0d8f3c1a2b4c", True),
        ("1-58406520-a006649127e371903a2de979", True),
        ("0" * 36, True),
        ("", False),
        ("0" * 37, False),
        ("Bearer 0123456789abcdef", False),
        ("0123456789abcdef\x1b[2J", False),
        ("0123456789abcdefg", False),
    ],
)
def test_request_ids(text: str, shown: bool) -> None:  # noqa: FBT001 - a parameter
    """The vendor's name for a request is a few hexadecimal digits, and another text is none: it may echo a secret."""
    assert (text if shown else None) == read_request_id(CaseInsensitiveDict({"X-Request-ID": text}))
    assert read_request_id({}) is None


@given(
    st.sampled_from([429, 503]), st.dictionaries(st.sampled_from(["Retry-After", "X-RateLimit-Reset", "Date"]), TEXTS)
)
@example(429, {"Retry-After": "5\x1f"})
def test_any_headers_ask_for_a_bearable_wait(status: int, headers: dict[str, str]) -> None:
    """Whatever the headers say, a wait lies between a second and an hour, and a 429 always has one."""
    seconds = wait_asked_for(status, headers)
    assert seconds is None or 1 <= seconds <= 3600
    assert status == 503 or seconds is not None
