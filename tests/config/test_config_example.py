import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from exporter.collectors import COLLECTORS, DEFAULT_COLLECTORS
from exporter.commands.assembly import CATALOGUE
from exporter.config.context import Context
from exporter.config.document import Tree, read_document
from exporter.config.group import Group, Key
from exporter.config.keys import root_group
from exporter.config.keys import tenant_group as group_of_tenant
from exporter.config.parse import parse
from exporter.config.place import Place
from exporter.config.settings import Config, OAuthCredentials, SignedCredentials, Tenant

CONTEXT = Context(
    CATALOGUE.collectors, CATALOGUE.default_collectors, lambda _source: pytest.fail("nothing is read here")
)


def walk(group: Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Key]]:
    for key in group.keys:
        yield (*path, key.name), key
        if isinstance(key.kind, Group) and key.name != "defaults":
            yield from walk(key.kind, (*path, key.name))


KEYS = [*walk(root_group(CONTEXT)), *walk(group_of_tenant(CONTEXT), ("tenants",))]


def value_at(tree: Tree, path: tuple[str, ...]) -> Tree:
    for name in path:
        assert isinstance(tree, dict)
        tree = tree[name]
        if name == "tenants":
            assert isinstance(tree, list)
            tree = tree[0]
    return tree


def comment_above(text: str, name: str) -> str:
    """Return the comment above the first line that gives a key, without its line breaks."""
    match = re.search(rf"((?:^ *#.*\n)+) *(?:- |# )?{name}:", text, re.MULTILINE)
    assert match, f"{name} has no comment above it"
    return " ".join(match[1].replace("#", " ").split())


def test_example_loads(example: Path, context: Context) -> None:
    """The example is a good configuration as it stands, its secrets aside, and all its values are the defaults."""
    context = replace(context, collectors=CONTEXT.collectors, default_collectors=CONTEXT.default_collectors)
    loaded = parse(example.read_text(encoding="utf-8"), context)
    acme, globex = loaded.config.tenants
    assert Tenant("acme", "https://eu-api.mimecast.com", acme.credentials, DEFAULT_COLLECTORS) == acme
    assert Tenant("globex", "https://api.services.mimecast.com", globex.credentials, DEFAULT_COLLECTORS) == globex
    assert Config((acme, globex)) == loaded.config
    assert isinstance(acme.credentials, SignedCredentials)
    assert isinstance(globex.credentials, OAuthCredentials)
    assert loaded.warnings == ()


@pytest.mark.parametrize(("path", "key"), KEYS, ids=[".".join(path) for path, _ in KEYS])
def test_example_shows_key(path: tuple[str, ...], key: Key, example: Path) -> None:
    """The example shows each key with its default, and above it a comment with what may be written."""
    text = example.read_text(encoding="utf-8")
    shown = value_at(read_document(text.replace("# base_url:", "base_url:"), Place()), path)
    needed = {"tenants", "name", "region", "base_url", "credentials"}
    if isinstance(key.kind, Group):
        assert isinstance(shown, dict)
    elif key.name not in needed:
        assert key.default == shown
    if not isinstance(key.kind, Group) and key.name != "tenants":
        assert key.kind.expected.lower() in comment_above(text, key.name).lower()


def test_example_is_short_enough_to_read(example: Path) -> None:
    """No line of the example is longer than 120 characters."""
    assert max(map(len, example.read_text(encoding="utf-8").splitlines())) <= 120


def test_example_names_every_collector(example: Path) -> None:
    """The comment above the collectors, and the list itself, name all that there are."""
    text = example.read_text(encoding="utf-8")
    shown = comment_above(text, "collectors") + " ".join(DEFAULT_COLLECTORS)
    assert [] == [collector.name for collector in COLLECTORS if collector.name not in shown]
