"""The tuning of the process: garbage is collected by the clock."""

from hands import Hands

from exporter.tuning import Tidying


def test_garbage_is_collected_every_half_minute() -> None:
    """Whoever looks often has it collected once in 30 s, and not at the start."""
    hands = Hands()
    collected: list[float] = []
    tidying = Tidying(hands.monotonic, lambda: collected.append(hands.monotonic()))
    for _ in range(100):
        tidying.look()
        hands.turn(1)
    assert [30.0, 60.0, 90.0] == collected
