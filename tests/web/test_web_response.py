"""Tests of ``exporter.web.response``."""

import re

import pytest

from exporter.web.response import Response, own_headers, plain_text


def test_a_head() -> None:
    """A head has its own headers, length, date and connection, and ends with those that every answer has."""
    head = plain_text(503, "too many", ("Retry-After", "1")).head(own_headers({}), "close")
    assert (
        b"HTTP/1.1 503 Service Unavailable\r\n"
        b"Content-Type: text/plain; charset=utf-8\r\n"
        b"Retry-After: 1\r\n"
        b"Content-Length: 9\r\n"
        b"Date: <now>\r\n"
        b"Connection: close\r\n"
        b"Content-Security-Policy: default-src 'none'; style-src 'self' 'unsafe-inline'; base-uri 'none'; "
        b"form-action 'none'; frame-ancestors 'none'\r\n"
        b"X-Content-Type-Options: nosniff\r\n\r\n"
    ) == re.sub(rb"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", b"<now>", head)


def test_the_length_is_that_of_all_parts() -> None:
    """The length of a body in parts is that of all of them."""
    assert b"\r\nContent-Length: 6\r\n" in Response(200, (), (b"abc", b"", b"def")).head(b"\r\n\r\n")


def test_configured_headers_come_first() -> None:
    """A configured header takes the place of ours of that name, and others are added."""
    assert (
        b"\r\nContent-Security-Policy: none\r\nX-Content-Type-Options: nosniff\r\nX-Frame-Options: deny\r\n\r\n"
        == own_headers({"X-Frame-Options": "deny", "Content-Security-Policy": "none"})
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [("A", "b\r\nC: d"), ("A", "b\nc"), ("A", "\x00"), ("A", "é"), ("A: b", "c"), ("", "b"), ("é", "b")],
)
def test_a_header_cannot_break_out_of_its_line(name: str, value: str) -> None:
    """What is not printable ASCII is refused where an answer is made."""
    with pytest.raises(ValueError, match="printable ASCII"):
        Response(200, ((name, value),))
