"""The schema is made from the declarations, and speaks of what is good and bad as the parser does.

``pytest --update`` rewrites it.
"""

import json
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from config.agreement import SCHEMA, complaints, parse_good
from config.conftest import read
from exporter.commands.assembly import CATALOGUE
from exporter.config.context import Context
from exporter.config.document import read_document
from exporter.config.group import Group, Key
from exporter.config.keys import defaults_group, root_group, tenant_group
from exporter.config.parse import parse
from exporter.config.place import Place
from exporter.config.schema import schema_of, schema_text
from exporter.errors import ConfigurationError
from exporter.web_config.kind import Texts

ROOT = Path(__file__).parents[2]
CONTEXT = Context(CATALOGUE.collectors, CATALOGUE.default_collectors, read)
BAD = sorted((Path(__file__).parent / "bad").glob("*.yaml"))

# What a schema cannot say: the places of a bad file of which it does not complain.
BEYOND = {
    "base_urls": {f"tenants[{number}].base_url" for number in (10, 11, 12, 14, 15, 16, 18, 19)},  # odd hosts and ports
    "collectors": {"tenants[0].refresh_intervals.queue"},  # out of range
    "durations": {"scrape_timeout", "tenants[7].timeout", "tenants[8].timeout"},  # out of range
    "histogram_days": {"tenants[0].histogram_days"},  # not rising
    "patterns": {"tenants[0].titles.include[0]"},  # does not compile
    "proxy_sources": {"defaults.proxy_url_env", *(f"tenants[{number}].proxy_url_file" for number in (0, 1, 5))},
    "proxy_urls": {"tenants[5].proxy_url"},  # an odd port
    "secret_file_with_odd_characters": {
        f"tenants[0].credentials.{name}"
        for name in ("application_id_env", "application_key_file", "access_key_file", "secret_key_file")
    },
    "secret_unreadable": {f"tenants[0].credentials.{name}" for name in ("access_key_file", "secret_key_env")},
    "sizes": {"tenants[3].max_response_size", "tenants[4].max_response_size"},  # out of range
    "tenant_twice": {"tenants[1].name"},
    "tls": {"tenants[0].tls"},  # one may stand in defaults
}


def test_the_schema_is_made_from_the_declarations(update: bool) -> None:  # noqa: FBT001 - a fixture
    """The schema that is shipped is the one that the declarations make, byte for byte, and is a valid one."""
    made = schema_text(CONTEXT)
    if update:
        SCHEMA.write_text(made, encoding="utf-8")
    Draft202012Validator.check_schema(json.loads(made))
    assert made.encode() == SCHEMA.read_bytes()


def test_the_schema_is_installed() -> None:
    """The schema lies in the package, where the README sends its reader."""
    assert SCHEMA.read_bytes() == (files("exporter.config") / "schema.json").read_bytes()


def walk(group: Group, schema: dict[str, Any]) -> Iterator[tuple[Key, dict[str, Any]]]:
    """Yield each key of a group and of the groups within, with what the schema has for it."""
    assert {key.name for key in group.keys} == set(schema["properties"])
    for key in group.keys:
        yield key, schema["properties"][key.name]
        if isinstance(key.kind, Group) and key.name != "defaults":
            yield from walk(key.kind, schema["properties"][key.name])


def test_every_key_is_described() -> None:
    """The schema has every key, of tenants and of defaults, with what it does and its default."""
    root = json.loads(SCHEMA.read_text(encoding="utf-8"))
    below = root["properties"]
    groups = (
        (root_group(CONTEXT), root),
        (defaults_group(CONTEXT), below["defaults"]),
        (tenant_group(CONTEXT), below["tenants"]["items"]),
    )
    for group, schema in groups:
        for key, found in walk(group, schema):
            assert key.about.lower() in found["description"].lower()
            assert key.default == found.get("default")


def test_a_kind_without_a_schema() -> None:
    """A kind of which nobody has written down what a schema can say of it is no kind of a key here."""
    with pytest.raises(TypeError, match=r"^no JSON Schema is known of Texts$"):
        schema_of(Texts())


def documents() -> list[str]:
    """Return the texts that are shipped as examples."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```yaml\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)
    example = (ROOT / "config.example.yaml").read_text(encoding="utf-8")
    return [example, *(text for text in blocks if text.startswith("tenants:"))]


@pytest.mark.parametrize("text", documents(), ids=lambda text: text[:20])
def test_what_is_shipped_is_accepted(text: str) -> None:
    """The schema complains neither of the example nor of the README's configuration."""
    assert parse_good(text, CONTEXT).config.tenants


def readable_bad_files() -> Iterator[Any]:
    """Yield each bad file that is a document at all; of the others an editor complains without a schema."""
    for path in BAD:
        place = Place()
        try:
            tree = read_document(path.read_text(encoding="utf-8"), place)
        except ConfigurationError:
            continue
        if not place.problems:
            yield pytest.param(path, tree, id=path.stem)


def is_told(place: str, told: set[str]) -> bool:
    """Return whether one of the places ``told`` is this one, a part of it, or what it is a part of."""
    return any(place == other or is_within(place, other) or is_within(other, place) for other in told)


def is_within(place: str, other: str) -> bool:
    return not other or place.startswith((f"{other}.", f"{other}["))


@pytest.mark.parametrize(("path", "tree"), [*readable_bad_files()])
def test_what_is_bad_is_refused(path: Path, tree: Any, context: Context) -> None:
    """The schema complains of each place of a bad file that the parser refuses, but for what it cannot say."""
    with pytest.raises(ConfigurationError) as caught:
        parse(path.read_text(encoding="utf-8"), context)
    told = complaints(tree)
    places = {problem.place for problem in caught.value.problems}
    assert BEYOND.get(path.stem, set()) == {place for place in places if not is_told(place, told)}
