"""Tests of ``exporter.mimecast.envelope``."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.errors import PollError, Reason
from exporter.mimecast.envelope import Envelope, RefusedError, accept, decode, reason_of, refusal

META = {"status": 200}
CODES = {
    "err_xdk_binding_expired": Reason.BINDING_EXPIRED,
    "err_xdk_invalid_signature": Reason.UNAUTHORIZED,
    "err_developer_key": Reason.UNAUTHORIZED,
    "unauthorized": Reason.UNAUTHORIZED,
    "token_expired": Reason.UNAUTHORIZED,
    "token_verification_failed": Reason.UNAUTHORIZED,
    "Unauthorized Request": Reason.UNAUTHORIZED,
    "app_forbidden": Reason.FORBIDDEN,
    "err_xdk_operation_forbidden_for_address": Reason.FORBIDDEN,
}
STATUSES = {
    **dict.fromkeys((301, 302, 303, 304, 307, 308), Reason.REDIRECT),
    **dict.fromkeys((400, 404, 405, 409, 413, 499), Reason.HTTP_4XX),
    **dict.fromkeys((500, 501, 502, 503, 504, 509, 599), Reason.HTTP_5XX),
    **dict.fromkeys((100, 102, 199, 201, 202, 204, 206, 299), Reason.HTTP_OTHER),
    401: Reason.UNAUTHORIZED,
    403: Reason.FORBIDDEN,
    407: Reason.PROXY,
    418: Reason.BINDING_EXPIRED,
    429: Reason.RATE_LIMITED,
}
NESTED = {"errors": [{"code": "err_internal", "message": "Something failed", "retryable": False}]}
FLAT = {"code": "internal-error", "message": "Something failed"}
ECHO = "err\r\nlevel=error msg=forged \x1b[2J <b>MC planted-secret:sig</b>"


def refused(document: object) -> PollError:
    with pytest.raises(PollError) as raised:
        accept(document)
    return raised.value


def body(*failures: object) -> bytes:
    return json.dumps({"fail": failures, "meta": {"status": 400}, "data": []}).encode()


@pytest.mark.parametrize("status", [200, 200.0])
@pytest.mark.parametrize("more", [{"fail": []}, {"fail": None}, {}], ids=["empty", "null", "missing"])
def test_a_good_envelope(status: float, more: dict[str, object]) -> None:
    """A 200 is good if meta.status is a number equal to 200, and fail is empty, null or missing."""
    assert Envelope(None) == accept({"meta": {"status": status}, "data": [], **more})


@pytest.mark.parametrize("status", [True, False, "200", "", None, [200], {"status": 200}])
def test_a_status_that_is_no_number(status: object) -> None:
    """A meta.status that is no number has the reason ``schema``; true is none."""
    assert Reason.SCHEMA is refused({"meta": {"status": status}}).reason


@pytest.mark.parametrize(
    "document", [{}, {"meta": None}, {"meta": [200]}, {"meta": "200"}, {"meta": 200}, {"meta": {}}]
)
def test_a_status_that_is_missing(document: object) -> None:
    """A missing meta.status, or a meta that is no object, has the reason ``schema``."""
    assert Reason.SCHEMA is refused(document).reason


@pytest.mark.parametrize("status", [403, 500, 0, -200, 200.5, 201, 10**40])
def test_another_status_in_meta(status: float) -> None:
    """A meta.status of another number has the reason ``api_error``, whatever the number means to HTTP."""
    assert Reason.API_ERROR is refused({"meta": {"status": status}, "data": [{}]}).reason


@pytest.mark.parametrize("document", [[], [{}], "ok", "", None, 200, 1.5, True])
def test_a_document_that_is_no_object(document: object) -> None:
    """A document that is no object has the reason ``schema``."""
    assert Reason.SCHEMA is refused(document).reason


@pytest.mark.parametrize(
    "fail", [{"code": "x"}, "failed", 1, True, [None, None], ["x"], [[]], [{}, None], {}, "", 0, False]
)
def test_a_fail_of_another_form(fail: object) -> None:
    """A fail that is no list of objects has the reason ``schema``."""
    assert Reason.SCHEMA is refused({"meta": META, "fail": fail, "data": []}).reason


@pytest.mark.parametrize("failure", [NESTED, FLAT, {}, {"errors": None}, {"errors": ["x", 5]}, {"code": 5}])
@pytest.mark.parametrize("data", [[], [{"training": []}]], ids=["without data", "with data"])
def test_a_failure_in_a_200(failure: object, data: list[object]) -> None:
    """An entry in fail has the reason ``api_error``, with data or without, with a known form or not."""
    error = refused({"meta": META, "fail": [failure], "data": data})
    assert Reason.API_ERROR is error.reason
    assert isinstance(error, RefusedError)
    assert 200 == error.status


@pytest.mark.parametrize(("code", "reason"), CODES.items())
def test_codes_decide_the_reason(code: str, reason: Reason) -> None:
    """A known code has its own reason with any status but 429, in the nested form and in the flat one."""
    for form in ({"code": code}, {"errors": [{"code": "err_unknown"}, {"code": code}]}):
        assert reason is refused({"meta": META, "fail": [form]}).reason
        assert [reason, reason, Reason.RATE_LIMITED] == [
            refusal(status, body(form)).reason for status in (401, 500, 429)
        ]


def test_codes_come_before_the_status_in_meta() -> None:
    """A failure is told by its code even if meta is odd or says something else."""
    for meta in (META, {"status": 403}, None):
        assert Reason.BINDING_EXPIRED is refused({"meta": meta, "fail": [{"code": "err_xdk_binding_expired"}]}).reason


def test_the_first_known_code_counts() -> None:
    """Of several known codes the first decides."""
    failures = [{"code": "odd"}, {"errors": [{"code": "app_forbidden"}], "code": "token_expired"}]
    assert Reason.FORBIDDEN is refused({"meta": META, "fail": failures}).reason
    assert ("odd", "app_forbidden", "token_expired") == refusal(401, body(*failures)).codes


@pytest.mark.parametrize(("status", "reason"), STATUSES.items())
def test_statuses(status: int, reason: Reason) -> None:
    """A status other than 200 has its own reason, with an unknown code, with none, and with a body of any kind."""
    bodies = (
        b"",
        b"<html>",
        b"[]",
        b"null",
        b"\xff",
        b'{"fail": 5}',
        b'{"fail": [null]}',
        body(),
        body(FLAT),
        b"[" * 10**5,
    )
    assert {reason} == {refusal(status, content).reason for content in bodies}


def test_a_200_without_known_codes() -> None:
    """A refusal within a 200 is an ``api_error`` if its codes say nothing."""
    assert Reason.API_ERROR is reason_of(200, ("err_unknown",))


@pytest.mark.parametrize(
    ("failure", "detail"),
    [
        (NESTED, "Mimecast answered with HTTP status 400 (err_internal)"),
        (FLAT, "Mimecast answered with HTTP status 400 (internal-error)"),
        ({"code": ECHO}, "Mimecast answered with HTTP status 400"),
        ({"code": "x" * 65}, "Mimecast answered with HTTP status 400"),
        ({"code": "err_invalid_page2"}, "Mimecast answered with HTTP status 400 (err_invalid_page2)"),
        ({"code": "InvalidClient 401.1"}, "Mimecast answered with HTTP status 400 (InvalidClient 401.1)"),
        ({"code": "Bearer PZlHojTnHxQyiz"}, "Mimecast answered with HTTP status 400"),
        ({"code": "qwqpyAMZKPs-Esm_bXzH"}, "Mimecast answered with HTTP status 400"),
        ({"code": "1b7b1b8e-5b5d-4a5e-9c7e-0d8f3c1a2b4c"}, "Mimecast answered with HTTP status 400"),
        ({"code": "x", "message": ECHO}, "Mimecast answered with HTTP status 400 (x)"),
        ({"errors": [{"code": "\u202eevil"}], "code": "good"}, "Mimecast answered with HTTP status 400 (good)"),
    ],
)
def test_only_clean_codes_are_quoted(failure: object, detail: str) -> None:
    """An error quotes the first code that is a few words, never a message or what could be a secret: both may echo."""
    assert detail == refusal(400, body(failure)).detail


@given(st.text(max_size=80) | st.text(st.characters(max_codepoint=255), max_size=80))
def test_any_code_makes_a_clean_line(code: str) -> None:
    """Whatever the vendor calls a failure, the error is one short printable line."""
    error = refusal(500, json.dumps({"fail": [{"code": code}]}).encode())
    assert error.detail.isprintable()
    assert len(error.detail) < 120


@pytest.mark.parametrize(
    ("pagination", "token"),
    [
        (None, None),
        ({}, None),
        ({"pageSize": 2, "totalCount": 2}, None),
        ({"next": None}, None),
        ({"next": ""}, None),
        ({"next": "eNabc", "previous": "eNabd"}, "eNabc"),
        ({"next": {"pageToken": "eNabc"}}, "eNabc"),
        ({"next": {"pageToken": ""}}, None),
        ({"next": {"pageToken": None}}, None),
        ({"next": {}}, None),
    ],
)
def test_tokens_of_the_next_page(pagination: object, token: str | None) -> None:
    """The next page's token is a string, or an object with ``pageToken``; an empty one means that there is none."""
    assert Envelope(token) == accept({"meta": {"status": 200, "pagination": pagination}})


