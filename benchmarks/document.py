"""Documents of the vendor's form at any size: users with 12 of 200 titles each, 308 bytes a record."""

import json
import random
import string
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

TITLES: Final = 200
TITLES_OF_A_USER: Final = 12
_ID_LENGTH: Final = 110
_ID: Final = string.ascii_letters + string.digits + "-_"
_START: Final = datetime(2026, 1, 1, 7, tzinfo=UTC)
_AT_ONCE: Final = 1000


def elements(users: int, titles: int = TITLES, seed: int = 1) -> Iterator[str]:
    """Yield the elements of ``data`` as JSON, the same for the same seed."""
    dice = random.Random(seed)  # noqa: S311 - reproducible, not secret
    known = [
        (f"Awareness training title {number:03}", "eN" + "".join(dice.choices(_ID, k=_ID_LENGTH - 2)), number)
        for number in range(titles)
    ]
    for _ in range(users):
        training = [_record(dice, *title) for title in dice.sample(known, min(TITLES_OF_A_USER, titles))]
        yield json.dumps({"training": training, "needEngagement": dice.random() < 0.1, "meritBadge": {}})


def _record(dice: random.Random, title: str, title_id: str, wave: int) -> dict[str, object]:
    assigned = _START + timedelta(days=wave, seconds=dice.randrange(3600))
    record: dict[str, object] = {"title": title, "titleId": title_id, "assignedTimeStamp": _text(assigned)}
    if dice.random() < 0.8:
        watched = assigned + timedelta(seconds=dice.randrange(3_000_000))
        answer = dice.randint(1, 4)
        return record | {"watched": True, "watchedDate": _text(watched), "myAnswer": answer, "onWatchlist": False}
    return record | {"watched": False, "onWatchlist": dice.random() < 0.5}


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S+0000")


def document(users: int, titles: int = TITLES) -> bytes:
    """Return a whole answer."""
    content = bytearray(b'{"meta": {"status": 200}, "data": [')
    batch: list[str] = []
    for element in elements(users, titles):
        batch.append(element)
        if len(batch) == _AT_ONCE:
            content += ", ".join(batch).encode() + b", "
            batch.clear()
    content += ", ".join(batch).encode()
    return bytes(content.removesuffix(b", ")) + b'], "fail": []}'
