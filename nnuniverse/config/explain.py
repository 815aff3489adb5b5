"""What is wrong with a config, in one line that names the dotted key."""

from __future__ import annotations

import json
import re
from typing import get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from nnuniverse.errors import must, nearest


def explain(error: ValidationError, model: type[BaseModel], help_: str) -> str:
    """Return the one line that says what is wrong with the content of a ``model``.

    ``help_``: what to try where nothing nearer is known.

    ``error``: what pydantic found.
    """
    errors = _causes(error.errors(include_url=False), model)
    # An unknown key is usually the cause of what else is wrong.
    first = min(errors, key=lambda e: e["type"] != "extra_forbidden")
    keys = {_locate(one["loc"], model)[0] for one in errors}
    more = f" ({len(keys) - 1} more)" if len(keys) > 1 else ""
    return _explain_one(first, model, help_) + more


def _causes(errors: list[ErrorDetails], model: type[BaseModel]) -> list[ErrorDetails]:
    """Return ``errors`` without those of a whole whose part is wrong, too.

    Of a value that may be of several types, each type says what it is not.
    """
    keys = [_locate(one["loc"], model)[0] for one in errors]
    wholes = {key for key in keys if any(other.startswith(f"{key}.") for other in keys)}
    return [one for one, key in zip(errors, keys, strict=True) if key not in wholes]


def _explain_one(error: ErrorDetails, model: type[BaseModel], help_: str) -> str:
    key, section = _locate(error["loc"], model)
    if not key:
        return must("a key", "be readable text", "is not", help_)
    remedy = _default_remedy(key, section, help_)
    if error["type"] == "extra_forbidden":
        parent, _, last = key.rpartition(".")
        known = list(section.model_fields) if section else []
        close = nearest(last, known)[:1]
        guess = f"{parent}.{close[0]}" if parent and close else "".join(close)
        remedy = f"`{guess}`" if guess else "one of " + ", ".join(known)
        return must(f"`{key}`", "be a known key", "there is no such key", remedy)
    if error["type"] == "missing":
        in_list = any(part.isdigit() for part in key.split("."))  # out of reach of an override
        remedy = f"adding {key.rpartition('.')[2]}: VALUE" if in_list else f"{key}=VALUE"
        return must(f"`{key}`", "be given", "is missing", remedy)
    whole = error["msg"]  # "Input should be ...", "String should have ..."
    requirement = (whole.partition(" should ")[2] or whole).replace("a valid i", "an i")
    requirement = requirement.replace("valid ", "")
    if error["type"] == "value_error":
        requirement = str(error["ctx"]["error"])
    if error["type"] == "string_pattern_mismatch":
        requirement = f"match {error['ctx']['pattern']}"
    if error["type"] in ("model_type", "model_attributes_type", "dict_type"):
        requirement = "be a mapping"
    requirement = requirement.replace("a tuple", "a list")
    actual = f"is {_shown(error['input'])}"
    if error["type"] == "literal_error":
        remedy = _nearest_word(key, error["input"], error["ctx"]["expected"]) or remedy
    if error["type"].startswith("union_tag"):
        context = error.get("ctx", {})
        expected = context.get("expected_tags")
        requirement = f"be one of {expected}" if expected else "be given"
        key = f"{key}.{context['discriminator'].strip(chr(39))}"
        actual = f"is {context['tag']!r}" if expected else "is missing"
        remedy = _nearest_word(key, context.get("tag"), expected or "") or remedy
    return must(f"`{key}`", requirement, actual, remedy)


def _nearest_word(key: str, value: object, expected: str) -> str:
    """Return the remedy of a word that is near to one ``expected``, '' if none is."""
    if not isinstance(value, str):
        return ""
    near = nearest(value, re.findall(r"'([^']*)'", expected))[:1]
    in_list = any(part.isdigit() for part in key.split("."))  # out of reach of an override
    return "".join(one if in_list else f"{key}={one}" for one in near)


def _default_remedy(key: str, section: type[BaseModel] | None, help_: str) -> str:
    while key.rpartition(".")[2].isdigit():  # an item of a list
        key = key.rpartition(".")[0]
    field = section.model_fields.get(key.rpartition(".")[2]) if section else None
    if field is None or field.is_required() or isinstance(field.default, BaseModel):
        return help_
    default = field.get_default(call_default_factory=True)
    text = default if isinstance(default, str) else json.dumps(default, separators=(",", ":"))
    return f"{key}={text}"


def _shown(value: object) -> str:
    """Return the start of what a person has written."""
    try:
        text = json.dumps(value) if isinstance(value, tuple) else repr(value)
    except (ValueError, TypeError, RecursionError):  # a number of thousands of digits, say
        text = f"a {type(value).__name__}"
    return text if len(text) <= 80 else text[:77] + "..."


def _locate(
    location: tuple[int | str, ...], model: type[BaseModel]
) -> tuple[str, type[BaseModel] | None]:
    """Return the dotted key of a pydantic location in ``model``, and the section it lies in.

    Between the keys, pydantic puts the tag of a discriminated union, the type tried of a plain
    one, and a mark for a bad key of a mapping; none of them is a key of the user's.
    """
    names: list[str] = []
    section: type[BaseModel] | None = model
    holder = section
    below: dict[str | None, type[BaseModel]] = {}
    free_key = False
    for part in location:
        if free_key:
            names.append(str(part))
            free_key = False
        elif part in below:
            section = below[str(part)]
            below = {}
        elif part == "[key]":
            continue
        elif isinstance(part, int):
            names.append(str(part))
        elif section is not None:
            section = below.get(None, section)
            holder = section
            names.append(part)
            field = section.model_fields.get(part)
            below = _sections(field.annotation) if field else {}
            free_key = field is not None and get_origin(field.annotation) is dict
            if field and not below:
                section = None
    return ".".join(names), holder


def _sections(annotation: object) -> dict[str | None, type[BaseModel]]:
    """Return the sections in an annotation: by tag in a union, under None if there is one only."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return {None: annotation}
    members = [found for arg in get_args(annotation) for found in _sections(arg).values()]
    tagged: dict[str | None, type[BaseModel]] = {
        tag: member for member in members for tag in _tags(member)
    }
    if len(members) == 1 and not tagged:
        return {None: members[0]}
    return tagged


def _tags(section: type[BaseModel]) -> tuple[str, ...]:
    """Return the values of the key that tells the sections of a union apart, their first."""
    first = next(iter(section.model_fields.values()))
    return get_args(first.annotation)
