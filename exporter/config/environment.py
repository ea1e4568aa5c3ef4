"""One tenant out of ``MIMECAST_...`` variables, for those who need no file; the variables come in as a map."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from exporter.config.context import Context, Loaded
from exporter.config.credential import Make, file, keys_of, kind_of, read_credentials
from exporter.config.document import Tree
from exporter.config.keys import tenant_group
from exporter.config.kind import accepted
from exporter.config.place import Place, suggestion
from exporter.config.settings import Config, Credentials, Variable
from exporter.config.tenant import base_url, draft

_PREFIX = "MIMECAST_"
_DEFAULT_NAME = "default"
_PLAIN_KEYS = MappingProxyType(
    {
        "MIMECAST_TENANT": "name",
        "MIMECAST_REGION": "region",
        "MIMECAST_BASE_URL": "base_url",
        "MIMECAST_COLLECTORS": "collectors",
    }
)
_ADDRESS_VARIABLES = ("MIMECAST_REGION", "MIMECAST_BASE_URL")
# Kubernetes and Docker set these in every container beside a service called mimecast or mimecast-exporter.
_SERVICE_LINK = re.compile(
    r"MIMECAST_(?:.*_)?(?:SERVICE_HOST|SERVICE_PORT(?:_.*)?|PORT(?:_[0-9]+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?)"
)


def variable_spelling(key: str) -> dict[str, Make]:
    """Return the spellings of a key of the credentials in the environment."""
    name = _PREFIX + key.upper()

    def itself(_value: Tree, _place: Place) -> Variable:
        return Variable(name)

    return {name: itself, f"{name}_FILE": file}


def from_environment(variables: Mapping[str, str], context: Context) -> Loaded | None:
    """Return a configuration of one tenant; None if no variable of ours is set.

    Raises ``ConfigurationError`` with every problem, each with the name of its variable as its place.
    """
    ours = {
        name: value
        for name, value in variables.items()
        if name.startswith(_PREFIX) and not _SERVICE_LINK.fullmatch(name)
    }
    if not ours:
        return None
    root = Place()
    secrets = _secret_variables(ours, root)
    given = _plain_values(ours, root, context)
    known = read_credentials(secrets, variable_spelling, root, context)
    group = tenant_group(context)
    values = group.defaults() | {"name": _DEFAULT_NAME} | given
    values["base_url"] = _base_url(ours, given, root, kind_of(secrets, variable_spelling))
    only = draft(values, known, root)
    root.raise_problems()
    return Loaded(Config((only.tenant,))) if only else None


def _secret_variables(ours: Mapping[str, str], root: Place) -> dict[str, Tree]:
    """Return the variables for credentials; unknown ones are noted."""
    secret = keys_of(variable_spelling)
    for name in sorted(ours.keys() - secret.keys() - _PLAIN_KEYS.keys()):
        # Names of variables are shown whatever they are: nobody keeps a secret in one.
        Place(name, root.problems).refuse(f"unknown variable; {suggestion(name, (*_PLAIN_KEYS, *secret))}")
    return {name: ours[name] for name in secret if name in ours}


def _plain_values(ours: Mapping[str, str], root: Place, context: Context) -> dict[str, Any]:
    """Return the values of a tenant's keys that are given, as the same kinds as in a file read them."""
    kinds = {key.name: key.kind for key in tenant_group(context).keys}
    return {
        key: read
        for name, key in _PLAIN_KEYS.items()
        if name in ours
        for read in accepted(kinds[key].read, _tree(key, ours[name]), root.key(name))
    }


def _tree(key: str, text: str) -> Tree:
    return [item.strip() for item in text.split(",")] if key == "collectors" else text.strip()


def _base_url(
    ours: Mapping[str, str], given: Mapping[str, Any], root: Place, kind: type[Credentials] | None
) -> str | None:
    names = [name for name in _ADDRESS_VARIABLES if name in ours]
    if len(names) != 1:
        count = "not both" if names else "neither is set"
        root.refuse(f"set either {' or '.join(_ADDRESS_VARIABLES)}, {count}")
        return None
    key = _PLAIN_KEYS[names[0]]
    return base_url(key, given.get(key), root.key(names[0]), kind)
