"""Tests of ``exporter.mimecast.auth``: tokens, how long they are kept, and when a new one is asked for."""

import json
from urllib.parse import parse_qs

import pytest
from conversation import CLIENT, PLANTED, Endpoint, Keys, Plain, converse, paths, token
from hypothesis import given
from hypothesis import strategies as st
from turned_clock import TurnedClock

from exporter.errors import PollError, Reason
from exporter.mimecast.auth import ClientKeys, OAuth2, TokenError, read_token
from exporter.model import Secret

OK = Plain(200)
REFUSED = Plain(401)
HUGE = b'{"access_token": "' + b"t" * (1 << 20) + b'"}'


def oauth(clock: TurnedClock, keys: Keys[ClientKeys] | None = None) -> OAuth2:
    auth = OAuth2(keys or Keys(CLIENT), clock.monotonic)
    auth.begin_poll()
    return auth


def life(answer: Plain) -> float:
    return read_token(answer)[1]


def test_the_token_is_asked_for_with_the_client_credentials() -> None:
    """The first flow asks for a token with a form of three fields, and then sends it as Bearer."""
    (for_token, for_data), _ = converse(oauth(TurnedClock()), [token("abc"), OK])
    assert "/oauth/token" == for_token.path
    assert {
        "client_id": ["planted-client-id"],
        "client_secret": ["planted-client-secret"],
        "grant_type": ["client_credentials"],
    } == parse_qs(for_token.body.decode())
    assert {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"} == for_token.headers
    assert "Bearer abc" == for_data.headers["Authorization"]


def test_a_secret_is_quoted_in_the_form() -> None:
    """Characters that mean something in a form arrive as they are."""
    keys = ClientKeys(Secret("a b&c"), Secret("d=e+f%20\u00e9"))
    (for_token, _), _ = converse(oauth(TurnedClock(), Keys(keys)), [token(), OK])
    form = parse_qs(for_token.body.decode(), strict_parsing=True)
    assert (["a b&c"], ["d=e+f%20\u00e9"]) == (form["client_id"], form["client_secret"])


@pytest.mark.parametrize(("expires_in", "kept"), [(1800, 1440), (100, 80), (0, 48), (-1, 48), (10**30, 69120)])
def test_a_token_is_kept_for_four_fifths_of_its_life(expires_in: int, kept: float) -> None:
    """A token is used until 80 % of its life, clamped to a minute and a day, is over; then a new one is asked for."""
    clock = TurnedClock()
    auth = oauth(clock)
    converse(auth, [token(expires_in=expires_in), OK])
    clock.turn(kept - 0.1)
    assert "d" == paths(converse(auth, [OK])[0])
    clock.turn(0.1)
    assert "td" == paths(converse(auth, [token(), OK])[0])


@pytest.mark.parametrize(
    ("expires_in", "seconds"),
    [
        (1800, 1800),
        (1799.5, 1799.5),
        ("1799", 1799),
        ("-5", 60),
        (59, 60),
        (86401, 86400),
        (float("1e300"), 86400),
        ("soon", 1800),
        ("1e3", 1800),
        ("9" * 40, 1800),
        ("", 1800),
        (None, 1800),
        (True, 1800),
        ([1799], 1800),
        ({}, 1800),
        ("(missing)", 1800),
    ],
)
def test_lives(expires_in: object, seconds: float) -> None:
    """A life is a number or a text of digits; another thing means half an hour."""
    assert seconds == life(token(expires_in=expires_in))


def test_an_endless_life_is_a_day() -> None:
    """A life that Python reads as infinite is a day long."""
    assert 86400 == life(Plain(200, b'{"access_token": "t", "expires_in": 1e999}'))


@pytest.mark.parametrize("kind", ["Bearer", "bearer", "BEARER", "(missing)"])
def test_kinds_of_tokens(kind: str) -> None:
    """A token is a bearer's in any letter case, and if nothing is said."""
    assert "t0ken" == read_token(token(token_type=kind))[0].reveal()


@pytest.mark.parametrize("text", ["a", "-._~+/=", "x" * 16384])
def test_usable_tokens(text: str) -> None:
    """A token is any text that a header can hold."""
    assert text == read_token(token(text))[0].reveal()


@pytest.mark.parametrize(
    "answer",
    [
        token("(missing)"),
        token(None),
        token(""),
        token(5),
        token(["t"]),
        token("t\r\nX-Injected: 1"),
        token("two words"),
        token("t\u03bfken"),
        token("t\u00e9"),
        token("x" * 16385),
        token(token_type="mac"),
        token(token_type=None),
        token(token_type=7),
        Plain(200, HUGE),
        Plain(200),
        Plain(200, b"<html>planted-client-secret</html>"),
        Plain(200, b"[]"),
        Plain(200, b"null"),
        Plain(200, b'{"access_token": "t", "expires_in": %b}' % (b"9" * 5000)),
        Plain(200, b"\xff\xfe"),
    ],
)
def test_odd_tokens(answer: Plain) -> None:
    """An answer without a usable token has the reason ``auth_response``, and data is not asked for."""
    endpoint = Endpoint([answer], [OK])
    with pytest.raises(TokenError) as raised:
        endpoint.serve(oauth(TurnedClock()))
    assert Reason.AUTH_RESPONSE is raised.value.reason
    assert "t" == paths(endpoint.sent)
    assert "planted" not in str(raised.value)


@pytest.mark.parametrize(
    ("failed", "reason"),
    [
        (Plain(400), Reason.UNAUTHORIZED),
        (Plain(401), Reason.UNAUTHORIZED),
        (Plain(403), Reason.FORBIDDEN),
        (Plain(404), Reason.HTTP_4XX),
        (Plain(418), Reason.BINDING_EXPIRED),
        (Plain(429), Reason.RATE_LIMITED),
        (Plain(500), Reason.HTTP_5XX),
        (Plain(503), Reason.HTTP_5XX),
        (Plain(204), Reason.HTTP_OTHER),
        (Plain(307), Reason.REDIRECT),
        (PollError(Reason.TIMEOUT, "no answer in time"), Reason.TIMEOUT),
        (PollError(Reason.CONNECT, "the connection was closed"), Reason.CONNECT),
    ],
)
def test_failed_token_calls(failed: Plain | PollError, reason: Reason) -> None:
    """A token call that fails has its reason, data is not asked for, and for 30 s no other one is made."""
    clock = TurnedClock()
    auth = oauth(clock)
    endpoint = Endpoint([failed, token()], [OK])
    for seconds in (0, 29.9):
        clock.turn(seconds)
        auth.begin_poll()
        with pytest.raises(TokenError) as raised:
            endpoint.serve(auth)
        assert reason is raised.value.reason
    assert "t" == paths(endpoint.sent)
    clock.turn(0.1)
    assert 200 == endpoint.serve(auth).status
    assert "ttd" == paths(endpoint.sent)


def test_a_body_that_is_no_gzip_is_not_blamed_on_the_token() -> None:
    """What the transport finds wrong with the body of a token's answer keeps its own reason."""

    class Corrupt(Plain):
        def read(self, most: int) -> bytes:
            raise PollError(Reason.ENCODING, f"the answer is no gzip stream of {most} bytes")

    with pytest.raises(PollError) as raised:
        read_token(Corrupt(200))
    assert Reason.ENCODING is raised.value.reason


def test_an_old_token_is_renewed_once() -> None:
    """A 401 to a token of an earlier poll renews it once and repeats the call once, with the new one."""
    auth = oauth(TurnedClock())
    converse(auth, [token("old"), OK])
    auth.begin_poll()
    sent, response = converse(auth, [REFUSED, token("new"), OK])
    assert ("dtd", OK) == (paths(sent), response)
    assert ["Bearer old", "Bearer new"] == [sent[place].headers["Authorization"] for place in (0, 2)]


def test_a_renewed_token_that_is_refused_is_the_end() -> None:
    """A 401 to the renewed token is handed back, and so is the next one in the poll."""
    auth = oauth(TurnedClock())
    converse(auth, [token(), OK])
    auth.begin_poll()
    assert 401 == converse(auth, [REFUSED, token(), REFUSED])[1].status
    assert "d" == paths(converse(auth, [REFUSED])[0])


def test_a_token_new_in_this_poll_is_not_renewed() -> None:
    """A 401 to a token that was got in the same poll is handed back at once."""
    sent, response = converse(oauth(TurnedClock()), [token(), REFUSED])
    assert ("td", 401) == (paths(sent), response.status)


def test_after_a_renewal_there_is_no_token_call_for_half_a_minute() -> None:
    """After a renewal 30 s pass before a 401 renews again, over any number of polls."""
    clock = TurnedClock()
    auth = oauth(clock)
    converse(auth, [token(), OK])
    auth.begin_poll()
    converse(auth, [REFUSED, token(), OK])
    for seconds in (0, 29.9):
        clock.turn(seconds)
        auth.begin_poll()
        assert "d" == paths(converse(auth, [REFUSED])[0])
    clock.turn(0.1)
    auth.begin_poll()
    assert "dtd" == paths(converse(auth, [REFUSED, token(), OK])[0])


def test_a_failed_renewal_forgets_the_token() -> None:
    """If the renewal fails, the poll ends with its reason, and the refused token is not used again."""
    clock = TurnedClock()
    auth = oauth(clock)
    converse(auth, [token(), OK])
    auth.begin_poll()
    with pytest.raises(TokenError) as raised:
        converse(auth, [REFUSED, Plain(500)])
    assert Reason.HTTP_5XX is raised.value.reason
    clock.turn(30)
    auth.begin_poll()
    assert "td" == paths(converse(auth, [token(), OK])[0])


def test_rotated_keys_mean_a_new_token() -> None:
    """Other keys than those that a token was given for are used at the next call, and the old token is not."""
    keys = Keys(CLIENT)
    auth = oauth(TurnedClock(), keys)
    converse(auth, [token("old"), OK])
    keys.keys = ClientKeys(CLIENT.client_id, Secret("another"))
    sent, _ = converse(auth, [token("new"), OK])
    assert "td" == paths(sent)
    assert b"client_secret=another" in sent[0].body
    assert "Bearer new" == sent[1].headers["Authorization"]


@given(st.lists(st.tuples(st.floats(0, 40), st.sampled_from("tTdD"), st.booleans()), max_size=40))
def test_there_is_never_a_token_storm(story: list[tuple[float, str, bool]]) -> None:
    """Whatever the endpoints answer, token calls less than 30 s apart follow a token that worked."""
    clock = TurnedClock()
    auth = oauth(clock)
    times: list[float] = []
    for seconds, answers, new_poll in story:
        clock.turn(seconds)
        if new_poll:
            auth.begin_poll()
        endpoint = Endpoint([token() if "T" != answers else Plain(401)], [OK if answers in "tT" else REFUSED])
        endpoint.try_to_serve(auth)
        calls = paths(endpoint.sent).count("t")
        assert calls <= 1
        times += [clock.monotonic()] * calls
    assert [] == [first for first, third in zip(times, times[2:], strict=False) if third - first < 30]


def test_no_secret_is_kept_in_the_open() -> None:
    """Neither tokens nor keys can be read from what an authorization shows of itself."""
    auth = oauth(TurnedClock())
    converse(auth, [token("planted-token"), OK])
    shown = repr(vars(auth)) + json.dumps(str(auth))
    assert [] == [secret for secret in (*PLANTED, "planted-token") if secret in shown]
