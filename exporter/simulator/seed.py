"""Randomness that repeats: the same words give the same dice, in every process."""

import random

Part = str | int


def dice(*parts: Part) -> random.Random:
    """Return dice that always fall the same way for the same parts."""
    return random.Random(":".join(str(part) for part in parts))  # noqa: S311  # it must repeat, not be secret
