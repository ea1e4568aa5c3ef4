"""Credentials: which kind they are, where each secret comes from, and whether its content can be one at all."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from exporter.config.address import ProxyUrl
from exporter.config.context import Context, SecretError
from exporter.config.document import Tree
from exporter.config.kind import Text, accepted
from exporter.config.place import Place, Refusal, suggestion
from exporter.config.settings import (
    Credentials,
    File,
    Inline,
    OAuthCredentials,
    SecretSource,
    SignedCredentials,
    Variable,
)
from exporter.model import Secret

SIGNED_KEYS = ("application_id", "application_key", "access_key", "secret_key")
OAUTH_KEYS = ("client_id", "client_secret")
PROXY_KEY = "proxy_url"
# They name an application, and whoever knows only them can do nothing.
IDENTIFIERS = frozenset({"application_id", "client_id"})

PATH = Text("the path of a file")
VARIABLE = Text("the name of an environment variable", re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,199}"))

BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_LONGEST_IDENTIFIER = 256

Make = Callable[[Tree, Place], SecretSource]
# All spellings of a key, each with what makes a source of its value; the key of ``KEY_file`` is ``KEY``.
Spelling = Callable[[str], dict[str, Make]]


@dataclass(frozen=True, slots=True)
class Known:
    """Credentials as they were read, with the secrets themselves, to compare them while loading."""

    credentials: Credentials
    secrets: tuple[Secret, ...]


def flaw_of(key: str, secret: Secret) -> str | None:
    """Return why ``secret`` cannot be the value of ``key``, None if it can; the answer never quotes it.

    To be asked again of a secret that was read again.
    """
    text = secret.reveal()
    if key == PROXY_KEY:
        return _flaw_of_proxy(text)
    name = key in {"application_id", "access_key", "client_id"}  # what is no name may have blanks
    too_long = f"is longer than {_LONGEST_IDENTIFIER} characters; copy nothing but it"
    flaws = (
        (text.startswith("\ufeff"), "begins with a byte order mark; save it as UTF-8 without one"),
        (_CONTROL.search(text), "has a line break or another control character within; copy it again, as one line"),
        (not text.isascii(), "has characters beyond ASCII; copy it again"),
        (key == "secret_key" and not BASE64.fullmatch(text), "is no base64; copy it whole, with the = at its end"),
        (name and " " in text, "has a blank within; copy it again, as one word"),
        (key in IDENTIFIERS and len(text) > _LONGEST_IDENTIFIER, too_long),
    )
    return next((message for flawed, message in flaws if flawed), None)


def _flaw_of_proxy(text: str) -> str | None:
    try:
        ProxyUrl().read(text, Place())
    except Refusal as refusal:
        return f"holds no address of a proxy: {refusal}"
    return None


def origin(source: SecretSource) -> str:
    """Return what a message calls the source of a secret."""
    match source:
        case File(path):
            return f"the file {path}"
        case Variable(name):
            return f"the environment variable {name}"
        case Inline():
            return "the value"


def inline(value: Tree, place: Place) -> SecretSource:
    """Make a source of a secret that stands in the configuration."""
    return Inline(Secret(Text().read(value, place)))


def file(value: Tree, place: Place) -> SecretSource:
    """Make a source of the path of a file."""
    return File(PATH.read(value, place))


def variable(value: Tree, place: Place) -> SecretSource:
    """Make a source of the name of an environment variable."""
    return Variable(VARIABLE.read(value, place))


def yaml_spelling(key: str) -> dict[str, Make]:
    """Return the spellings of ``key`` in a file."""
    return {key: inline, f"{key}_file": file, f"{key}_env": variable}


def keys_of(spelling: Spelling) -> dict[str, str]:
    """Return every spelling with its key."""
    return {name: key for key in (*SIGNED_KEYS, *OAUTH_KEYS) for name in spelling(key)}


def kind_of(given: Mapping[str, Tree], spelling: Spelling) -> type[Credentials] | None:
    """Return the kind of the credentials by the keys that are there; None for none or a mixture."""
    keys = keys_of(spelling)
    spelled = {keys[name] for name in given if name in keys}
    if spelled.isdisjoint(OAUTH_KEYS):
        return SignedCredentials if spelled else None
    return OAuthCredentials if spelled.isdisjoint(SIGNED_KEYS) else None


def read_credentials(given: Mapping[str, Tree], spelling: Spelling, place: Place, context: Context) -> Known | None:
    """Return the credentials that ``given`` spells, or None with every problem noted."""
    keys = keys_of(spelling)
    for name in given:
        if name not in keys:
            place.key(name).refuse(f"unknown key; {suggestion(name, keys)}")
    kind = kind_of(given, spelling)
    if kind is None:
        place.refuse(_choice(spelling, mixed=any(name in keys for name in given)))
        return None
    sources: dict[str, SecretSource] = {}
    secrets: list[Secret] = []
    for key in SIGNED_KEYS if kind is SignedCredentials else OAUTH_KEYS:
        for name in _only_spelling(key, given, spelling, place):
            for source in accepted(spelling(key)[name], given[name], place.key(name)):
                sources[key] = source
                secrets.extend(contents(key, source, place.key(name), context))
    if len(sources) < len(kind.__slots__):
        return None
    return Known(kind(**sources), tuple(secrets))


def _choice(spelling: Spelling, *, mixed: bool) -> str:
    signed, oauth = (", ".join(next(iter(spelling(key))) for key in keys) for keys in (SIGNED_KEYS, OAUTH_KEYS))
    message = f"give either {signed} (API 1.0) or {oauth} (API 2.0)"
    return f"a mixture of both APIs; {message}" if mixed else f"missing; {message}"


def _only_spelling(key: str, given: Mapping[str, Tree], spelling: Spelling, place: Place) -> list[str]:
    """Return the one spelling of ``key`` that is given; an empty list if there is not one, which has been noted."""
    spellings = list(spelling(key))
    found = [name for name in spellings if name in given]
    if not found:
        place.key(spellings[0]).refuse(f"missing; give {' or '.join(spellings)}")
    elif len(found) > 1:
        place.key(spellings[0]).refuse(f"given more than once; keep one of {', '.join(found)}")
    return found if len(found) == 1 else []


def contents(key: str, source: SecretSource, place: Place, context: Context) -> list[Secret]:
    """Return the secret itself in a list; an empty one if it cannot be had or used, which has been noted."""
    try:
        secret = context.read(source)
    except SecretError as error:
        place.refuse(str(error))
        return []
    if flaw := flaw_of(key, secret):
        place.refuse(f"{origin(source)} {flaw}")
        return []
    return [secret]
