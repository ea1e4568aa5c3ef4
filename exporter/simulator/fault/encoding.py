"""Faults of size and compression: corrupt, cut, bombs, bodies without end."""

import gzip
import zlib
from collections.abc import Iterator
from functools import cache
from itertools import chain, repeat

from exporter.simulator.answer import Answer
from exporter.simulator.fault.fault import Fault, Scene
from exporter.simulator.fault.wire import head_of, pour, right_body

_BOMB_MIB = 1024
_BIG_BYTES = 300 << 20
_START = b'{"fail":[],"meta":{"status":200},"data":['
_PERSON = b'{"training":[],"needEngagement":false,"meritBadge":{}},'
_BLOCK = _PERSON * 1000
_GZIP_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"


def _coded(body: bytes, coding: str) -> Answer:
    return Answer(200, body, (("content-encoding", coding),), coded=True)


def _packed(scene: Scene) -> bytes:
    return gzip.compress(right_body(scene), 6, mtime=0)


def _gzip(scene: Scene) -> Answer:
    return _coded(_packed(scene), "gzip")


def _gzip_twice(scene: Scene) -> Answer:
    return _coded(gzip.compress(_packed(scene), 1, mtime=0), "gzip, gzip")


def _deflate(scene: Scene) -> Answer:
    return _coded(zlib.compress(right_body(scene)), "deflate")


def _corrupt(scene: Scene) -> Answer:
    packed = bytearray(_packed(scene))
    for place in range(len(packed) // 2, min(len(packed) // 2 + 16, len(packed))):
        packed[place] ^= 0xFF
    return _coded(bytes(packed), "gzip")


def _wrong_sum(scene: Scene) -> Answer:
    packed = _packed(scene)
    return _coded(packed[:-8] + bytes(byte ^ 0xFF for byte in packed[-8:-4]) + packed[-4:], "gzip")


def _cut(scene: Scene) -> Answer:
    packed = _packed(scene)
    return _coded(packed[: len(packed) // 2], "gzip")


def _not_gzip(scene: Scene) -> Answer:
    return _coded(right_body(scene), "gzip")


def _unknown(scene: Scene) -> Answer:
    return _coded(_packed(scene), "x-mystery")


@cache
def _bomb() -> bytes:
    return b"".join(_bomb_parts())


def _bomb_parts() -> Iterator[bytes]:
    # A block that ends in a full flush stands alone, so the same one may be sent again and again.
    block = b" " * (1 << 20)
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    start = packer.compress(_START) + packer.flush(zlib.Z_FULL_FLUSH)
    packed = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    total, check = len(_START), zlib.crc32(_START)
    yield _GZIP_HEAD + start
    for _ in range(_BOMB_MIB):
        yield packed
        check, total = zlib.crc32(block, check), total + len(block)
    check, total = zlib.crc32(b"]}", check), total + 2
    yield packer.compress(b"]}") + packer.flush()
    yield check.to_bytes(4, "little") + (total & 0xFFFFFFFF).to_bytes(4, "little")


def _pour_bomb(scene: Scene) -> None:
    scene.exchange.write(head_of(scene, None, ("content-encoding", "gzip")))
    pour(scene, _bomb_parts())


def _nested_bomb(_scene: Scene) -> Answer:
    return _coded(_packed_bomb(), "gzip, gzip")


@cache
def _packed_bomb() -> bytes:
    return gzip.compress(_bomb(), 9, mtime=0)


def _endless_body(scene: Scene) -> None:
    scene.exchange.write(head_of(scene, None) + _START)
    pour(scene, repeat(_BLOCK))


def _big_body(scene: Scene) -> None:
    blocks = _BIG_BYTES // len(_BLOCK)
    end = _PERSON[:-1] + b"]}"
    scene.exchange.write(head_of(scene, len(_START) + blocks * len(_BLOCK) + len(end)))
    pour(scene, chain([_START], repeat(_BLOCK, blocks), [end]))


def _spaces(scene: Scene) -> None:
    body = right_body(scene)
    scene.exchange.call.status = 200
    scene.exchange.write(head_of(scene, (50 << 20) + len(body)))
    pour(scene, chain(repeat(b" " * (1 << 20), 50), [body]))


FAULTS = (
    Fault("gzip", "answers rightly, compressed whether asked to or not", _gzip),
    Fault("gzip_twice", "answers rightly, compressed twice", _gzip_twice),
    Fault("gzip_corrupt", "sends gzip with wrong bytes in the middle", _corrupt),
    Fault("gzip_wrong_sum", "sends gzip with a wrong check sum", _wrong_sum),
    Fault("gzip_cut", "sends half of the gzip stream as if it were whole", _cut),
    Fault("gzip_missing", "says gzip and sends the right body as it is", _not_gzip),
    Fault("deflate", "answers rightly in another coding than asked for", _deflate),
    Fault("unknown_coding", "says a content coding that nobody knows", _unknown),
    Fault("gzip_bomb", "sends 1 MiB that unpacks to 1 GiB", _pour_bomb),
    Fault("nested_gzip_bomb", "sends a few KiB that unpack twice to 1 GiB", _nested_bomb),
    Fault("endless_body", "sends people without end", _endless_body),
    Fault("big_body", "sends 300 MiB of people", _big_body),
    Fault("spaces", "sends 50 MiB of spaces before the right body", _spaces),
)
