"""The rate limit: one fixed window over all endpoints, which starts at the first request in it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reading:
    """What the three headers say: the limit, the requests left, the milliseconds until the window ends."""

    limit: int
    remaining: int
    reset: int
    exceeded: bool

    def headers(self) -> tuple[tuple[str, str], ...]:
        """Return the three headers."""
        return (
            ("X-RateLimit-Limit", str(self.limit)),
            ("X-RateLimit-Remaining", str(self.remaining)),
            ("X-RateLimit-Reset", str(self.reset)),
        )


@dataclass(slots=True)
class Window:
    """A fixed window of `limit` requests in `milliseconds`; times are monotonic seconds."""

    limit: int = 800
    milliseconds: int = 5000
    _start: float = float("-inf")
    _used: int = 0

    def take(self, now: float) -> Reading:
        """Count one request and say how things stand after it."""
        if now >= self._start + self.milliseconds / 1000:
            self._start, self._used = now, 0
        self._used += 1
        left = max(0, self.limit - self._used)
        reset = max(1, round((self._start - now) * 1000) + self.milliseconds)
        return Reading(self.limit, left, reset, self._used > self.limit)
