import contextlib

from hypothesis import given
from hypothesis import strategies as st

from exporter.config.document import Tree
from exporter.config.place import Place, Refusal
from exporter.config.quantity import Duration, Integer, Size, seconds, size


def test_seconds() -> None:
    """A duration is a number and a unit."""
    written = ("0s", "0.5s", "30s", "5m", "1.5h", "14d")
    assert [seconds(text) for text in written] == [0.0, 0.5, 30.0, 300.0, 5400.0, 1209600.0]


def test_size() -> None:
    """A size is a whole number and a binary unit."""
    assert [size(text) for text in ("1B", "1KiB", "1MiB", "2GiB")] == [1, 1024, 1024**2, 2 * 1024**3]


@given(st.integers(0, 10**8), st.sampled_from("smhd"))
def test_duration_in_range(number: int, unit: str) -> None:
    """A duration is accepted exactly if it is in its range, the ends included."""
    kind = Duration("1s", "1h")
    found = number * {"s": 1, "m": 60, "h": 3600, "d": 86400}[unit]
    try:
        assert found == kind.read(f"{number}{unit}", Place())
        assert 1 <= found <= 3600
    except Refusal:
        assert not 1 <= found <= 3600


@given(st.one_of(st.text(), st.integers(), st.floats(), st.booleans(), st.none(), st.lists(st.text(), max_size=2)))
def test_anything(value: Tree) -> None:
    """Whatever stands there, a quantity is within its range or refused, and nothing else is raised."""
    for kind, low, high in (
        (Duration("1s", "1h"), 1, 3600),
        (Size("1KiB", "1MiB"), 1024, 1024**2),
        (Integer(0, 9), 0, 9),
    ):
        with contextlib.suppress(Refusal):
            assert low <= kind.read(value, Place()) <= high
