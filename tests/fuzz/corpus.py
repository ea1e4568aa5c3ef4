"""The targets by name, and for each the inputs to begin with: seeds, and cases that once were wrong."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

import answer_target
import configuration_target
import request_target
from mutation import Change, mutated

HERE: Final = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Target:
    """A function of bytes that raises for whatever must not be, and words that mean something to it."""

    name: str
    run: Callable[[bytes], None]
    words: Sequence[bytes]
    change: Change = mutated

    @property
    def cases(self) -> Path:
        """Where inputs are kept that once were wrong."""
        return HERE / "cases" / self.name

    def files(self) -> list[Path]:
        """Return seeds and cases, in an order that never changes."""
        return sorted([*HERE.glob(f"seeds/{self.name}/*"), *HERE.glob(f"cases/{self.name}/*")])

    def corpus(self) -> list[bytes]:
        """Return the content of :meth:`files`."""
        return [file.read_bytes() for file in self.files()]


TARGETS: Final[Mapping[str, Target]] = MappingProxyType(
    {
        target.name: target
        for target in (
            Target("answer", answer_target.target, answer_target.WORDS, answer_target.change),
            Target("configuration", configuration_target.target, configuration_target.WORDS),
            Target("request", request_target.target, request_target.WORDS),
        )
    }
)
