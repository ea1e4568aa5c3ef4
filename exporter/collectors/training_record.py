"""The records of ``get-training-details``: users, and the trainings assigned to each.

Source: the vendor's page of the endpoint. Its table and its sample spell three fields in different ways, so both are
equal here; the spelling that an answer starts with is read strictly, and a batch with another one with tolerance.
Nothing in the answer names a user, and no other field is kept.
"""

from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Final, TypeVar, cast

import msgspec
from msgspec import Meta, Struct, field

from exporter.collectors.question import Odd, Reading
from exporter.collectors.value import (
    LARGEST_INTEGER,
    SMALLEST_INTEGER,
    Unreadable,
    pick,
    read_flag,
    read_integer,
    read_moment,
    read_text,
)

Moment = Annotated[datetime, Meta(tz=True)]
Integer = Annotated[int, Meta(ge=SMALLEST_INTEGER, le=LARGEST_INTEGER)]
S = TypeVar("S", bound=Struct)


class Training(Struct, gc=False):
    """One title assigned to one user; None is unknown."""

    watched: bool
    title: str | None = None
    title_id: str | None = None
    assigned: Moment | None = None
    watched_date: Moment | None = None
    on_watchlist: bool | None = None
    answer: Integer | None = None


class User(Struct, gc=False):
    """One element of ``data``; of the merit badge only whether it has any key is used."""

    training: list[Training]
    need_engagement: bool | None = None
    merit_badge: dict[str, msgspec.Raw] | None = None


_FIELDS: Final = {"watched": "watched", "title": "title", "title_id": "titleId", "assigned": "assignedTimeStamp"}
_SPELLINGS: Final = {
    "watched_date": ("watchedDate", "watchedData"),
    "on_watchlist": ("onWatchlist", "onWatchList"),
    "answer": ("myAnswer", "myAsnwer"),
}
_USER_FIELDS: Final = {"training": "training", "need_engagement": "needEngagement", "merit_badge": "meritBadge"}

FIELDS: Final = (
    "record",
    "user",
    "training",
    "title",
    "titleId",
    "assignedTimeStamp",
    "watchedDate",
    "onWatchlist",
    "myAnswer",
    "needEngagement",
    "meritBadge",
)


def _strict(sample: bytes) -> type[User]:
    return _user_type(*(b'"%s"' % second.encode() in sample for _, second in _SPELLINGS.values()))


@cache
def _user_type(*second: bool) -> type[User]:
    """Return the type whose trainings are spelled the first or the second way; the other way is only read if null."""
    names = dict(_FIELDS)
    refused = []
    for (name, spellings), use_second in zip(_SPELLINGS.items(), second, strict=True):
        names[name] = spellings[use_second]
        refused.append((spellings[not use_second], None, None))
    training = _spelled(Training, names, refused)
    return _spelled(User, _USER_FIELDS, [("training", list[training], field(name="training"))])  # type: ignore[valid-type]


def _spelled(base: type[S], names: dict[str, str], more: list[tuple[str, Any, Any]]) -> type[S]:
    """Return a subtype of ``base`` whose fields are found under the vendor's names, with ``more`` fields."""
    own = [
        (info.name, info.type, field(name=names[info.name], default=info.default))
        for info in msgspec.structs.fields(base)
        if info.name not in {name for name, _, _ in more}
    ]
    spelled = msgspec.defstruct(base.__name__, [*own, *more], bases=(base,), gc=False, kw_only=True)
    return cast("type[S]", spelled)


def _tolerant(element: object) -> User | Odd[User]:
    if not isinstance(element, dict):
        return Odd(None, ("user",))
    unreadable: list[str] = []
    user = User(
        training=list(_trainings(element.get("training"), unreadable)),
        need_engagement=_read(element, ("needEngagement",), read_flag, unreadable),
        merit_badge=_read(element, ("meritBadge",), _read_badge, unreadable),
    )
    return Odd(user, tuple(unreadable)) if unreadable else user


def _trainings(trainings: object, unreadable: list[str]) -> Iterator[Training]:
    if not isinstance(trainings, list):
        unreadable.append("training")
        return
    for document in trainings:
        watched = document.get("watched") if isinstance(document, dict) else None
        if isinstance(watched, bool):
            yield _training(document, watched, unreadable)
        else:
            unreadable.append("record")


def _training(document: dict[str, object], watched: bool, unreadable: list[str]) -> Training:  # noqa: FBT001
    return Training(
        watched=watched,
        title=_read(document, ("title",), read_text, unreadable),
        title_id=_read(document, ("titleId",), read_text, unreadable),
        assigned=_read(document, ("assignedTimeStamp",), read_moment, unreadable),
        watched_date=_read(document, _SPELLINGS["watched_date"], read_moment, unreadable),
        on_watchlist=_read(document, _SPELLINGS["on_watchlist"], read_flag, unreadable),
        answer=_read(document, _SPELLINGS["answer"], read_integer, unreadable),
    )


def _read(document: dict[str, object], spellings: tuple[str, ...], read: Any, unreadable: list[str]) -> Any:
    try:
        return pick(document, spellings, read)
    except Unreadable:
        unreadable.append(spellings[0])
        return None


def _read_badge(value: object) -> dict[str, object]:
    if isinstance(value, dict):
        return value
    raise Unreadable


READING: Final = Reading(_strict, _tolerant)
