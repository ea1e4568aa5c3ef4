"""Pages: how the elements of `data` are split, and the tokens that lead from page to page."""

import base64
import hashlib
import json
from dataclasses import dataclass

from exporter.simulator.answer import Answer, envelope, nested_failure

_WRONG_TOKEN = nested_failure(400, "err_validation_invalid_page_token", "pageToken is not valid")


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages of a list; `size` None means one answer without pagination."""

    size: int | None
    as_object: bool = False

    def answer(self, elements: list[bytes], token: str) -> Answer:
        """Return the page that a token asks for, the first for an empty one, a refusal for one never given out."""
        if self.size is None:
            return Answer(200, envelope(_array(elements))) if not token else _WRONG_TOKEN
        starts = range(0, max(len(elements), 1), self.size)
        start = next((start for start in starts if self.token(start) == token), None)
        if start is None:
            return _WRONG_TOKEN
        page = elements[start : start + self.size]
        meta = {"status": 200, "pagination": self._pagination(start, len(page), len(elements))}
        return Answer(200, envelope(_array(page), json.dumps(meta).encode()))

    def token(self, start: int) -> str:
        """Return the token of the page that starts with an element: empty for the first."""
        if start == 0:
            return ""
        seal = hashlib.sha256(f"{start}/{self.size}".encode()).digest()
        return "eN" + base64.urlsafe_b64encode(seal + str(start).encode()).rstrip(b"=").decode()

    def _pagination(self, start: int, length: int, total: int) -> dict[str, object]:
        pagination: dict[str, object] = {"pageSize": length, "totalCount": total}
        if start + length < total:
            token = self.token(start + length)
            pagination["next"] = {"pageToken": token} if self.as_object else token
        return pagination


def _array(elements: list[bytes]) -> bytes:
    return b"[" + b",".join(elements) + b"]"
