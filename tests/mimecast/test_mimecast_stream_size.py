"""Tests of ``exporter.mimecast.stream``: limits, memory, and time."""

import tracemalloc
from collections.abc import Iterable, Iterator, Sized

import msgspec
import pytest
from holding import Holding
from plain_reading import envelope, outcome, read

from exporter.collectors.question import Odd, Reading
from exporter.errors import Reason
from exporter.mimecast.stream import read_page

KIB = 1024
MIB = 1024 * KIB
START = b'{"fail":[],"meta":{"status":200},"data":['
END = b"]}"
GOOD = START + b"{}" + END


class User(msgspec.Struct):
    """Knows one field."""

    training: list[int] | str = []


def tolerant_user(element: object) -> User | Odd[User]:
    return User() if isinstance(element, dict) else Odd(None, ("user",))


USERS: Reading[User] = Reading(lambda _: User, tolerant_user)


@pytest.mark.parametrize(
    "chunks",
    [
        [b" " * KIB] * 1100,
        [b'{"more":"', *[b"x" * KIB] * 1100],
        [GOOD[:-1], b',"more":"', *[b"x" * KIB] * 1100],
        [GOOD, *[b" " * KIB] * 1100],
        [START, b'{"a":"', *[b"x" * MIB] * 64],
    ],
    ids=["spaces before", "long before", "long behind", "spaces behind", "element"],
)
def test_what_is_too_large(chunks: list[bytes]) -> None:
    """An envelope beyond 1 MiB, and an element beyond 64 MiB, are ``too_large``."""
    assert Reason.TOO_LARGE is outcome(chunks)


def test_a_large_element() -> None:
    """An element far larger than its neighbours is read as well."""
    users = [{"a": "x"}, {"a": ["],{" * 7] * 20_000}, {"a": "x"}]
    text = envelope(users)
    assert users == read(text[place : place + 4096] for place in range(0, len(text), 4096))[0]


def test_an_element_that_looks_like_many_is_not_read_again_and_again() -> None:
    """An element that is full of what looks like an element costs a few readings, not one for each piece."""
    counted: list[int] = []

    def type_of(text: bytes) -> type[User]:
        counted.append(len(text))
        return User

    block = b'{"training":[]},' * 512
    chunks = [START + b'{"training":[],"more":[', *[block] * 64, b"1]}" + END]
    assert [User()] == read(chunks, Reading(type_of, tolerant_user))[0]
    assert sum(counted) < 6 * sum(map(len, chunks))


def test_a_long_string_of_escapes_takes_no_memory() -> None:
    """A string of a million escapes is scanned in the memory that it has itself."""
    text = START + b'{"training":"' + b"\\n" * MIB + b'"}' + END
    tracemalloc.start()
    try:
        assert [MIB] == [len(user.training) for user in read([text], USERS)[0]]
        assert tracemalloc.get_traced_memory()[1] < 12 * len(text)
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("odd", [b"", b",null"], ids=["strict", "tolerant"])
def test_memory_does_not_grow_with_the_answer(odd: bytes) -> None:
    """An answer of 40 MB is read through in less than 4 MiB."""
    element = b'{"training":[1,2,3],"more":"%b"}' % (b"x" * 200)
    block = b",".join([element] * (256 * KIB // len(element))) + odd

    def chunks() -> Iterator[bytes]:
        yield START + block
        for _ in range(159):
            whole = b"," + block
            yield from (whole[place : place + 64 * KIB] for place in range(0, len(whole), 64 * KIB))
        yield END

    assert len(block) * 160 > 40_000_000
    held = Holding(__file__)
    count = sum(map(len, batches(held.reading(chunks(), 16))))
    assert 4 * MIB > held.most > 0
    assert 160 * (256 * KIB // len(element) + bool(odd)) == count


@pytest.mark.parametrize("before", [[], [b"{}", b","]], ids=["first", "next"])
def test_white_space_takes_no_memory(before: list[bytes]) -> None:
    """White space before an element is not kept, be it longer than any element may be."""
    white = [b" \t\r\n" * (256 * KIB)] * 80
    held = Holding(__file__)
    count = sum(map(len, batches(held.reading([START, *before, *white, b"{}", END], 1))))
    assert 4 * MIB > held.most
    assert len(before) // 2 + 1 == count


def batches(chunks: Iterable[bytes]) -> Iterator[Sized]:
    return read_page(chunks, USERS)
