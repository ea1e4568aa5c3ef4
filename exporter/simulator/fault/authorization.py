"""Faults of authorization, on the data: refusals though the credentials are right, clocks, echoes."""

import json
from datetime import timedelta

from exporter.simulator.answer import (
    APP_FORBIDDEN,
    BINDING_EXPIRED,
    INVALID_SIGNATURE,
    TOKEN_EXPIRED,
    UNAUTHORIZED,
    Answer,
    flat_failure,
    nested_failure,
)
from exporter.simulator.fault.fault import Fault, Scene, always

_OFF = 960.0


def _late(scene: Scene) -> None:
    seconds = _OFF if scene.seconds is None else scene.seconds
    scene.exchange.moment += timedelta(seconds=seconds)


def _clock_skew(scene: Scene) -> Answer:
    _late(scene)
    return UNAUTHORIZED if scene.exchange.request.realm == "Bearer" else INVALID_SIGNATURE


def _date_off(scene: Scene) -> Answer:
    right = scene.right()
    _late(scene)
    return right


def _token_revoked(scene: Scene) -> Answer:
    scene.tenant.revoke_tokens()
    return TOKEN_EXPIRED


def _echo(scene: Scene) -> Answer:
    secret = scene.exchange.request.header("authorization")
    message = f"refused\r\nAuthorization: {secret}\r\nlevel=error msg=forged \x1b[2J\x1b]0;{secret}\x07 <b>{secret}</b>"
    fail = [{"errors": [{"code": f"err_echo\n{secret}", "message": message, "retryable": False}]}]
    return Answer(400, json.dumps({"fail": fail, "meta": {"status": 400}, "data": []}).encode())


FAULTS = (
    Fault(
        "developer_key",
        "answers 200 with err_developer_key, as it does now and then",
        always(nested_failure(200, "err_developer_key", "App ID is invalid")),
    ),
    Fault("invalid_signature", "answers 401 with err_xdk_invalid_signature", always(INVALID_SIGNATURE)),
    Fault("unauthorized", "answers 401 with unauthorized, in the flat form", always(UNAUTHORIZED)),
    Fault(
        "token_unverified",
        "answers 401 with token_verification_failed",
        always(flat_failure(401, "token_verification_failed", "Token could not be verified")),
    ),
    Fault("token_revoked", "ends the current token and answers 401 with token_expired", _token_revoked),
    Fault("app_forbidden", "answers 403 with app_forbidden, the product is missing", always(APP_FORBIDDEN)),
    Fault(
        "operation_forbidden",
        "answers 200 with err_xdk_operation_forbidden_for_address",
        always(nested_failure(200, "err_xdk_operation_forbidden_for_address", "0003 Forbidden")),
    ),
    Fault("binding_expired", "answers 418 with err_xdk_binding_expired", always(BINDING_EXPIRED)),
    Fault("clock_skew", "has another time, and answers 401 (seconds ahead: 960)", _clock_skew),
    Fault("date_off", "has another time, and answers rightly (seconds ahead: 960)", _date_off),
    Fault("echo_secret", "answers 400 and echoes Authorization, with line breaks and terminal codes", _echo),
)
