"""Many cases at once: most of them wait most of the time."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, TypeVar

import pytest

C = TypeVar("C")
T = TypeVar("T")

AT_ONCE: Final = 8


def play_all(request: pytest.FixtureRequest, kind: type[C], play: Callable[[C], T]) -> Mapping[C, Future[T]]:
    """Play each case of a kind that the tests of this run ask for by the parameter ``case``; return how they ended.

    All have ended then, because errors are not to be shown while others still run.
    """
    specs = [getattr(item, "callspec", None) for item in request.session.items]
    params = [spec.params.get("case") for spec in specs if spec]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return {case: pool.submit(play, case) for case in dict.fromkeys(params) if isinstance(case, kind)}
