"""One tenant out of its keys and the defaults: what only several keys together can say, and the frozen value."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any

from exporter.config.address import url_of_region
from exporter.config.context import Context
from exporter.config.credential import Known, kind_of, read_credentials, yaml_spelling
from exporter.config.document import REFUSED, Tree
from exporter.config.group import merged
from exporter.config.keys import tenant_group
from exporter.config.kind import accepted
from exporter.config.place import Place, Refusal
from exporter.config.proxy import with_proxy
from exporter.config.settings import Campaigns, Credentials, OAuthCredentials, Settings, Tenant, Titles, Tls
from exporter.model import Secret


@dataclass(frozen=True, slots=True)
class Draft:
    """A tenant and where it stands, for what has to be compared with other tenants."""

    tenant: Tenant
    place: Place
    secrets: tuple[Secret, ...]


ADDRESS_KEYS = ("region", "base_url")


@dataclass(frozen=True, slots=True)
class TenantReader:
    """Reads the tenants of a file, over the defaults that hold for all of them.

    ``inherited`` is what could be read of ``defaults``, ``address_keys`` which of region and base_url stand there.
    """

    context: Context
    inherited: Mapping[str, Any]
    address_keys: tuple[str, ...]

    def read(self, value: Tree, place: Place) -> Draft | None:
        """Return the tenant that ``value`` describes, or None with every problem noted."""
        if not isinstance(value, dict):
            raise Refusal("must be a map of the keys of a tenant, such as name, region and credentials")
        if value.get("name") is None:
            place.key("name").refuse("missing; each tenant needs a name")
        group = tenant_group(self.context)
        given = with_proxy(group.read(value, place), value, place, self.context)
        own_keys = address_keys(value, place)
        inherited = {key: self.inherited[key] for key in self.inherited if not (own_keys and key in ADDRESS_KEYS)}
        values = merged(merged(group.defaults(), inherited), given)
        credentials = value.get("credentials")
        kind = kind_of(credentials, yaml_spelling) if isinstance(credentials, dict) else None
        values["base_url"] = self._base_url(values, own_keys or self.address_keys, place, kind)
        if (values["tls"]["cert_file"] is None) != (values["tls"]["key_file"] is None):
            place.key("tls").refuse("cert_file and key_file are only of use together; give both or neither")
        return draft(values, self._credentials(credentials, place.key("credentials")), place)

    def _base_url(
        self, values: Mapping[str, Any], keys: tuple[str, ...], place: Place, kind: type[Credentials] | None
    ) -> str | None:
        if not keys:
            place.refuse("neither region nor base_url is given; give one of them, here or in defaults")
        if len(keys) != 1:
            return None
        return base_url(keys[0], values[keys[0]], place.key(keys[0]), kind)

    def _credentials(self, value: Tree, place: Place) -> Known | None:
        if value is None:
            value = {}
        if isinstance(value, dict):
            return read_credentials(value, yaml_spelling, place, self.context)
        if value is not REFUSED:
            place.refuse("must be a map of secrets, such as client_secret_file with a path")
        return None


def address_keys(tree: Mapping[str, Tree], place: Place) -> tuple[str, ...]:
    """Return which of the keys that say where the API is are given, right or wrong; both are noted as a problem."""
    keys = tuple(key for key in ADDRESS_KEYS if tree.get(key) is not None)
    if len(keys) > 1:
        place.refuse("give either region or base_url, not both")
    return keys


def base_url(key: str, value: str | None, place: Place, kind: type[Credentials] | None) -> str | None:
    """Return the address that ``value`` of region or base_url stands for, or None with its problem noted."""
    if value is None or kind is None or key == "base_url":
        return value
    read = partial(url_of_region, oauth=kind is OAuthCredentials)
    return next(accepted(read, value, place), None)


def draft(values: Mapping[str, Any], known: Known | None, place: Place) -> Draft | None:
    """Return the tenant of ``values``, which has all keys; None if what it needs could not be read."""
    if known is None or values["name"] is None or values["base_url"] is None:
        return None
    tenant = Tenant(
        name=values["name"],
        base_url=values["base_url"],
        credentials=known.credentials,
        collectors=values["collectors"],
        refresh_intervals=MappingProxyType(values["refresh_intervals"]),
        refresh_interval=values["refresh_interval"],
        max_staleness=values["max_staleness"],
        timeout=values["timeout"],
        max_response_size=values["max_response_size"],
        proxy_url=values["proxy_url"],
        tls=Tls(**values["tls"]),
        settings=Settings(
            titles=Titles(**values["titles"]),
            minimum_group_size=values["minimum_group_size"],
            overdue_after=values["overdue_after"],
            histogram_days=values["histogram_days"],
            campaigns=Campaigns(**values["campaigns"]),
            departments=values["departments"],
        ),
    )
    return Draft(tenant, place, known.secrets)
