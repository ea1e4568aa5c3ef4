"""API 2.0: the tokens of one tenant, how they are given out, and whether one is still good."""

import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from exporter.simulator.answer import TOKEN_EXPIRED, UNAUTHORIZED, Answer, oauth_failure
from exporter.simulator.request import Request

LIFETIME = 1800


@dataclass(slots=True)
class Tokens:
    """The tokens that a tenant has been given; times are monotonic seconds of the simulator's clock."""

    expires_in: int = LIFETIME
    _ends: dict[str, float] = field(default_factory=dict)

    @property
    def given(self) -> frozenset[str]:
        """All tokens given out so far, good or not."""
        return frozenset(self._ends)

    def issue(self, now: float) -> str:
        """Give out a new token; the older ones stay good until they end."""
        token = secrets.token_urlsafe(96)
        self._ends[token] = now + self.expires_in
        return token

    def knows(self, token: str) -> bool:
        """Say whether the token was ever given out, good or not."""
        return token in self._ends

    def revoke(self) -> None:
        """End all tokens given out so far."""
        self._ends = dict.fromkeys(self._ends, float("-inf"))

    def refuse(self, token: str, now: float) -> Answer | None:
        """Return the gateway's refusal of a token, None if it is good."""
        end = self._ends.get(token)
        if end is None:
            return UNAUTHORIZED
        return TOKEN_EXPIRED if now >= end else None


def read_form(body: bytes) -> dict[str, str]:
    """Read the form of a token request; a field that comes twice counts as it came last."""
    fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
    return {name: values[-1] for name, values in fields.items()}


def refuse_client(request: Request, credentials: Mapping[str, str] | None) -> Answer | None:
    """Return the refusal of a token request, None if its client is the one it says; None: unknown client."""
    form = read_form(request.body)
    if form.get("grant_type") != "client_credentials":
        return oauth_failure(400, "unsupported_grant_type", "grant_type must be client_credentials")
    given = form.get("client_secret", "").encode()
    if credentials is None or not hmac.compare_digest(given, credentials["client_secret"].encode()):
        return oauth_failure(401, "invalid_client", "Client authentication failed")
    return None


def token_answer(tokens: Tokens, now: float) -> Answer:
    """Return the answer that carries a new token."""
    token = {"access_token": tokens.issue(now), "token_type": "Bearer", "expires_in": tokens.expires_in}
    return Answer(200, json.dumps(token).encode())
