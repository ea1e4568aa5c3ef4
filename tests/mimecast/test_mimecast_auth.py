"""Tests of ``exporter.mimecast.auth``: what both kinds have in common, and signing. Flows are fed plain values."""

import os
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from locale import LC_ALL, setlocale
from locale import Error as LocaleError

import needed
import pytest
from conversation import CLIENT, PLANTED, REQUEST, SECRET_KEY, SIGNING, TRAINING, Keys, Plain, converse, paths, token
from hypothesis import given
from hypothesis import strategies as st
from turned_clock import NOW, TurnedClock

from exporter.errors import PollError, Reason
from exporter.mimecast.auth import Auth, OAuth2, Request, Signed, SigningKeys, read_token, sign, signed_date
from exporter.model import Secret

CAMPAIGNS = "/api/awareness-training/campaign/get-campaigns"
DATE = "Tue, 24 Nov 2015 12:50:11 UTC"
REQUEST_ID = "8578FCFC-A305-4D9A-99CB-F4D5ECEFE297"
KNOWN_KEYS = SigningKeys(
    Secret("app-id"), Secret("aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"), Secret("AKTEST0000000001"), Secret(SECRET_KEY)
)
MOMENTS = st.builds(datetime.fromtimestamp, st.floats(0, 32_503_680_000), st.timezones() | st.just(UTC))
ODD_ZONE = timezone(timedelta(hours=13, minutes=45))


@pytest.fixture(params=["signed", "oauth2"])
def auth(request: pytest.FixtureRequest) -> Auth:
    clock = TurnedClock()
    if request.param == "signed":
        return Signed(Keys(SIGNING), clock.now, uuid.uuid4)
    return OAuth2(Keys(CLIENT), clock.monotonic)


@pytest.fixture(params=["de_DE.UTF-8", "tr_TR.UTF-8", "C.UTF-8"])
def locale(request: pytest.FixtureRequest) -> Iterator[None]:
    before = setlocale(LC_ALL)
    try:
        setlocale(LC_ALL, request.param)
    except LocaleError:
        needed.lacking(f"the locale {request.param}")
    yield
    setlocale(LC_ALL, before)


