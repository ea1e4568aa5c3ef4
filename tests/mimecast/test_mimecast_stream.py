"""Tests of ``exporter.mimecast.stream``: single documents, encodings, envelopes."""

import json
from collections.abc import Iterator

import msgspec
import pytest
from plain_reading import READINGS, STRICT, TOLERANT, envelope, outcome, pieces, read, scanning_at

from exporter.collectors.question import Odd, Reading
from exporter.errors import PollError, Reason
from exporter.mimecast.envelope import Envelope, RefusedError
from exporter.mimecast.stream import SupersededError, read_page

GOOD = b'{"fail":[],"meta":{"status":200},"data":[{"training":[]},{"training":[1]}]}'
START = b'{"fail":[],"meta":{"status":200},"data":['
END = b"]}"
RECORDS = [{"training": []}, {"training": [1]}]


def inside(element: bytes) -> bytes:
    return START + b'{"training":[]},' + element + END


class User(msgspec.Struct):
    """Knows one field."""

    training: list[int] = []
    answer: int = 0


def tolerant_user(element: object) -> User | Odd[User]:
    return User() if isinstance(element, dict) else Odd(None, ("user",))


USERS: Reading[User] = Reading(lambda _: User, tolerant_user)


@pytest.mark.parametrize("reading", READINGS.values(), ids=READINGS)
@pytest.mark.parametrize("size", [1, 2, 3, 7, len(GOOD)])
def test_pieces_of_any_size(reading: Reading[object], size: int) -> None:
    """An answer that arrives byte by byte is read as one that arrives at once."""
    chunks = [GOOD[place : place + size] for place in range(0, len(GOOD), size)]
    assert (RECORDS, Envelope(None)) == read(chunks, reading)


@pytest.mark.parametrize(
    "text",
    [
        b'{"data":[],"meta":{"status":200}}',
        b' \r\n\t{"meta" : {"status" : 200} , "data" : [ \n ] } \n',
        b'{"data":null,"meta":{"status":200},"data":[]}',
        b'{"data":{"data":[1]},"meta":{"status":200},"data":[]}',
        b'{"more":{"data":[1]},"meta":{"status":200},"data":[]}',
        b'{"more":[{"data":[1]}],"x":"\\"data\\":[","meta":{"status":200},"data":[]}',
        b'{"meta":{"status":200},"d\\u0061t\\u0061":[]}',
        b'{"DATA":[1],"data ":[2],"\\u0044ata":[3],"meta":{"status":200},"data":[]}',
    ],
)
def test_data_is_the_list_of_the_document(text: bytes) -> None:
    """The records are those of the outermost list ``data``, however the key is written."""
    assert ([], Envelope(None)) == read([text])


