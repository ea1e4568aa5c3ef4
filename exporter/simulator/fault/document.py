"""Faults of the document: the envelope says no, has another shape, or is not quite JSON."""

import json
from collections.abc import Callable

from exporter.simulator.answer import NO_FAIL, OK_META, Answer, envelope
from exporter.simulator.fault.fault import Act, Fault, Scene

_ENTRY = b'[{"errors":[{"code":"err_internal","message":"Something failed","retryable":false}]}]'
_FLAT = b'[{"code":"internal-error","message":"Something failed"}]'
_EMPTY = b"[]"


def _with(meta: bytes = OK_META, fail: bytes = NO_FAIL) -> Act:
    return lambda scene: Answer(200, envelope(scene.data(), meta, fail))


def _data(data: bytes, meta: bytes = OK_META, fail: bytes = NO_FAIL) -> Act:
    return lambda _scene: Answer(200, envelope(data, meta, fail))


def _text(make: Callable[[bytes], bytes]) -> Act:
    """Make another text of the right `data`."""
    return lambda scene: Answer(200, make(scene.data()))


def _body(make: Callable[[bytes], bytes]) -> Act:
    """Make another text of the right document."""
    return lambda scene: Answer(200, make(envelope(scene.data())))


def _next_repeats(scene: Scene) -> Answer:
    meta = b'{"status":200,"pagination":{"pageSize":1,"totalCount":2,"next":"eNagainandagain"}}'
    return Answer(200, envelope(scene.data(), meta))


def _next_odd(scene: Scene) -> Answer:
    return Answer(200, envelope(scene.data(), b'{"status":200,"pagination":{"pageSize":1,"totalCount":2,"next":2}}'))


def _next_endless(scene: Scene) -> Answer:
    token = f"eNpage{scene.exchange.call.monotonic!r}".replace(".", "")
    meta = {"status": 200, "pagination": {"pageSize": 0, "totalCount": 1 << 40, "next": token}}
    return Answer(200, envelope(_EMPTY, json.dumps(meta).encode()))


ENVELOPE = (
    Fault("fail_entry", "answers 200 with a failure and no data", _data(_EMPTY, fail=_ENTRY)),
    Fault("fail_flat", "answers 200 with a failure in the flat form and no data", _data(_EMPTY, fail=_FLAT)),
    Fault("fail_with_data", "answers 200 with a failure and the data", _with(fail=_ENTRY)),
    Fault("fail_missing", "leaves fail out", _text(lambda data: b'{"meta":{"status":200},"data":%b}' % data)),
    Fault("fail_null", "gives null for fail", _with(fail=b"null")),
    Fault("fail_object", "gives an object for fail", _with(fail=b'{"code":"err_internal"}')),
    Fault("fail_string", "gives a string for fail", _with(fail=b'"failed"')),
    Fault("fail_nulls", "gives a list of nulls for fail", _with(fail=b"[null,null]")),
    Fault("meta_500", "answers 200 with meta.status 500 and the data", _with(b'{"status":500}')),
    Fault("meta_403", "answers 200 with meta.status 403 and no data", _data(_EMPTY, b'{"status":403}')),
    Fault("meta_missing", "leaves meta out", _text(lambda data: b'{"fail":[],"data":%b}' % data)),
    Fault("meta_null", "gives null for meta", _with(b"null")),
    Fault("meta_list", "gives a list for meta", _with(b"[200]")),
    Fault("meta_status_missing", "leaves meta.status out", _with(b"{}")),
    Fault("meta_status_string", "gives meta.status as a string", _with(b'{"status":"200"}')),
    Fault("meta_status_true", "gives true for meta.status", _with(b'{"status":true}')),
    Fault("meta_status_float", "gives 200.0 for meta.status", _with(b'{"status":200.0}')),
    Fault("data_empty", "answers rightly for an account without people", _data(_EMPTY)),
    Fault("data_missing", "leaves data out", _text(lambda _data: b'{"fail":[],"meta":{"status":200}}')),
    Fault("data_null", "gives null for data", _data(b"null")),
    Fault("data_object", "gives an object for data", _data(b'{"training":[]}')),
    Fault("data_string", "gives a string for data", _data(b'"none"')),
    Fault("top_array", "gives an array for the document", _text(lambda data: data)),
    Fault("top_string", "gives a string for the document", _text(lambda _data: b'"ok"')),
    Fault("top_null", "gives null for the document", _text(lambda _data: b"null")),
    Fault("top_number", "gives a number for the document", _text(lambda _data: b"200")),
    Fault("top_empty", "gives an empty object for the document", _text(lambda _data: b"{}")),
    Fault("next_repeats", "leads from page to page by a token that repeats", _next_repeats),
    Fault("next_odd", "leads to the next page by a number", _next_odd),
    Fault("next_endless", "leads from page to page without end", _next_endless),
)
TEXT = (
    Fault("cut_json", "ends in the middle of the document", _body(lambda body: body[: len(body) // 2])),
    Fault("trailing_json", "has something after the document", _body(lambda body: body + b" true")),
    Fault("doubled_json", "sends the document twice", _body(lambda body: body + body)),
    Fault("prefixed_json", "guards the document with a prefix", _body(lambda body: b")]}',\n" + body)),
    Fault("commented_json", "has a comment in the document", _body(lambda body: b"{/* ok */" + body[1:])),
    Fault(
        "control_character",
        "has a raw line feed in a string",
        _text(lambda _: envelope(b'[{"training":[{"title":"a\nb"}]}]')),
    ),
    Fault("bom", "starts with a byte order mark", _body(lambda body: b"\xef\xbb\xbf" + body)),
    Fault("utf16", "is UTF-16", _body(lambda body: body.decode().encode("utf-16"))),
    Fault("deep_nesting", "nests 100,000 arrays", _text(lambda _: envelope(b"[" * 100_000 + b"]" * 100_000))),
    Fault(
        "data_twice",
        "has data twice, empty and then right",
        _text(lambda data: b'{"fail":[],"data":[],"meta":{"status":200},"data":%b}' % data),
    ),
    Fault(
        "meta_twice",
        "has meta twice, failed and then right",
        _text(lambda data: b'{"meta":{"status":500},"fail":[],"meta":{"status":200},"data":%b}' % data),
    ),
)
FAULTS = ENVELOPE + TEXT
