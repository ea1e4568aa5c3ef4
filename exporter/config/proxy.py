"""The proxy of a tenant: one source of its address, which is a secret because it may hold a password."""

from collections.abc import Mapping
from typing import Any

from exporter.config.context import Context
from exporter.config.credential import PROXY_KEY, contents, yaml_spelling
from exporter.config.document import Tree
from exporter.config.place import Place
from exporter.config.settings import File, Inline, SecretSource, Variable

_SPELLINGS = tuple(yaml_spelling(PROXY_KEY))


def with_proxy(values: Mapping[str, Any], tree: Tree, place: Place, context: Context) -> dict[str, Any]:
    """Return the values of a tenant or of ``defaults`` with one source in place of all spellings of its proxy.

    ``tree`` is what they were read from. A spelling that is null counts as not given, and one alone means no proxy.
    """
    result = {name: value for name, value in values.items() if name not in _SPELLINGS}
    written = [name for name in _SPELLINGS if isinstance(tree, dict) and tree.get(name) is not None]
    if len(written) > 1:
        place.key(PROXY_KEY).refuse(f"given more than once; keep one of {', '.join(written)}")
    elif not written and any(name in values for name in _SPELLINGS):
        result[PROXY_KEY] = None
    elif written and written[0] in values:
        result[PROXY_KEY] = _source(written[0], values[written[0]])
        if written[0] != PROXY_KEY:
            contents(PROXY_KEY, result[PROXY_KEY], place.key(written[0]), context)
    return result


def _source(name: str, value: Any) -> SecretSource:
    if name == PROXY_KEY:
        return Inline(value)
    return File(value) if name.endswith("_file") else Variable(value)
