"""How the vendor misbehaves in a soak: almost every fault there is, in groups, so that three answers in ten are bad."""

from collections.abc import Iterable, Mapping
from typing import Final

import nearby  # noqa: F401 - where the next one is found
from outcome import OUTCOMES, Outcome

from exporter.errors import Reason
from exporter.simulator import FAULTS, TOKEN_PATH, Tenant

# One asks for an hour of silence, one never ends: each would be all that there is from then on. A thousand odd rows are
# too many for a small company, and few enough for one of thousands of rows.
NEVER: Final = ("rate_limited_forever", "next_endless", "many_odd_records")
# Right answers that take their time.
_LATE: Final = ("slow", "jitter")
# What takes much of the simulator's time, which lives beside those who judge.
_HEAVY: Final = ("endless_continue", "endless_trailer", "endless_headers", "huge_header", "deep_nesting", "many_titles")
_LONG_WAIT: Final = 30.0
_SECONDS: Final[Mapping[str, float]] = {"late": 0.3, "heavy": 0.05, "waits": 2.0}

# How many in a hundred answers, at first and in the long form, are faults of each group.
_SHARES: Final[Mapping[str, tuple[float, float]]] = {
    "quick": (13, 16),
    "right": (8, 8),
    "late": (2, 2),
    "silent": (2, 2),
    "waits": (4, 1),
    "tokens": (1, 1),
    "heavy": (1, 1),
    "long waits": (0, 0.2),
}


def group_of(name: str) -> str:
    """Return the group of a fault, empty if it has none: those of the token endpoint, and a few more."""
    outcome = OUTCOMES[name]
    if FAULTS[name].of_token or name in NEVER:
        return ""
    if name in _LATE:
        return "late"
    if name in _HEAVY or outcome.reason is Reason.TOO_LARGE:
        return "heavy"
    return _by_outcome(outcome)


def _by_outcome(outcome: Outcome) -> str:
    if outcome.wait:
        return "waits" if outcome.wait < _LONG_WAIT else "long waits"
    if outcome.renews:
        return "tokens"
    if outcome.reason is Reason.TIMEOUT:
        return "silent"
    return "quick" if outcome.reason else "right"


def _all_of(group: str) -> tuple[str, ...]:
    return tuple(name for name in OUTCOMES if group_of(name) == group)


def misbehave(tenant: Tenant, *, is_long: bool) -> None:
    """Have three in ten answers of a tenant be bad from now on, and of its token endpoint, too, but for the first."""
    left = 1.0
    for group, shares in _SHARES.items():
        share = shares[is_long] / 100
        tenant.fail_by_chance(_all_of(group), probability=share / left, seconds=_SECONDS.get(group))
        left -= share
    of_tokens = tuple(name for name, fault in FAULTS.items() if fault.of_token)
    tenant.fail_by_chance(of_tokens, path=TOKEN_PATH, probability=0.3, first=2)


def is_good(fault: str | None) -> bool:
    """Say whether an answer with a fault, or with none, is a whole and right one all the same."""
    return fault is None or OUTCOMES[fault].reason is None


def may_be_followed(fault: str | None) -> bool:
    """Say whether the same poll may send another request after an answer."""
    return fault is not None and (OUTCOMES[fault].asks > 1 or OUTCOMES[fault].renews)


def retried(faults: Iterable[str | None]) -> int:
    """Return after how many of these answers the same request may have been sent again."""
    reasons = (Reason.CONNECT, Reason.HTTP_5XX)
    return sum(fault is not None and OUTCOMES[fault].reason in reasons for fault in faults)
