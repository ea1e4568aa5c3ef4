"""CRC-32 of texts behind each other, from those of the texts, so that a gzip page needs none of its plain bytes.

A checksum is a polynomial over GF(2), and a text behind it multiplies it by a power of x. zlib has the same as
``crc32_combine``, which Python does not hand on. Source: zlib's crc32.c.
"""

from functools import lru_cache
from typing import Final

_POLYNOMIAL: Final = 0xEDB88320
_ONE: Final = 1 << 31
_X: Final = 1 << 30


def joined(first: int, second: int, length: int) -> int:
    """Return the checksum of two texts, from those of both and the length of the second in bytes."""
    return _product(_shift(length), first) ^ second


@lru_cache(maxsize=4096)
def _shift(length: int) -> int:
    """Return x to the power of 8 for each byte."""
    shift, power = _ONE, _X
    bits = 8 * length
    while bits:
        if bits & 1:
            shift = _product(power, shift)
        power = _product(power, power)
        bits >>= 1
    return shift


def _product(one: int, other: int) -> int:
    """Return the product of two polynomials, whose lowest coefficient is the highest bit, modulo CRC-32's."""
    product = 0
    bit = _ONE
    while one:
        if one & bit:
            product ^= other
            one ^= bit
        bit >>= 1
        other = (other >> 1) ^ _POLYNOMIAL if other & 1 else other >> 1
    return product
