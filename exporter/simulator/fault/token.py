"""Faults of the token endpoint: it fails, or gives tokens that are none."""

import json
from typing import Any

from exporter.simulator.answer import Answer, oauth_failure
from exporter.simulator.fault.fault import Act, Fault, Scene, always
from exporter.simulator.fault.framing import FAULTS as FRAMING
from exporter.simulator.fault.status import FAULTS as STATUS
from exporter.simulator.fault.transport import FAULTS as TRANSPORT

_MISSING = object()


def _odd(field: str, value: Any) -> Act:
    """Change a field of a right token answer."""

    def act(scene: Scene) -> Answer:
        token = json.loads(scene.right().body) | {field: value}
        return Answer(200, json.dumps({name: value for name, value in token.items() if value is not _MISSING}).encode())

    return act


def _echo(scene: Scene) -> Answer:
    return oauth_failure(401, "invalid_client", f"refused: {scene.exchange.request.body.decode('utf-8', 'replace')}")


def _again(family: tuple[Fault, ...], name: str) -> Act:
    return next(fault.act for fault in family if fault.name == name)


def _crlf(scene: Scene) -> Answer:
    return _odd("access_token", f"{json.loads(scene.right().body)['access_token']}\r\nX-Injected: 1")(scene) or Answer(
        500
    )


_TABLE: tuple[tuple[str, str, Act], ...] = (
    ("token_400", "answers 400 with invalid_request", always(oauth_failure(400, "invalid_request", "Bad request"))),
    ("token_401", "answers 401 with invalid_client", always(oauth_failure(401, "invalid_client", "No such client"))),
    ("token_echo", "answers 401 and echoes the submitted form with its secret", _echo),
    ("token_429", "answers 429 with a wait in milliseconds (seconds: 5)", _again(STATUS, "rate_limited")),
    ("token_500", "answers 500", _again(STATUS, "http_500")),
    ("token_503", "answers 503", _again(STATUS, "http_503")),
    ("token_html", "answers 200 with a web page", _again(STATUS, "html_200")),
    ("token_hang", "reads the request and never answers", _again(TRANSPORT, "hang")),
    ("token_reset", "resets the connection without an answer", _again(TRANSPORT, "reset")),
    ("token_two_answers", "sends another answer behind the right one", _again(FRAMING, "two_answers")),
    ("token_redirect", "redirects to another port with 307", _again(STATUS, "redirect_307")),
    ("token_redirect_308", "redirects to another port with 308", _again(STATUS, "redirect_308")),
    ("token_array", "gives an array for the document", always(Answer(200, b"[]"))),
    ("token_odd_missing", "gives no token", _odd("access_token", _MISSING)),
    ("token_odd_null", "gives null for the token", _odd("access_token", None)),
    ("token_odd_empty", "gives an empty token", _odd("access_token", "")),
    ("token_odd_number", "gives a number for the token", _odd("access_token", 12345)),
    ("token_odd_crlf", "gives a token with a line break and a header", _crlf),
    ("token_odd_non_latin", "gives a token that is no Latin-1", _odd("access_token", "t\u03bfken\U0001f511")),
    ("token_odd_huge", "gives a token of 1 MiB", _odd("access_token", "t" * (1 << 20))),
    ("token_odd_expires_zero", "gives a token that lives 0 seconds", _odd("expires_in", 0)),
    ("token_odd_expires_negative", "gives a token that lives -1 seconds", _odd("expires_in", -1)),
    ("token_odd_expires_string", "gives the seconds as the string 1799", _odd("expires_in", "1799")),
    ("token_odd_expires_huge", "gives a token that lives 10^30 seconds", _odd("expires_in", 10**30)),
    ("token_odd_expires_missing", "does not say how long the token lives", _odd("expires_in", _MISSING)),
    ("token_odd_type_lower", "calls the type bearer", _odd("token_type", "bearer")),
    ("token_odd_type_mac", "calls the type mac", _odd("token_type", "mac")),
    ("token_odd_type_missing", "does not say the type", _odd("token_type", _MISSING)),
)
FAULTS = tuple(Fault(name, f"the token endpoint {text}", act, of_token=True) for name, text, act in _TABLE)
