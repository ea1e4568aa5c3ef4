"""Conversations with an authorization, without a network: answers are plain values."""

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from exporter.errors import PollError, Reason
from exporter.mimecast.auth import TOKEN_PATH, Auth, ClientKeys, OAuth2, Request, Response, SigningKeys
from exporter.model import Secret

K = TypeVar("K")

TRAINING = "/api/awareness-training/user/get-training-details"
SECRET_KEY = "c2VjcmV0LWtleS1mb3ItdGVzdHMtb25seS0wMDAxIQ=="
PLANTED = ("planted-application-key", "planted-access-key", SECRET_KEY, "planted-client-id", "planted-client-secret")
SIGNING = SigningKeys(Secret("app-id"), *map(Secret, PLANTED[:3]))
CLIENT = ClientKeys(*map(Secret, PLANTED[3:]))
REQUEST = Request(TRAINING, b'{"data": []}')


@dataclass
class Keys(Generic[K]):
    """Keys in the hand, as they are now."""

    keys: K
    times_refused: int = 0

    def current(self) -> K:
        """Return the keys."""
        return self.keys

    def refused(self) -> None:
        """Count the refusal."""
        self.times_refused += 1


@dataclass
class Plain:
    """An answer as a value."""

    status: int
    body: bytes = b""

    def read(self, most: int) -> bytes:
        """Return the body."""
        if len(self.body) > most:
            raise PollError(Reason.TOO_LARGE, "the answer is too large")
        return self.body


def token(text: object = "t0ken", **fields: object) -> Plain:
    """Return an answer with a token."""
    document = {"access_token": text, "token_type": "Bearer", "expires_in": 1800} | fields
    return Plain(200, json.dumps({name: value for name, value in document.items() if value != "(missing)"}).encode())


def converse(
    auth: Auth, answers: Iterable[Response | PollError], request: Request = REQUEST
) -> tuple[list[Request], Response]:
    """Return what a flow wants sent, and what it returns; ``answers`` must all be used."""
    flow = auth.flow(request)
    sent = [next(flow)]
    waiting = list(answers)
    try:
        while True:
            answer = waiting.pop(0)
            sent.append(flow.throw(answer) if isinstance(answer, PollError) else flow.send(answer))
    except StopIteration as end:
        assert [] == waiting
        response: Response = end.value
        return sent, response


def paths(requests: Iterable[Request]) -> str:
    """Return a conversation in short: t for the token endpoint, d for data."""
    return "".join("t" if request.path == TOKEN_PATH else "d" for request in requests)


@dataclass
class Endpoint:
    """A token endpoint and a data endpoint that take what a flow sends, and count."""

    tokens: list[Plain | PollError] = field(default_factory=list)
    data: list[Plain] = field(default_factory=list)
    sent: list[Request] = field(default_factory=list)

    def serve(self, auth: OAuth2) -> Response:
        """Run one flow to its end; the last answer of each kind is given again and again."""
        flow = auth.flow(REQUEST)
        request = next(flow)
        while True:
            self.sent.append(request)
            answers: list[Plain | PollError] | list[Plain] = self.tokens if request.path == TOKEN_PATH else self.data
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
            try:
                request = flow.throw(answer) if isinstance(answer, PollError) else flow.send(answer)
            except StopIteration as end:
                response: Response = end.value
                return response

    def try_to_serve(self, auth: OAuth2) -> None:
        """Run one flow, whatever becomes of it."""
        with suppress(PollError):
            self.serve(auth)
