"""How a flight has ended, and the log line about it."""

import logging
from dataclasses import dataclass

from exporter.errors import PollError, Reason
from exporter.hint import HINTS
from exporter.log import bug, fields

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Landing:
    """The end of one flight; ``error`` is None if it was a good one."""

    tenant: str
    collector: str
    error: BaseException | None
    request_id: str | None

    @property
    def reason(self) -> Reason | None:
        """Why the poll failed, None if it did not."""
        return None if self.error is None else reason_of(self.error)

    def tell(self) -> None:
        """Log it as a change of state."""
        whose = {"tenant": self.tenant, "collector": self.collector}
        if self.reason is None:
            log.info("collector up", extra=fields(**whose, request_id=self.request_id))
            return
        about = {"reason": str(self.reason), "hint": HINTS[self.reason], "request_id": self.request_id}
        if isinstance(self.error, PollError):
            log.warning("collector down", extra=fields(**whose, detail=self.error.detail, **about))
        elif self.error is not None:
            log.error("collector down", extra=fields(**whose, **bug(self.error), **about))


def reason_of(error: BaseException) -> Reason:
    """Return the reason of a poll that ended with ``error``; a foreign one is a bug of ours."""
    return error.reason if isinstance(error, PollError) else Reason.INTERNAL
