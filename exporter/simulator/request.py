"""A request as it came in, and how leniently its body is read."""

import ast
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

TOKEN_PATH = "/oauth/token"  # noqa: S105  # a path


@dataclass(frozen=True, slots=True)
class Request:
    """A request: the path without its query, header names in lower case, the body as bytes."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    def header(self, name: str) -> str:
        """Return the value of a header, empty if it was not sent."""
        return self.headers.get(name, "")

    @property
    def realm(self) -> str:
        """The first word of Authorization: `MC`, `Bearer`, or empty."""
        return self.header("authorization").partition(" ")[0]

    @property
    def credential(self) -> str:
        """What follows the realm in Authorization."""
        return self.header("authorization").partition(" ")[2]

    @property
    def access_key(self) -> str:
        """The access key of a signed request, empty if there is none."""
        return self.credential.partition(":")[0] if self.realm == "MC" else ""


def read_body(body: bytes) -> dict[str, Any] | None:
    """Read a body as leniently as the vendor does: nothing, JSON, or Python's notation; None if it is none of them."""
    text = body.decode("utf-8", "replace").strip()
    if not text:
        return {}
    try:
        document = json.loads(text)
    except ValueError:
        document = _read_python(text)
    return {} if document == [] else document if isinstance(document, dict) else None


def page_token(document: Mapping[str, Any]) -> str:
    """Return the page token that a body asks for, empty for the first page."""
    meta = document.get("meta")
    pagination = meta.get("pagination") if isinstance(meta, dict) else None
    token = pagination.get("pageToken") if isinstance(pagination, dict) else None
    return token if isinstance(token, str) else ""


def _read_python(text: str) -> object:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
