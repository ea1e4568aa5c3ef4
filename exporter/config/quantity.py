"""The kinds of values that are numbers: durations, sizes, whole numbers and rising lists, each within its range."""

import re
from dataclasses import dataclass
from itertools import pairwise

from exporter.config.document import Tree
from exporter.config.kind import read_items
from exporter.config.place import Place, Refusal

DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
SIZE = re.compile(r"([0-9]{1,12})(B|KiB|MiB|GiB)")
_BYTES = {"B": 1, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3}


def seconds(text: str) -> float | None:
    """Return the seconds of a duration such as ``0.5s``, ``5m``, ``1h`` or ``14d``; None if it is none."""
    match = DURATION.fullmatch(text)
    return float(match[1]) * _SECONDS[match[2]] if match else None


def size(text: str) -> int | None:
    """Return the bytes of a size such as ``256MiB``; None if it is none."""
    match = SIZE.fullmatch(text)
    return int(match[1]) * _BYTES[match[2]] if match else None


@dataclass(frozen=True, slots=True)
class Duration:
    """A time with its unit, read into seconds."""

    low: str
    high: str

    @property
    def expected(self) -> str:
        """What an operator has to write, as the end of "must be ..."."""
        return f"a duration from {self.low} to {self.high}"

    def read(self, value: Tree, place: Place) -> float:  # noqa: ARG002 - as all kinds
        """Return the seconds."""
        found = seconds(value) if isinstance(value, str) else None
        if found is None:
            raise Refusal(f"must be {self.expected}, a number with its unit such as 0.5s, 30s, 5m, 1h or 14d")
        if not (seconds(self.low) or 0) <= found <= (seconds(self.high) or 0):
            raise Refusal(f"out of range, must be {self.expected}")
        return found


@dataclass(frozen=True, slots=True)
class Size:
    """An amount of memory with its unit, read into bytes."""

    low: str
    high: str

    @property
    def expected(self) -> str:
        """What an operator has to write, as the end of "must be ..."."""
        return f"a size from {self.low} to {self.high}"

    def read(self, value: Tree, place: Place) -> int:  # noqa: ARG002 - as all kinds
        """Return the bytes."""
        found = size(value) if isinstance(value, str) else None
        if found is None:
            raise Refusal(f"must be {self.expected}, a whole number with its unit: B, KiB, MiB or GiB")
        if not (size(self.low) or 0) <= found <= (size(self.high) or 0):
            raise Refusal(f"out of range, must be {self.expected}")
        return found


@dataclass(frozen=True, slots=True)
class Integer:
    """A whole number."""

    low: int
    high: int

    @property
    def expected(self) -> str:
        """What an operator has to write, as the end of "must be ..."."""
        return f"a whole number from {self.low} to {self.high}"

    def read(self, value: Tree, place: Place) -> int:  # noqa: ARG002 - as all kinds
        """Return the number; true and false are none."""
        if not isinstance(value, int) or isinstance(value, bool):
            raise Refusal(f"must be {self.expected}")
        if not self.low <= value <= self.high:
            raise Refusal(f"out of range, must be {self.expected}")
        return value


@dataclass(frozen=True, slots=True)
class Rising:
    """A list of numbers above 0, each larger than the one before; it may be empty."""

    high: int
    most: int

    @property
    def expected(self) -> str:
        """What an operator has to write, as the end of "must be ..."."""
        return f"a list of at most {self.most} rising numbers above 0, up to {self.high}"

    def read(self, value: Tree, place: Place) -> tuple[float, ...]:
        """Return the numbers."""
        numbers = tuple(number for _, number in read_items(value, place, self.expected, self._number))
        if len(numbers) > self.most or any(low >= high for low, high in pairwise(numbers)):
            raise Refusal(f"must be {self.expected}")
        return numbers

    def _number(self, value: Tree, place: Place) -> float:  # noqa: ARG002 - as all kinds
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= self.high:
            raise Refusal(f"must be a number above 0, up to {self.high}")
        return float(value)