@pytest.mark.parametrize("reading", READINGS.values(), ids=READINGS)
@pytest.mark.parametrize(
    "text",
    [
        b"",
        b" ",
        b"{",
        b'{"data"',
        b'{"data":[',
        b'{"data":[{"a":1}',
        b'{"data":[{"a":1},',
        b'{"data":[{"a":"',
        b'{"data":[{"a":"\\',
        GOOD[:-1],
        GOOD[:-2],
        GOOD + b" true",
        GOOD + GOOD,
        GOOD + b"}",
        GOOD + b"\0",
        b")]}',\n" + GOOD,
        b"{/* ok */" + GOOD[1:],
        START + b"/* none */" + END,
        START + b"{},// one\n{}" + END,
        START + b"," + END,
        START + b"{}," + END,
        START + b",{}" + END,
        START + b"{},,{}" + END,
        START + b"{}{}" + END,
        START + b"{}]]}",
        START + b"{}}}",
        START + b"\x0c" + END,
        START + b"{}\x0b,{}" + END,
        START + b"{},\xc2\xa0{}" + END,
        b'{"meta":{"status":200}"data":[]}',
        b'["data":[]]',
        b'{"meta":{"status":200},data:[]}',
        b"{'meta':{'status':200},'data':[]}",
        b'{"d\\q":[],"meta":{"status":200},"data":[]}',
        b"<!DOCTYPE html><html></html>\n",
        inside(b'{"training":NaN}'),
        inside(b'{"training":-Infinity}'),
        inside(b'{"training":"a\nb"}'),
        inside(b'{"training":"a\x00b"}'),
        inside(b'{"training":"\x1f"}'),
        inside(b'{"training":"\\x"}'),
        inside(b'{"training":"\\u12"}'),
        inside(b'{"training":01}'),
        inside(b'{"training":1.}'),
        inside(b'{"training":+1}'),
        inside(b'{"training":True}'),
        inside(b'{"training":' + b"9" * 5000 + b"}"),
        inside(b'{"training":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
        inside(b"[" * 100_000),
        b"[" * 100_000,
        b'{"more":' + b"[" * 100_000 + b"]" * 100_000 + b"," + GOOD[1:],
        GOOD[:-1] + b',"more":' + b'{"a":' * 50_000 + b"1" + b"}" * 50_001,
        b'{"meta":{"status":NaN},"data":[]}',
        b'{"meta":{"status":' + b"9" * 5000 + b'},"data":[]}',
    ],
)
def test_what_is_no_json(text: bytes, reading: Reading[object]) -> None:
    """What is no JSON document is ``not_json``, wherever in it that shows and however it is cut."""
    found = [outcome(chunks, reading) for chunks in ([text], [text[:50], text[50:]], halves(text))]
    with scanning_at(1):
        found += [outcome(halves(text), reading), outcome([text[:50], text[50:]], reading)]
    assert [Reason.NOT_JSON] * 5 == found


def halves(text: bytes) -> list[bytes]:
    return pieces(text, range(0, len(text), max(len(text) // 9, 1)))


@pytest.mark.parametrize(
    "text",
    [
        inside(b'{"unknown":NaN}'),
        inside(b'{"unknown":"a\nb"}'),
        inside(b'{"unknown":"\\x"}'),
        inside(b'{"unknown":[1,]}'),
        inside(b'{"unknown":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
        inside(b'{"answer":' + b"9" * 5000 + b"}"),
    ],
)
def test_what_is_no_json_in_a_typed_record(text: bytes) -> None:
    """What is no JSON is noticed in fields that the type does not know, too."""
    assert Reason.NOT_JSON is outcome([text], USERS)


class Strict(User, forbid_unknown_fields=True):
    """Knows the first spelling alone."""


class Spelled(User, forbid_unknown_fields=True):
    """Knows the second spelling too."""

    anwser: int = 0


def test_each_batch_may_have_its_own_type() -> None:
    """If a batch does not fit the type of the one before, the reading is asked for another one."""
    reading: Reading[User] = Reading(lambda text: Spelled if b"anwser" in text else Strict, tolerant_user)
    chunks = [START + b'{"training":[],"answer":1}', b',{"training":[],"anwser":2}', b',{"training":[3]}' + END]
    with scanning_at(1):
        assert [Strict([], 1), Spelled([], 0, 2), Spelled([3])] == read(chunks, reading)[0]


@pytest.mark.parametrize("chunks", [[b"{},", b",{}"], [b"{},", b""], [b"{}", b",", b" ", b"\n,"], [b",", b"{}"]])
def test_an_element_that_is_missing(chunks: list[bytes]) -> None:
    """Nothing between two commas is noticed where pieces part, too."""
    with scanning_at(1):
        assert Reason.NOT_JSON is outcome([START, *chunks, END])


def test_one_odd_element_does_not_spoil_its_neighbours() -> None:
    """An element that does not fit the strict type is read with tolerance, and the others come as they are."""
    assert [User(), Odd(None, ("user",)), User()] == read([inside(b'null,{"training":"x"}')], USERS)[0]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b'"ok"', Reason.SCHEMA),
        (b"null", Reason.SCHEMA),
        (b"200", Reason.SCHEMA),
        (b"{}", Reason.SCHEMA),
        (b'[{"training":[]}]', Reason.SCHEMA),
        (b'{"fail":[],"meta":{"status":200}}', Reason.SCHEMA),
        (b'{"meta":{"status":200},"data":null}', Reason.SCHEMA),
        (b'{"meta":{"status":200},"data":{"training":[]}}', Reason.SCHEMA),
        (b'{"meta":{"status":200},"data":"none"}', Reason.SCHEMA),
        (b'{"meta":{"status":200},"data":[{}],"data":null}', Reason.SCHEMA),
        (b'{"data":[{}]}', Reason.SCHEMA),
        (b'{"data":[{}],"meta":{"status":"200"}}', Reason.SCHEMA),
        (b'{"data":[{}],"meta":{"status":500}}', Reason.API_ERROR),
        (b'{"meta":{"status":500},"data":[{}]}', Reason.API_ERROR),
        (b'{"data":[{}],"meta":{"status":200},"fail":[{"code":"app_forbidden"}]}', Reason.FORBIDDEN),
        (b'{"fail":[{"code":"internal-error"}],"data":[{}],"meta":{"status":200}}', Reason.API_ERROR),
        (b'{"fail":[{"code":"internal-error"}],"meta":{"status":200}}', Reason.API_ERROR),
        (b'{"fail":"x","data":[{}],"meta":{"status":200}}', Reason.SCHEMA),
    ],
)
def test_envelopes(text: bytes, reason: Reason) -> None:
    """What the envelope says decides, before ``data`` or behind it, and a document of another shape is ``schema``."""
    assert {reason} == {outcome([text]), outcome([text], TOLERANT), outcome(halves(text))}


def test_a_refusal_keeps_its_codes() -> None:
    """The codes of a failure behind the data come with the error."""
    with pytest.raises(RefusedError) as raised:
        read([b'{"data":[{}],"meta":{"status":200},"fail":[{"code":"err_developer_key"}]}'])
    assert ("err_developer_key",) == raised.value.codes


def test_the_next_page() -> None:
    """The token of the next page is found before the data and behind them."""
    meta = b'"meta":{"status":200,"pagination":{"next":"eN]}"}}'
    for text in (b"{" + meta + b',"data":[]}', b'{"data":[],' + meta + b"}"):
        assert ([], Envelope("eN]}")) == read([text])


@pytest.mark.parametrize("key", [b"data", b"d\\u0061ta"])
def test_the_last_of_two_data_counts(key: bytes) -> None:
    """A second ``data`` voids what was yielded, and comes whole with its envelope."""
    text = b'{"data":[{"old":1}],"meta":{"status":500},"%b":[{"new":2},3],"meta":{"status":200}}' % key
    with pytest.raises(SupersededError) as raised:
        list(read_page(halves(text), STRICT))
    assert ([{"new": 2}, 3], Envelope(None)) == (raised.value.page.records, raised.value.page.envelope)


@pytest.mark.parametrize("text", [b"\xef\xbb\xbf" + GOOD, b"\xef\xbb\xbf\n" + GOOD])
def test_a_byte_order_mark(text: bytes) -> None:
    """A byte order mark is taken off, in one piece or in several."""
    assert [(RECORDS, Envelope(None))] * 3 == [
        outcome(chunks) for chunks in ([text], [text[:1], text[1:2], text[2:]], halves(text))
    ]


@pytest.mark.parametrize("coding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
def test_other_encodings(coding: str) -> None:
    """UTF-16 and UTF-32 have the reason ``encoding``, with a mark or without, however short the answer."""
    text = GOOD.decode().encode(coding)
    assert {Reason.ENCODING} == {outcome([text]), outcome(halves(text)), outcome(["{".encode(coding)])}


@pytest.mark.parametrize(
    "text",
    [
        inside(b'{"title":"Caf\xe9"}'),
        inside(b'{"title":"\xed\xa0\x80"}'),
        inside(b'{"title":"\xc0\xaf"}'),
        inside(b'{"title":"\xf5\x80\x80\x80"}'),
        GOOD + b"\xc3",
        b"\xff" + GOOD,
        b"\xc3",
    ],
)
def test_what_is_not_utf_8(text: bytes) -> None:
    """One byte that is no UTF-8 has the reason ``encoding``, wherever it stands and however it is cut."""
    assert {Reason.ENCODING} == {outcome([text]), outcome(halves(text)), outcome([text[:-1], text[-1:]])}


def test_characters_cut_through() -> None:
    """A character whose bytes come in different pieces is whole."""
    text = envelope([{"title": "\u00e9\u2028\U0001f511"}]).decode().encode()
    raw = json.dumps({"data": ["\u00e9\u2028\U0001f511"], "meta": {"status": 200}}, ensure_ascii=False).encode()
    assert [{"title": "\u00e9\u2028\U0001f511"}] == read([text])[0]
    assert ["\u00e9\u2028\U0001f511"] == read([raw[place : place + 1] for place in range(len(raw))])[0]


def test_an_error_of_the_network_comes_through() -> None:
    """What goes wrong while the answer arrives is told as it is."""

    def chunks() -> Iterator[bytes]:
        yield START
        raise PollError(Reason.INCOMPLETE, "shorter than announced")

    assert Reason.INCOMPLETE is outcome(chunks())