@pytest.fixture(params=["America/New_York", "Asia/Kathmandu", "Pacific/Apia"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(os.environ, "TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def answered(auth: Auth, answer: Plain) -> tuple[Request, object]:
    """Return the authorized request and what the flow returns; a token is given if one is asked for."""
    answers = [token(), answer] if isinstance(auth, OAuth2) else [answer]
    sent, response = converse(auth, answers)
    return sent[-1], response


def test_any_flow_returns_the_answer_to_the_request(auth: Auth) -> None:
    """Whatever the kind, a flow ends with the answer to the very request that it was given."""
    answer = Plain(200, b"{}")
    request, response = answered(auth, answer)
    assert answer is response
    assert (REQUEST.path, REQUEST.body) == (request.path, request.body)


@pytest.mark.parametrize("status", [200, 204, 400, 403, 418, 429, 500, 503])
def test_any_flow_leaves_other_statuses_alone(auth: Auth, status: int) -> None:
    """Whatever the kind, an answer that is no 401 is handed back after one request for data."""
    answer = Plain(status)
    assert answer is answered(auth, answer)[1]


def test_any_flow_authorizes_json(auth: Auth) -> None:
    """Whatever the kind, a request carries Authorization and speaks JSON."""
    headers = answered(auth, Plain(200))[0].headers
    assert ("application/json", "application/json") == (headers["Accept"], headers["Content-Type"])
    assert headers["Authorization"].startswith(("MC ", "Bearer "))


def test_any_kind_hands_a_refusal_to_its_keys() -> None:
    """Whatever the kind, a refusal of the poll reaches the source of the keys, which is then read anew."""
    signing, client = Keys(SIGNING), Keys(CLIENT)
    signed, oauth = Signed(signing, TurnedClock().now, uuid.uuid4), OAuth2(client, TurnedClock().monotonic)
    for auth in (signed, oauth):
        auth.begin_poll()
        auth.refused()
    assert (1, 1) == (signing.times_refused, client.times_refused)


def test_no_kind_shows_a_secret(auth: Auth) -> None:
    """Whatever the kind, neither it nor its requests nor its keys show a secret when they are printed."""
    request, _ = answered(auth, Plain(200))
    shown = f"{auth!r} {request!r} {request} {SIGNING!r} {CLIENT!r} {vars(auth)!r}"
    assert [] == [secret for secret in (*PLANTED, "t0ken") if secret in shown]


def test_an_error_of_the_network_leaves_a_flow_as_it_is(auth: Auth) -> None:
    """Whatever the kind, an error at the request for data comes out of the flow unchanged."""
    error = PollError(Reason.CONNECT, "gone")
    with pytest.raises(PollError) as raised:
        converse(auth, [token(), error] if isinstance(auth, OAuth2) else [error])
    assert error is raised.value


@pytest.mark.parametrize(
    ("path", "signature"),
    [(TRAINING, "U9Jj13qL2G4LPm+J2vgQVhwog+Y="), (CAMPAIGNS, "c8UR+Bd0QL/U2psBTOLpG8jGZ5k=")],
)
def test_known_answers(path: str, signature: str) -> None:
    """The vectors of the notes on the API come out to the letter."""
    assert {
        "Authorization": f"MC AKTEST0000000001:{signature}",
        "x-mc-app-id": "app-id",
        "x-mc-date": DATE,
        "x-mc-req-id": REQUEST_ID,
    } == sign(path, KNOWN_KEYS, DATE, REQUEST_ID)


# Made by: printf %s "$date:$id:$path:app key: with colons" |
#   openssl dgst -sha1 -mac HMAC -macopt hexkey:$(printf %s "$SECRET_KEY" | base64 -d | xxd -p) -binary | openssl base64
def test_openssl_signs_the_same() -> None:
    """A signature is the one that openssl makes, of an application key with colons and blanks too."""
    keys = replace(KNOWN_KEYS, application_key=Secret("app key: with colons"))
    date, request_id = "Mon, 29 Feb 2016 00:00:09 UTC", "0f8fad5b-d9cb-469f-a165-70867728950e"
    found = [sign(path, keys, date, request_id)["Authorization"] for path in (TRAINING, CAMPAIGNS)]
    assert [
        "MC AKTEST0000000001:4LS1IndMtHsfJmIIYmkjh31B9pM=",
        "MC AKTEST0000000001:P6Kw6Nb/fx8XQ7XIH85bIW1SWRc=",
    ] == found


@pytest.mark.parametrize("secret", ["not base64!", "abc", "c2VjcmV0\nLWtleQ==", "schl\u00fcssel"])
def test_a_secret_key_that_is_no_base64_is_refused(secret: str) -> None:
    """A secret key that is no base64 ends in ``unauthorized``, and the error does not quote it."""
    with pytest.raises(PollError) as raised:
        sign(TRAINING, replace(SIGNING, secret_key=Secret(secret)), DATE, REQUEST_ID)
    assert (Reason.UNAUTHORIZED, "the secret key is no base64") == (raised.value.reason, raised.value.detail)
    assert raised.value.__suppress_context__


def test_each_flow_is_signed_anew() -> None:
    """Each flow has a new id, the date of sending, and the keys of the moment (row 74)."""
    clock, keys = TurnedClock(), Keys(SIGNING)
    auth = Signed(keys, clock.now, uuid.uuid4)
    first = converse(auth, [Plain(200)])[0][0].headers
    clock.turn(61)
    keys.keys = replace(SIGNING, access_key=Secret("rotated"))
    second = converse(auth, [Plain(200)])[0][0].headers
    assert ("Wed, 25 Nov 2026 12:00:00 UTC", "Wed, 25 Nov 2026 12:01:01 UTC") == (
        first["x-mc-date"],
        second["x-mc-date"],
    )
    assert first["x-mc-req-id"] != second["x-mc-req-id"]
    assert (4, 4) == tuple(uuid.UUID(headers["x-mc-req-id"]).version for headers in (first, second))
    assert second["Authorization"].startswith("MC rotated:")


def test_a_signed_flow_does_not_try_again() -> None:
    """A 401 to a signature is the end: nothing would be signed better the second time."""
    sent, response = converse(Signed(Keys(SIGNING), TurnedClock().now, uuid.uuid4), [Plain(401)])
    assert ("d", 401) == (paths(sent), response.status)


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2015, 11, 24, 12, 50, 11, tzinfo=UTC), DATE),
        (datetime(2028, 2, 29, 23, 59, 59, 999_999, tzinfo=UTC), "Tue, 29 Feb 2028 23:59:59 UTC"),
        (datetime(2027, 1, 1, tzinfo=UTC), "Fri, 01 Jan 2027 00:00:00 UTC"),
        (datetime(2027, 1, 1, 13, 44, 59, tzinfo=ODD_ZONE), "Thu, 31 Dec 2026 23:59:59 UTC"),
        (datetime(2026, 3, 5, 4, 3, 2, tzinfo=UTC), "Thu, 05 Mar 2026 04:03:02 UTC"),
        (datetime(2016, 12, 31, 18, 59, 59, tzinfo=timezone(timedelta(hours=-5))), "Sat, 31 Dec 2016 23:59:59 UTC"),
    ],
)
def test_dates(moment: datetime, text: str) -> None:
    """A moment of any zone is written in UTC, with English names and a day of two digits (row 83)."""
    assert text == signed_date(moment)


@pytest.mark.usefixtures("locale")
def test_dates_in_any_locale() -> None:
    """The names of days and months are English in every locale (row 83)."""
    assert [DATE, "Wed, 25 Nov 2026 12:00:00 UTC"] == list(map(signed_date, (parsedate_to_datetime(DATE), NOW)))


@pytest.mark.usefixtures("zone")
def test_dates_in_any_zone() -> None:
    """The zone of the machine does not matter, in its hour that is missing or comes twice either."""
    moments = (datetime(2026, 3, 8, 7, 30, tzinfo=UTC), datetime(2026, 11, 1, 6, 30, tzinfo=UTC))
    assert ["Sun, 08 Mar 2026 07:30:00 UTC", "Sun, 01 Nov 2026 06:30:00 UTC"] == list(map(signed_date, moments))


@given(MOMENTS)
def test_dates_read_back(moment: datetime) -> None:
    """Any moment reads back as itself, to the second, from a text of 29 characters."""
    text = signed_date(moment)
    assert moment.astimezone(UTC).replace(microsecond=0) == parsedate_to_datetime(text.replace("UTC", "GMT"))
    assert (29, "UTC") == (len(text), text[-3:])


@pytest.mark.parametrize("status", [400, 401, 500])
def test_a_refusal_of_the_token_is_never_quoted(status: int) -> None:
    """What the token endpoint says with a refusal is not looked at: it may echo the secret."""
    with pytest.raises(PollError) as raised:
        read_token(Plain(status, b"planted-client-secret echoed"))
    assert f"the token endpoint answered with HTTP status {status}" == raised.value.detail
    assert "planted" not in str(raised.value)
