"""Valid values for keys that have no default, made up from what the models ask of them."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from nnuniverse.config.model import ConfigModel

Model = TypeVar("Model", bound=ConfigModel)

Schema = dict[str, Any]
"""A part of a JSON Schema, whose values are of many types."""


def example_of(model: type[Model]) -> Model:
    """Return a section with every key at its default, and an example where there is none.

    ``model``: of the section.
    """
    schema = model.model_json_schema()
    definitions, keys = schema.get("$defs", {}), schema["properties"]
    required = {name: _example(name, keys[name], definitions) for name in _required(schema)}
    return model.model_validate_json(json.dumps(required))


def _required(schema: Schema) -> list[str]:
    return list(schema.get("required", ()))


def _example(name: str, schema: Schema, definitions: Schema) -> object:
    """Return a value that ``schema``, of the key ``name``, allows."""
    if "$ref" in schema:
        schema = definitions[schema["$ref"].rpartition("/")[2]]
    for key in ("examples", "enum"):
        if key in schema:
            return schema[key][0]
    if "const" in schema:
        return schema["const"]
    for key in ("oneOf", "anyOf"):
        if key in schema:
            real = next(one for one in schema[key] if one.get("type") != "null")
            return _example(name, real, definitions)
    if schema["type"] == "object":
        inside = schema.get("properties", {})
        return {key: _example(key, inside[key], definitions) for key in _required(schema)}
    if schema["type"] == "array":
        return _list(name, schema, definitions)
    if schema["type"] in ("integer", "number"):
        return _number(schema)
    return False if schema["type"] == "boolean" else name.upper()


def _list(name: str, schema: Schema, definitions: Schema) -> list[object]:
    if "prefixItems" in schema:
        return [_example(name, item, definitions) for item in schema["prefixItems"]]
    return [_example(name, schema["items"], definitions)] * max(1, schema.get("minItems", 1))


def _number(schema: Schema) -> int | float:
    """Return one, or what is nearest to it in the range that ``schema`` allows."""
    low = max(schema.get("minimum", -1), schema.get("exclusiveMinimum", -1))
    high = min(schema.get("maximum", 10**9), schema.get("exclusiveMaximum", 10**9))
    if schema["type"] == "integer":
        return max(1, int(low) + (low == schema.get("exclusiveMinimum")))
    return 1.0 if low < 1.0 < high else (low + high) / 2