@pytest.mark.parametrize(
    "pagination", [5, [], ["x"], True, {"next": 5}, {"next": ["x"]}, {"next": {"pageToken": 5}}, {"next": True}]
)
def test_odd_tokens_of_the_next_page(pagination: object) -> None:
    """A token of another kind has the reason ``schema``: there may be another page, and it cannot be asked for."""
    assert Reason.SCHEMA is refused({"meta": {"status": 200, "pagination": pagination}}).reason


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"{} {}",
        b"NaN",
        b'{"a": [Infinity]}',
        b"-Infinity",
        b"[1,]",
        b"{'a': 1}",
        b"// x\n{}",
        b'"a\nb"',
        b'"\x00"',
        b"[" * 100_000 + b"]" * 100_000,
        b"9" * 5000,
        b"\xff",
        b'"\\x"',
    ],
)
def test_what_is_no_json(text: bytes) -> None:
    """What is no JSON, what nests endlessly and what has an endless number is ``not_json``, and is not quoted."""
    with pytest.raises(PollError) as raised:
        decode(text)
    assert (Reason.NOT_JSON, "the answer is no JSON document") == (raised.value.reason, raised.value.detail)
    assert raised.value.__suppress_context__


def test_the_last_of_equal_keys_counts() -> None:
    """Of equal keys in one object the last one counts."""
    assert {"meta": {"status": 200}} == decode(b'{"meta": {"status": 500}, "meta": {"status": 200}}')


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, b"", True),
        (404, b"", True),
        (410, b"no such campaign", True),
        (400, b'{"fail": [{"code": "app_forbidden"}]}', False),
        (403, b"", False),
        (422, b"", False),
        (500, b"", False),
    ],
)
def test_what_tells_that_something_is_gone(status: int, body: bytes, expected: bool) -> None:  # noqa: FBT001 - a table
    """Only a status for what is not there, without a code for another reason, tells that it may have been deleted."""
    assert expected is refusal(status, body).tells_gone
