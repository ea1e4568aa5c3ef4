"""Tests of ``exporter.web.negotiation``."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.exposition import Format
from exporter.web.negotiation import accepts_gzip, choose_format, scrape_budget

TEXT, OPENMETRICS = Format.TEXT, Format.OPENMETRICS
OM = "application/openmetrics-text"
PROMETHEUS_2 = f"{OM};version=1.0.0,{OM};version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
PROMETHEUS_3 = (
    f"{OM};version=1.0.0;escaping=allow-utf-8;q=0.6,{OM};version=0.0.1;q=0.5,"
    "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)
PROTOBUF = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        (None, TEXT),
        ("", TEXT),
        ("*/*", TEXT),
        (PROMETHEUS_2, OPENMETRICS),
        (PROMETHEUS_3, OPENMETRICS),
        (f"{PROTOBUF};q=0.9,{PROMETHEUS_3}", OPENMETRICS),
        (f"{PROTOBUF},text/plain;version=0.0.4;q=0.3", TEXT),
        (OM, OPENMETRICS),
        (OM.upper(), OPENMETRICS),
        (f"{OM}; version=1.0.0; charset=utf-8", OPENMETRICS),
        (f'{OM};version="1.0.0"', OPENMETRICS),
        (f"{OM};version=0.0.1", TEXT),
        (f"{OM};version=1.0", TEXT),
        (f"{OM};version=abc", TEXT),
        (f"{OM};version=", TEXT),
        (f"{OM};version={'1' * 5000}", TEXT),
        (f"{OM};q={'1' * 5000}", TEXT),
        (f"{OM};q=0", TEXT),
        (f"{OM};q=0.000", TEXT),
        (f"{OM};q=nan", TEXT),
        (f"{OM};q=-1", TEXT),
        (f"{OM};q=1e0", TEXT),
        (f"{OM};q=", TEXT),
        (f"{OM};q=0.001", OPENMETRICS),
        (f"{OM};q=0.5,text/plain;q=0.6", TEXT),
        (f"{OM};q=0.6,text/plain;q=0.5", OPENMETRICS),
        (f"{OM};q=0.5,*/*;q=0.9", TEXT),
        (f"{OM},text/plain", OPENMETRICS),
        (f"text/plain,{OM}", TEXT),
        (f"text/*,{OM}", TEXT),
        (f"text/plain;version=1.0.0,{OM};q=0.1", OPENMETRICS),
        (f"text/html,;;,=,{OM};q=0.2,é", OPENMETRICS),
        ("application/*", TEXT),
        ("garbage", TEXT),
        (";q=1,,;=;", TEXT),
        ("a" * 8192, TEXT),
        (",".join([f"{OM};q=0.1"] * 400), OPENMETRICS),
    ],
)
def test_formats(accept: str | None, wanted: Format) -> None:
    """The format that is liked best of ours is chosen, the first of equals; anything odd counts as not said."""
    assert wanted is choose_format(accept)


@pytest.mark.parametrize(
    ("accept_encoding", "wanted"),
    [
        (None, False),
        ("", False),
        ("gzip", True),
        ("GZIP", True),
        ("x-gzip", True),
        ("br, gzip;q=0.1", True),
        ("gzip;q=0", False),
        ("gzip; q=0.0", False),
        ("*", True),
        ("*;q=0", False),
        ("*, gzip;q=0", False),
        ("gzip, *;q=0", True),
        ("br", False),
        ("identity", False),
        ("gzip;q=nonsense", False),
        ("gzipped", False),
        (";;,,=", False),
    ],
)
def test_gzip(accept_encoding: str | None, wanted: bool) -> None:  # noqa: FBT001  a table
    """Gzip is used only for a client that wants it."""
    assert wanted is accepts_gzip(accept_encoding)


@pytest.mark.parametrize(
    ("header", "budget"),
    [
        (None, 30.0),
        ("10", 9.5),
        ("10.000000", 9.5),
        ("1e1", 9.5),
        ("30.5", 30.0),
        ("31", 30.0),
        ("1" * 300, 30.0),
        ("0.2", 0.1),
        ("0", 0.1),
        ("-0", 0.1),
        ("-1", 0.1),
        ("0.6", pytest.approx(0.1)),
        ("1e309", 30.0),
        ("1" * 5000, 30.0),
        ("-1e309", 30.0),
        ("NaN", 30.0),
        ("inf", 30.0),
        ("text", 30.0),
        ("5, 7", 30.0),
        ("1_0", 30.0),
        ("0x1", 30.0),
        ("٣", 30.0),
        ("5s", 30.0),
        ("", 30.0),
    ],
)
def test_budgets(header: str | None, budget: float) -> None:
    """A scrape has what its header says less the offset, at least 0.1 s and at most our own; junk says nothing."""
    assert budget == scrape_budget(header, offset=0.5, longest=30.0)


def test_our_own_limit_is_never_exceeded() -> None:
    """The shortest budget is shorter still if we are configured so."""
    assert 0.05 == scrape_budget("0", offset=0.5, longest=0.05)


@given(st.text())
def test_any_header_is_read(header: str) -> None:
    """Whatever a header says, there is an answer."""
    assert choose_format(header) in Format
    assert accepts_gzip(header) in {True, False}
    assert 0 < scrape_budget(header, 0.5, 30.0) <= 30
