"""Faults of one value: in one more record of the training details, or in the first fitting place of other data."""

import re

from exporter.simulator.answer import Answer, envelope
from exporter.simulator.fault.fault import Act, Fault, Scene
from exporter.simulator.path import TRAINING_PATH

_EMPTY = b"[]"
_NUMBER = re.compile(rb'"(num[A-Z]\w*|watchlistCount|[a-f])":\d+')


def _number(value: bytes) -> Act:
    """Put a value where a number should be: for an answer, or for the first count."""

    def act(scene: Scene) -> Answer:
        data = scene.data()
        if scene.exchange.request.path == TRAINING_PATH:
            return _answer(_with_record(data, b"myAnswer", value))
        spoiled, places = _NUMBER.subn(rb'"\1":' + value, data, count=1)
        return _answer(spoiled if places else _with_field(data, value))

    return act


def _text(value: bytes) -> Act:
    """Put a value where a text should be: for a title, or in one more field."""

    def act(scene: Scene) -> Answer:
        if scene.exchange.request.path == TRAINING_PATH:
            return _answer(_with_record(scene.data(), b"title", value))
        return _answer(_with_field(scene.data(), value))

    return act


def _twice(scene: Scene) -> Answer:
    """Give a field twice: `watched`, or the first count."""
    data = scene.data()
    if scene.exchange.request.path == TRAINING_PATH:
        return _answer(_with_record(data, b"watched", b'"x","watched":true'))
    doubled, places = _NUMBER.subn(rb'"\1":"x",\g<0>', data, count=1)
    return _answer(doubled if places else _with_field(data, b'"x","odd":1'))


def _answer(data: bytes) -> Answer:
    return Answer(200, envelope(data))


def _with_field(data: bytes, value: bytes) -> bytes:
    if b"{" not in data:
        return b'[{"odd":%b}]' % value
    return data.replace(b"{", b'{"odd":%b,' % value, 1)


def _with_record(data: bytes, field: bytes, value: bytes) -> bytes:
    fields = {
        b"title": b'"Odd"',
        b"titleId": b'"eNodd"',
        b"assignedTimeStamp": b'"2026-01-01T07:00:00+0000"',
        b"watched": b"false",
        field: value,
    }
    row = b",".join(b'"%b":%b' % pair for pair in fields.items())
    element = b'{"training":[{%b}],"needEngagement":false,"meritBadge":{}}' % row
    return b"[" + element + (b"," if data != _EMPTY else b"") + data[1:]


FAULTS = (
    Fault("latin1", "has a Latin-1 byte in a text", _text(b'"Caf\xe9"')),
    Fault("nan", "has NaN for a number", _number(b"NaN")),
    Fault("infinity", "has Infinity for a number", _number(b"Infinity")),
    Fault("huge_float", "has 1e999 for a number", _number(b"1e999")),
    Fault("huge_integer", "has a number of 5000 digits", _number(b"9" * 5000)),
    Fault("big_integer", "has a number of 400 digits", _number(b"9" * 400)),
    Fault("watched_twice", "has a field twice, unreadable and then right: watched, or a count", _twice),
)
