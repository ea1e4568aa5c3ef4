"""Tests of ``exporter.mimecast.coding``."""

import gzip
from collections.abc import Iterable, Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.errors import PollError, Reason
from exporter.mimecast.coding import decoded

MOST = 1 << 20
PIECE = 64 * 1024
TEXT = bytes(range(256)) * 64
PACKED = gzip.compress(TEXT)


def unpacked(body: Iterable[bytes], *codings: str, most: int = MOST) -> bytes:
    return b"".join(decoded(iter(body), codings, most))


def reason(body: Iterable[bytes], *codings: str, most: int = MOST) -> Reason:
    with pytest.raises(PollError) as raised:
        unpacked(body, *codings, most=most)
    return raised.value.reason


def pieces(data: bytes, cuts: Iterable[int]) -> Iterator[bytes]:
    places = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return (data[start:end] for start, end in pairwise(places))


@pytest.mark.parametrize(
    ("codings", "body"),
    [
        ((), TEXT),
        (("identity",), TEXT),
        (("gzip",), PACKED),
        (("x-gzip",), PACKED),
        (("identity", "gzip"), PACKED),
        (("gzip", "gzip"), gzip.compress(PACKED)),
        (("gzip",) * 4, gzip.compress(gzip.compress(gzip.compress(PACKED)))),
    ],
)
def test_right_codings(codings: tuple[str, ...], body: bytes) -> None:
    """A body comes out as it was before it was coded, up to four times."""
    assert TEXT == unpacked([body], *codings)


@given(st.binary(max_size=300), st.lists(st.integers(0, 10_000), max_size=8), st.integers(1, 3))
def test_pieces_do_not_matter(text: bytes, cuts: list[int], members: int) -> None:
    """However the members of a gzip stream are cut, their whole content comes out."""
    assert text * members == unpacked(pieces(gzip.compress(text) * members, cuts), "gzip")


def test_pieces_are_small() -> None:
    """A small piece that unpacks to much comes out in pieces of 64 KiB, all of them."""
    text = b" " * (10 * PIECE + 5)
    sizes = [len(piece) for piece in decoded(iter([gzip.compress(text)]), ["gzip"], MOST)]
    assert (PIECE, len(text)) == (max(sizes), sum(sizes))


@pytest.mark.parametrize("body", [[], [b""], [b"", PACKED, b""]])
def test_empty_pieces(body: list[bytes]) -> None:
    """Pieces of no bytes change nothing, and a body of none is empty."""
    assert (TEXT if PACKED in body else b"") == unpacked(body, "gzip")


@pytest.mark.parametrize(
    "body",
    [
        TEXT,
        PACKED[:-1],
        PACKED[:-8],
        PACKED[: len(PACKED) // 2],
        PACKED[:5],
        PACKED[:-8] + bytes(4) + PACKED[-4:],
        PACKED[:30] + bytes(16) + PACKED[46:],
        PACKED + b"trailing",
        PACKED + PACKED[:20],
    ],
    ids=["plain", "last byte", "no sum", "half", "head", "wrong sum", "corrupt", "trailing", "second cut"],
)
def test_streams_that_are_not_right(body: bytes) -> None:
    """A gzip stream that is corrupt, cut anywhere, or followed by something has the reason ``encoding``."""
    assert Reason.ENCODING is reason([body], "gzip")


@given(st.integers(1, len(PACKED) - 1))
def test_a_stream_cut_anywhere(end: int) -> None:
    """A gzip stream that is cut at any byte is never taken for a whole one."""
    assert Reason.ENCODING is reason([PACKED[:end]], "gzip")


@pytest.mark.parametrize("codings", [("br",), ("deflate",), ("x-mystery",), ("gzip", "br"), ("gzip",) * 5])
def test_codings_that_were_not_asked_for(codings: tuple[str, ...]) -> None:
    """An unknown coding, and more than four, have the reason ``encoding``."""
    assert Reason.ENCODING is reason([PACKED], *codings)


@pytest.mark.parametrize(
    ("body", "codings"),
    [
        (TEXT, ()),
        (PACKED, ("gzip",)),
        (gzip.compress(PACKED), ("gzip", "gzip")),
    ],
)
def test_the_limit_counts_decoded_bytes(body: bytes, codings: tuple[str, ...]) -> None:
    """A body of exactly the limit is whole, and a byte more is ``too_large``."""
    assert TEXT == unpacked([body], *codings, most=len(TEXT))
    assert Reason.TOO_LARGE is reason([body], *codings, most=len(TEXT) - 1)


def test_what_is_between_two_codings_counts_too() -> None:
    """A bomb within a bomb is noticed at the layer that grows."""
    layer = gzip.compress(b"\0" * (2 * MOST))
    assert Reason.TOO_LARGE is reason([gzip.compress(layer)], "gzip", "gzip")
    empty_members = gzip.compress(gzip.compress(b"") * 60_000)
    assert Reason.TOO_LARGE is reason([empty_members], "gzip", "gzip")


def test_an_endless_body_is_left_at_the_limit() -> None:
    """Nothing is taken from a body beyond the limit."""
    taken: list[int] = []

    def endless() -> Iterator[bytes]:
        while True:
            taken.append(PIECE)
            yield bytes(PIECE)

    assert Reason.TOO_LARGE is reason(endless())
    assert MOST + PIECE == sum(taken)
