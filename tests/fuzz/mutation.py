"""Changes bytes at random, the same way for the same seed, with a target's own words among what is put in."""

from collections.abc import Callable, Iterator, Sequence
from random import Random

Change = Callable[[bytes, Sequence[bytes], Random], bytes]
"""Changes bytes, with some words at hand."""

LONGEST = 64 * 1024
_MOST_CHANGES = 6
_FIGURES = (b"0", b"-1", b"1e999", b"9" * 20, b"9" * 400, b"0.5")


def mutated(data: bytes, words: Sequence[bytes], chance: Random) -> bytes:
    """Return the bytes after one to six changes, few more likely than many, at most :data:`LONGEST` of them."""
    for _ in range(min(1 + int(chance.expovariate(0.7)), _MOST_CHANGES)):
        data = _changed(data, words, chance)
    return data[:LONGEST]


def mutations(corpus: Sequence[bytes], words: Sequence[bytes], change: Change, seed: int) -> Iterator[bytes]:
    """Yield changed members of a corpus without end; at times two of them are joined before."""
    chance = Random(seed)  # noqa: S311 - nothing secret
    while True:
        data = chance.choice(corpus)
        if chance.random() < 0.1:
            other = chance.choice(corpus)
            data = data[: chance.randrange(len(data) + 1)] + other[chance.randrange(len(other) + 1) :]
        yield change(data, words, chance)


def _changed(data: bytes, words: Sequence[bytes], chance: Random) -> bytes:
    start = chance.randrange(len(data) + 1)
    end = min(start + int(chance.expovariate(0.1)), len(data))
    match chance.randrange(8):
        case 0:
            new = b""
        case 1:
            new = bytes([chance.randrange(256)])
        case 2:
            new = data[start:end] * chance.choice((2, 3, 300))
        case 3:
            new = chance.choice(_FIGURES)
        case 4:
            new = bytes(byte ^ 1 << chance.randrange(8) for byte in data[start:end])
        case 5:
            there = chance.randrange(len(data) + 1)
            new = data[there : there + end - start]
        case _:
            new, end = chance.choice(words), chance.choice((start, end))
    return data[:start] + new + data[end:]
