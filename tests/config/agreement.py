"""What the schema that is installed says of a configuration, to hold it against what the parser says."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from exporter.config import schema
from exporter.config.context import Context, Loaded
from exporter.config.document import read_document
from exporter.config.parse import parse
from exporter.config.place import Place

SCHEMA = Path(schema.__file__).with_name("schema.json")
_VALIDATOR = Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def complaints(tree: Any) -> set[str]:
    """Return the places of which the schema complains, as the parser writes places."""
    return {place.path for error in _VALIDATOR.iter_errors(tree) for place in _places(error)}


def _places(error: Any) -> Iterator[Place]:  # a ValidationError whose attributes may be unset, as its types have it
    place = Place()
    for step in error.absolute_path:
        place = place.item(step) if isinstance(step, int) else place.key(step)
    match error.validator:
        case "required":
            yield from (place.key(name) for name in error.validator_value if name not in error.instance)
        case "additionalProperties":
            yield from (place.key(name) for name in error.instance if name not in error.schema["properties"])
        case _:
            yield place


def parse_good(text: str, context: Context) -> Loaded:
    """Return what a good configuration is read into, of which the schema must complain nowhere."""
    assert set() == complaints(read_document(text, Place()))
    return parse(text, context)
