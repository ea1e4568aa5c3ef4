"""Faults of HTTP itself: lengths, chunks, status lines and headers that are wrong or without end."""

from itertools import repeat

from exporter.simulator.answer import envelope
from exporter.simulator.fault.fault import Act, Fault, Scene
from exporter.simulator.fault.wire import head_of, pour, right_body, send_and_close

_CHUNKED = ("transfer-encoding", "chunked")


def _short_body(scene: Scene) -> None:
    body = right_body(scene)
    send_and_close(scene, head_of(scene, len(body) + 100) + body)


def _cut_body(scene: Scene) -> None:
    body = right_body(scene)
    send_and_close(scene, head_of(scene, len(body)) + body[: len(body) // 2])


def _bad_chunk(scene: Scene) -> None:
    body = right_body(scene)
    send_and_close(scene, head_of(scene, None, _CHUNKED) + b"10\r\n" + body[:16] + b"\r\nzz\r\n" + body[16:])


def _cut_chunks(scene: Scene) -> None:
    body = right_body(scene)
    send_and_close(scene, head_of(scene, None, _CHUNKED) + _chunk(body))


def _chunked(scene: Scene) -> None:
    body = right_body(scene)
    half = len(body) // 2
    chunks = _chunk(body[:half]) + _chunk(body[half:])
    scene.exchange.call.status = 200
    send_and_close(scene, head_of(scene, None, _CHUNKED) + chunks + b"0\r\n\r\n")


def _two_lengths(scene: Scene) -> None:
    body = right_body(scene)
    send_and_close(scene, head_of(scene, len(body), ("content-length", str(len(body) // 2))) + body)


def _length_and_chunked(scene: Scene) -> None:
    body = right_body(scene)
    chunks = _chunk(body) + b"0\r\n\r\n"
    send_and_close(scene, head_of(scene, 10, _CHUNKED) + chunks)


def _then_chunks(*starts: bytes, of: bytes) -> Act:
    """Send the start of a body in chunks, and then the same bytes without end."""

    def act(scene: Scene) -> None:
        body = right_body(scene)
        scene.exchange.write(head_of(scene, None, _CHUNKED) + b"".join(starts).replace(b"BODY", _chunk(body)))
        pour(scene, repeat(of))

    return act


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def _huge_chunk(scene: Scene) -> None:
    send_and_close(scene, head_of(scene, None, _CHUNKED) + b"180000000\r\n" + right_body(scene))


def _two_answers(scene: Scene) -> None:
    body, other = right_body(scene), envelope(b"[]")
    scene.exchange.call.status = 200
    both = (_kept(scene, len(body)) + body, _kept(scene, len(other)) + other)
    scene.exchange.finish(b"".join(both))


def _kept(scene: Scene, length: int) -> bytes:
    return scene.exchange.head(200, (("content-length", str(length)),))


def _length(text: str) -> Act:
    def act(scene: Scene) -> None:
        scene.exchange.write(head_of(scene, text) + right_body(scene))
        scene.exchange.pause(scene.seconds or 0.0)
        scene.exchange.close()

    return act


def _raw(data: bytes) -> Act:
    return lambda scene: send_and_close(scene, data)


def _http09(scene: Scene) -> None:
    send_and_close(scene, right_body(scene))


def _status_999(scene: Scene) -> None:
    body = right_body(scene)
    send_and_close(scene, head_of(scene, len(body), status=999) + body)


def _continue_flood(scene: Scene) -> None:
    body = right_body(scene)
    scene.exchange.write(b"HTTP/1.1 100 Continue\r\n\r\n" * 5000)
    send_and_close(scene, head_of(scene, len(body)) + body)


def _endless_continue(scene: Scene) -> None:
    pour(scene, repeat(b"HTTP/1.1 100 Continue\r\n\r\n" * 500))


def _many_headers(scene: Scene) -> None:
    body = right_body(scene)
    many = [(f"x-filler-{number}", "x") for number in range(1000)]
    send_and_close(scene, head_of(scene, len(body), *many) + body)


def _huge_header(scene: Scene) -> None:
    body = right_body(scene)
    send_and_close(scene, head_of(scene, len(body), ("x-filler", "x" * (4 << 20))) + body)


def _endless_headers(scene: Scene) -> None:
    scene.exchange.write(head_of(scene, None)[:-2])
    pour(scene, repeat(b"x-filler: " + b"x" * 1000 + b"\r\n"))


FAULTS = (
    Fault("short_body", "sends less than it announces, though what it sends is valid JSON", _short_body),
    Fault("cut_body", "sends half of what it announces, and closes", _cut_body),
    Fault("chunked", "answers rightly, in chunks", _chunked),
    Fault("bad_chunk", "sends a chunk whose size is no number", _bad_chunk),
    Fault("cut_chunks", "closes before the last chunk", _cut_chunks),
    Fault("huge_chunk", "announces a chunk of 6 GiB, sends the right body and closes", _huge_chunk),
    Fault(
        "negative_chunk",
        "announces a chunk of -1, and sends spaces without end",
        _then_chunks(b"-1\r\n", of=b" " * (1 << 16)),
    ),
    Fault("endless_chunk_line", "sends the size of a chunk without end", _then_chunks(of=b"1" * (1 << 16))),
    Fault(
        "endless_trailer",
        "sends trailers without end after the right body (seconds between 1000 of them: 0)",
        _then_chunks(b"BODY", b"0\r\n", of=b"x-filler: x\r\n" * 1000),
    ),
    Fault("two_answers", "sends another answer behind the right one, with nobody in it", _two_answers),
    Fault("two_lengths", "announces two different lengths", _two_lengths),
    Fault("length_and_chunked", "announces a wrong length, and chunks", _length_and_chunked),
    Fault("huge_length", "announces 6 GiB, sends the right body and closes", _length(str(6 << 30))),
    Fault("endless_length", "announces a length of 5000 digits", _length("9" * 5000)),
    Fault("negative_length", "announces a length of -1", _length("-1")),
    Fault("odd_length", "announces a length that is no number", _length("many")),
    Fault("not_http", "answers in another protocol", _raw(b"SSH-2.0-OpenSSH_9.6\r\n\x00\x1b[31m\xff\r\n")),
    Fault("http09", "sends the right body without a head", _http09),
    Fault("status_999", "gives the right answer with status 999", _status_999),
    Fault("continue_flood", "sends 5000 interim answers before the right one", _continue_flood),
    Fault("endless_continue", "sends interim answers without end (seconds between 500 of them: 0)", _endless_continue),
    Fault("many_headers", "sends 1000 headers more", _many_headers),
    Fault("huge_header", "sends a header of 4 MiB", _huge_header),
    Fault("endless_headers", "sends headers without end", _endless_headers),
)
