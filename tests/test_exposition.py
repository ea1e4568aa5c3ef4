"""Exposition: samples to bytes, in pieces that are put together without splitting a family."""

import gzip
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families
from rendering import page, render

from exporter.collectors.title import clean_title
from exporter.exposition import Format, Page
from exporter.exposition.rendered import split
from exporter.model import Distribution, Kind, Metric, Sample

GAUGE = Metric("mimecast_x", "A gauge.", ("title",))
INFO = Metric("mimecast_x_info", "An info.", ("title",), Kind.INFO)
HISTOGRAM = Metric("mimecast_x_seconds", "A gauge histogram.", ("title",), Kind.GAUGE_HISTOGRAM)
SAMPLES = (
    Sample(GAUGE, ("A",), 1),
    Sample(HISTOGRAM, ("A",), Distribution((86400.0, 1209600.0), (1, 2, 3), 5.5)),
    Sample(INFO, ("A",), 1),
    Sample(GAUGE, ("B",), 2.5),
)
GOLDEN = sorted((Path(__file__).parent / "collectors" / "golden").glob("*/*.prom"))


def whole(found: Page) -> bytes:
    return b"".join(found.parts)


def test_the_text_format_is_the_one_that_prometheus_client_writes() -> None:
    """A gauge histogram is a histogram with buckets in the text format, with its count and sum as gauges."""
    assert """\
# HELP mimecast_x A gauge.
# TYPE mimecast_x gauge
mimecast_x{tenant="acme",title="A"} 1.0
mimecast_x{tenant="acme",title="B"} 2.5
# HELP mimecast_x_seconds A gauge histogram.
# TYPE mimecast_x_seconds histogram
mimecast_x_seconds_bucket{le="86400.0",tenant="acme",title="A"} 1.0
mimecast_x_seconds_bucket{le="1.2096e+06",tenant="acme",title="A"} 3.0
mimecast_x_seconds_bucket{le="+Inf",tenant="acme",title="A"} 6.0
# HELP mimecast_x_seconds_gcount A gauge histogram.
# TYPE mimecast_x_seconds_gcount gauge
mimecast_x_seconds_gcount{tenant="acme",title="A"} 6.0
# HELP mimecast_x_seconds_gsum A gauge histogram.
# TYPE mimecast_x_seconds_gsum gauge
mimecast_x_seconds_gsum{tenant="acme",title="A"} 5.5
# HELP mimecast_x_info An info.
# TYPE mimecast_x_info gauge
mimecast_x_info{tenant="acme",title="A"} 1.0
""" == whole(page(render("acme", SAMPLES, Format.TEXT), Format.TEXT, gzip=False)).decode()


@pytest.mark.parametrize("zipped", [False, True])
def test_pages_share_what_they_show(zipped: bool) -> None:  # noqa: FBT001 - a table
    """However many pages are made of the same families, the bytes of the series are there once."""
    samples = [Sample(GAUGE, (f"{number}",), number) for number in range(1000)]
    families = render("acme", [*samples, *SAMPLES[1:]], Format.TEXT)
    one, other = (page(families, Format.TEXT, gzip=zipped) for _ in range(2))
    shared = [mine for mine, yours in zip(one.parts, other.parts, strict=True) if mine is yours]
    assert sum(map(len, shared)) > 0.8 * one.length


def test_openmetrics_has_its_own_types_and_its_end() -> None:
    """In OpenMetrics a gauge histogram and an info are what they are, and the page ends with EOF."""
    text = whole(page(render("acme", SAMPLES, Format.OPENMETRICS), Format.OPENMETRICS, gzip=False)).decode()
    assert "# TYPE mimecast_x_seconds gaugehistogram\n" in text
    assert "# TYPE mimecast_x info\n" in text
    assert text.endswith("\n# EOF\n")


@pytest.mark.parametrize("form", Format)
def test_families_of_several_tenants_are_joined(form: Format) -> None:
    """The series of all tenants stand below one header, in the order of the tenants."""
    families = [family for tenant in ("b", "a") for family in render(tenant, SAMPLES[:1], form)]
    lines = whole(page(families, form, gzip=False)).decode().splitlines()
    assert ['mimecast_x{tenant="b",title="A"} 1.0', 'mimecast_x{tenant="a",title="A"} 1.0'] == [
        line for line in lines if not line.startswith("#")
    ]
    assert 1 == lines.count("# TYPE mimecast_x gauge")


@pytest.mark.parametrize("form", Format)
def test_a_page_of_nothing_is_empty_but_right(form: Format) -> None:
    """A page without families has no line but the end of its format, with gzip too."""
    plain = whole(page((), form, gzip=False))
    assert {Format.TEXT: b"", Format.OPENMETRICS: b"# EOF\n"}[form] == plain
    assert plain == gzip.decompress(whole(page((), form, gzip=True)))


def test_a_family_without_series_is_left_out() -> None:
    """A header with no series below it makes no part of a page."""
    assert () == split(b"# HELP a A.\n# TYPE a gauge\n")


def test_the_gzip_page_is_one_member() -> None:
    """A gzip page is one member of the pieces' own blocks, for readers that know of no second one."""
    zipped = whole(page(render("acme", SAMPLES, Format.TEXT), Format.TEXT, gzip=True))
    reader = zlib.decompressobj(16 + zlib.MAX_WBITS)
    assert reader.decompress(zipped) == whole(page(render("acme", SAMPLES, Format.TEXT), Format.TEXT, gzip=False))
    assert (True, b"") == (reader.eof, reader.unused_data)


@given(st.lists(st.text(), max_size=20), st.floats(allow_nan=False, allow_infinity=False))
def test_whatever_a_title_holds_is_read_back(titles: list[str], value: float) -> None:
    """A strict reader gets back each title and value, whatever the vendor puts into titles, and no sample more."""
    clean = {clean_title(title) for title in titles}
    samples = [Sample(GAUGE, (title,), value) for title in clean]
    text = whole(page(render("acme", samples, Format.TEXT), Format.TEXT, gzip=False)).decode()
    found = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    assert {(title, value) for title in clean} == {(sample.labels["title"], sample.value) for sample in found}
    assert len(clean) == len(found)


@pytest.mark.parametrize("file", GOLDEN, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_promtool_has_nothing_to_say_about_golden_pages(file: Path, tool: Callable[[str], str]) -> None:
    """Prometheus's own checker accepts every golden page without a word."""
    checked = subprocess.run(
        [tool("promtool"), "check", "metrics"], input=file.read_bytes(), capture_output=True, check=False
    )
    assert (0, b"", b"") == (checked.returncode, checked.stdout, checked.stderr)
