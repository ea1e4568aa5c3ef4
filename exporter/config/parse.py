"""The text of a configuration file to a configuration that can be used, or all that is wrong with it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from exporter.config.context import Context, Loaded
from exporter.config.credential import IDENTIFIERS, PROXY_KEY
from exporter.config.document import Tree, read_document
from exporter.config.keys import root_group
from exporter.config.kind import accepted, read_items
from exporter.config.place import Place
from exporter.config.proxy import with_proxy
from exporter.config.settings import Config, Inline, SecretSource, Tenant
from exporter.config.tenant import Draft, TenantReader, address_keys
from exporter.errors import Problem


def parse(text: str, context: Context) -> Loaded:
    """Return the configuration that ``text`` describes, or raise ``ConfigurationError`` with every problem."""
    root = Place()
    tree = read_document(text, root)
    group = root_group(context)
    values = group.defaults()
    drafts: list[Draft] = []
    for given in accepted(group.read, tree, root):
        defaults = tree.get("defaults") if isinstance(tree, dict) else None
        values |= given
        values["defaults"] = with_proxy(given.get("defaults", {}), defaults, root.key("defaults"), context)
        drafts.extend(_read_tenants(tree, values["defaults"], root, context))
    root.raise_problems()
    tenants = tuple(draft.tenant for draft in drafts)
    config = Config(tenants, scrape_timeout=values["scrape_timeout"], max_polls=values["max_polls"])
    return Loaded(config, (*_shared_credentials(drafts), *_open_secrets(drafts, values["defaults"], context)))


def _read_tenants(tree: Tree, inherited: Mapping[str, Any], root: Place, context: Context) -> Iterator[Draft]:
    """Yield each tenant that could be read, with the defaults as far as they could."""
    defaults = tree.get("defaults") if isinstance(tree, dict) else None
    keys = address_keys(defaults, root.key("defaults")) if isinstance(defaults, dict) else ()
    reader = TenantReader(context, inherited, keys)

    def read_list(value: Tree, place: Place) -> list[Draft | None]:
        return [draft for _, draft in read_items(value, place, "a list of tenants", reader.read)]

    tenants = tree.get("tenants") if isinstance(tree, dict) else None
    if tenants is None or tenants == []:
        root.key("tenants").refuse("missing; at least one tenant is needed")
        return
    for drafts in accepted(read_list, tenants, root.key("tenants")):
        _refuse_twins(tenants, root.key("tenants"))
        yield from (draft for draft in drafts if draft)


def _refuse_twins(tenants: Tree, place: Place) -> None:
    """Note each name that an earlier tenant has, whatever else is wrong with either."""
    first: dict[str, Place] = {}
    for index, tenant in enumerate(tenants if isinstance(tenants, list) else []):
        name = tenant.get("name") if isinstance(tenant, dict) else None
        if isinstance(name, str) and (twin := first.setdefault(name, place.item(index))) != place.item(index):
            place.item(index).key("name").refuse(f"{twin.path} has the same name; give each tenant its own")


def _shared_credentials(drafts: Iterable[Draft]) -> Iterator[Problem]:
    first: dict[object, Place] = {}
    for draft in drafts:
        if twin := first.get(draft.secrets):
            message = f"{twin.path} has the same credentials, so both show the same account; give each tenant its own"
            yield Problem(draft.place.key("credentials").path, message)
        first.setdefault(draft.secrets, draft.place)


def _open_secrets(drafts: Iterable[Draft], inherited: Mapping[str, Any], context: Context) -> Iterator[Problem]:
    """Yield one warning if the file holds a secret and other users can read it."""
    places = [*_inline_proxy(inherited.get(PROXY_KEY), Place("defaults"))]
    places.extend(place for draft in drafts for place in _inline_secrets(draft.tenant, draft.place))
    if places and context.readable_by_others:
        message = (
            "a secret stands in a file that other users can read; take their permission away or use a file of its own"
        )
        yield Problem(places[0], message)


def _inline_secrets(tenant: Tenant, place: Place) -> Iterator[str]:
    for key in tenant.credentials.__slots__:
        if key not in IDENTIFIERS and isinstance(getattr(tenant.credentials, key), Inline):
            yield place.key("credentials").key(key).path
    yield from _inline_proxy(tenant.proxy_url, place)


def _inline_proxy(source: SecretSource | None, place: Place) -> Iterator[str]:
    if isinstance(source, Inline) and "@" in source.secret.reveal():
        yield place.key(PROXY_KEY).path
