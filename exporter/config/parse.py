"""The text of a configuration file to a configuration that can be used, or all that is wrong with it."""

from collections.abc import Iterable, Iterator
from typing import Any

from exporter.config.context import Context, Loaded
from exporter.config.credential import IDENTIFIERS
from exporter.config.document import Tree, read_document
from exporter.config.keys import root_group
from exporter.config.kind import accepted, read_items
from exporter.config.place import Place
from exporter.config.settings import Config, Inline, Tenant
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
        values |= given
        drafts.extend(_read_tenants(tree, given, root, context))
    root.raise_problems()
    tenants = tuple(draft.tenant for draft in drafts)
    config = Config(tenants, scrape_timeout=values["scrape_timeout"], max_polls=values["max_polls"])
    return Loaded(config, (*_shared_credentials(drafts), *_open_secrets(drafts, context)))


def _read_tenants(tree: Tree, given: dict[str, Any], root: Place, context: Context) -> Iterator[Draft]:
    """Yield each tenant that could be read, with the defaults as far as they could."""
    defaults = tree.get("defaults") if isinstance(tree, dict) else None
    keys = address_keys(defaults, root.key("defaults")) if isinstance(defaults, dict) else ()
    reader = TenantReader(context, given.get("defaults", {}), keys)

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
            place.item(index).key("name").refuse(f"{twin.path} has the same name")


def _shared_credentials(drafts: Iterable[Draft]) -> Iterator[Problem]:
    first: dict[object, Place] = {}
    for draft in drafts:
        if twin := first.get(draft.secrets):
            yield Problem(draft.place.key("credentials").path, f"{twin.path} has the same credentials")
        first.setdefault(draft.secrets, draft.place)


def _open_secrets(drafts: Iterable[Draft], context: Context) -> Iterator[Problem]:
    """Yield one warning if the file holds a secret and other users can read it."""
    places = [place for draft in drafts for place in _inline_secrets(draft.tenant, draft.place)]
    if places and context.readable_by_others:
        message = (
            "a secret stands in a file that other users can read; take their permission away or use a file of its own"
        )
        yield Problem(places[0], message)


def _inline_secrets(tenant: Tenant, place: Place) -> Iterator[str]:
    for key in tenant.credentials.__slots__:
        if key not in IDENTIFIERS and isinstance(getattr(tenant.credentials, key), Inline):
            yield place.key("credentials").key(key).path
    if tenant.proxy_url and "@" in tenant.proxy_url.reveal():
        yield place.key("proxy_url").path
