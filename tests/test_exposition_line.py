"""Our own lines and checksums, held against those of the libraries that they stand for."""

import zlib
from collections.abc import Iterable, Iterator
from itertools import accumulate

import prometheus_client
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import core
from prometheus_client.openmetrics import exposition as openmetrics
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString
from rendering import page, render

from exporter.exposition import Format, Rendered
from exporter.exposition.checksum import joined
from exporter.exposition.piece import Piece
from exporter.model import Distribution, Kind, Metric, Sample, is_clean

HELP = 'Says "so", with a \\ in it.'
GAUGE = Metric("mimecast_x", HELP, ("title", "answer"))
BARE = Metric("mimecast_bare", HELP)
INFO = Metric("mimecast_x_info", HELP, ("title", "zone"), Kind.INFO)
HISTOGRAM = Metric("mimecast_x_seconds", HELP, ("campaign", "title"), Kind.GAUGE_HISTOGRAM)
BOUNDS = (0.5, 86400.0, 1209600.0)
TEXTS = st.text(max_size=12).filter(is_clean)
PAIRS = st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=4, unique=True)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
COUNTS = st.tuples(*[st.integers(0, 10**9)] * 4)


class Families(Collector):
    """What prometheus_client is given to render."""

    def __init__(self, families: Iterable[core.Metric]) -> None:
        self.families = families

    def collect(self) -> Iterable[core.Metric]:
        return self.families


def theirs(pairs: list[tuple[str, str]], number: float, counts: tuple[int, ...]) -> Iterator[core.Metric]:
    """Return what :func:`ours` makes samples of, as families of the library."""
    gauge = core.GaugeMetricFamily(GAUGE.name, HELP, labels=("tenant", *GAUGE.labels))
    bare = core.GaugeMetricFamily(BARE.name, HELP, labels=("tenant",))
    info = core.InfoMetricFamily("mimecast_x", HELP, labels=("tenant", *INFO.labels))
    histogram = core.GaugeHistogramMetricFamily(HISTOGRAM.name, HELP, labels=("tenant", *HISTOGRAM.labels))
    bounds = [*map(floatToGoString, BOUNDS), "+Inf"]
    bare.add_metric(("acme",), number)
    for pair in pairs:
        gauge.add_metric(("acme", *pair), number)
        info.add_metric(("acme", *pair), {})
        histogram.add_metric(("acme", *pair), [*zip(bounds, map(float, accumulate(counts)), strict=True)], number)
    return iter((gauge, bare, info, histogram))


def ours(pairs: list[tuple[str, str]], number: float, counts: tuple[int, ...]) -> list[Sample]:
    return [
        *(Sample(GAUGE, pair, number) for pair in pairs),
        Sample(BARE, (), number),
        *(Sample(INFO, pair, 1.0) for pair in pairs),
        *(Sample(HISTOGRAM, pair, Distribution(BOUNDS, counts, number)) for pair in pairs),
    ]


@pytest.mark.parametrize("form", Format)
@given(pairs=PAIRS, number=NUMBERS, counts=COUNTS)
def test_the_lines_are_those_of_prometheus_client(
    form: Format, pairs: list[tuple[str, str]], number: float, counts: tuple[int, ...]
) -> None:
    """Whatever labels and values hold, a page is byte for byte what prometheus_client writes."""
    registry = Families(list(theirs(pairs, number, counts)))
    generate = openmetrics.generate_latest if form is Format.OPENMETRICS else prometheus_client.generate_latest
    families = render("acme", ours(pairs, number, counts), form)
    assert generate(registry) == b"".join(page(families, form, gzip=False).parts)


@given(st.lists(st.binary(max_size=3000)))
def test_checksums_are_joined(texts: list[bytes]) -> None:
    """The checksum of texts behind each other is had from those of the texts alone."""
    checksum = 0
    for text in texts:
        checksum = joined(checksum, zlib.crc32(text), len(text))
    assert zlib.crc32(b"".join(texts)) == checksum


@pytest.mark.parametrize("length", [0, 1, 4096, 4097, 100_000, 20 * 1024**2])
def test_a_piece_gives_back_its_lines(length: int) -> None:
    """Kept plain or deflated, with room for it or not, a piece has the bytes that it was made of."""
    text = (b"line\n" * (length // 5 + 1))[:length]
    piece = Piece(text)
    inflated = zlib.decompressobj(-zlib.MAX_WBITS).decompress(piece.deflated)
    assert (text, text, text, length) == (piece.plain, piece.plain, inflated, piece.length)
    assert zlib.crc32(b"before" + text) == piece.checksum_behind(zlib.crc32(b"before"))


def test_the_room_of_plain_bytes_is_given_back() -> None:
    """A piece that is forgotten leaves its room to others, so the latest are kept plain however many there were."""
    size = 4 * 1024**2
    for _ in range(20):
        piece = Piece(bytes(size))
        assert piece.plain is piece.plain


@pytest.mark.parametrize("form", Format)
def test_families_are_made_once_for_each_format(form: Format) -> None:
    """However often a snapshot is shown in a format, its families are the same, and gauges share the lines of both."""
    rendered = Rendered("acme", ours([("a", "b")], 1.0, (1, 2, 3, 4)))
    assert rendered.families(form) is rendered.families(form)
    assert rendered.families(Format.TEXT)[0].series is rendered.families(Format.OPENMETRICS)[0].series
