"""Pages: which rows of a listing an answer has, and the tokens that lead from page to page.

A token carries the moment of the first page, so that all pages show one state, and a seal, so that only a token that
was given out for the very question is taken. Both are invented: nobody has published what a token is.
"""

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from exporter.simulator.answer import Answer, envelope, nested_failure
from exporter.simulator.listing import Listing, compact
from exporter.simulator.path import LARGEST_SIZE

DEFAULT_SIZE = 100
WRONG_TOKEN = nested_failure(400, "err_validation_invalid_page_token", "pageToken is not valid")
_TOKEN = re.compile(r"(\d{1,12})\.(\d{1,12})\.[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page starts, and the moment of the state that it shows (seconds of the epoch)."""

    start: int
    now: int

    def token(self, subject: str) -> str:
        """Return the token that leads here, for pages about a subject."""
        seal = hashlib.sha256(f"{subject}/{self.start}/{self.now}".encode()).hexdigest()
        text = f"{self.start}.{self.now}.{seal}"
        return "eN" + base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def place_of(token: str, subject: str, now: int) -> Place | None:
    """Return where a token leads, the first page for an empty one, None for one never given out for the subject."""
    if not token:
        return Place(0, now)
    try:
        text = base64.urlsafe_b64decode(token.removeprefix("eN") + "==").decode("ascii")
    except ValueError:
        return None
    match = _TOKEN.fullmatch(text)
    place = Place(int(match[1]), int(match[2])) if match else None
    return place if place and place.token(subject) == token else None


def size_of(document: Mapping[str, Any], largest: int | None) -> int:
    """Return the page size that a body asks for, 100 if it does not; at most 500, and at most the tenant's own."""
    meta = document.get("meta")
    pagination = meta.get("pagination") if isinstance(meta, dict) else None
    asked = pagination.get("pageSize") if isinstance(pagination, dict) else None
    size = asked if isinstance(asked, int) and not isinstance(asked, bool) and asked > 0 else DEFAULT_SIZE
    return min(size, LARGEST_SIZE, largest or LARGEST_SIZE)


def page(found: Listing, place: Place, size: int, following: Mapping[str, Any]) -> Answer:
    """Return one page of a listing; `following` is what leads to the next, if there is one."""
    end, total = place.start + size, len(found.rows)
    pagination: dict[str, object] = {"pageSize": max(0, min(end, total) - place.start), "totalCount": total}
    if end < total:
        pagination.update(following)
    meta = {"status": 200, "pagination": pagination}
    return Answer(200, envelope(found.data(place.start, end), compact(meta)))
