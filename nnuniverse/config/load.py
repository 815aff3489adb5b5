"""From a YAML file and overrides to a validated config, or one line that says what is wrong."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from nnuniverse.config.overrides import apply_overrides
from nnuniverse.config.run import RunConfig
from nnuniverse.config.yaml_reader import MAX_CHARACTERS, read_yaml
from nnuniverse.errors import ConfigError, must


def load_config(path: str | Path, overrides: Iterable[str] = ()) -> RunConfig:
    """Read the config at ``path``, apply dotted ``overrides`` and validate the result.

    Raises ConfigError, in one line that names the dotted key.
    """
    try:
        with Path(path).open(encoding="utf-8") as file:
            text = file.read(MAX_CHARACTERS + 1)  # enough to see that it is too long
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not UTF-8 text"
        raise ConfigError(
            must(
                f"CONFIG {str(path)!r}", "be a readable file", f"{reason}", "`nnu config template`"
            )
        ) from None
    return parse_config(read_yaml(text, f"CONFIG {str(path)!r}"), overrides)


def parse_config(mapping: Any, overrides: Iterable[str] = ()) -> RunConfig:
    """Validate ``mapping`` after applying dotted ``overrides``; raises ConfigError."""
    mapping = {} if mapping is None else mapping
    if not isinstance(mapping, dict):
        raise ConfigError(
            must("a config", "be a mapping of keys", f"is {mapping!r:.60}", "`nnu config template`")
        )
    mapping = apply_overrides(mapping, overrides)
    try:
        return RunConfig.model_validate(_tuples(_with_default_kinds(mapping, RunConfig)))
    except ValidationError as error:
        raise ConfigError(_explain(error)) from None
    except RecursionError:
        raise ConfigError(
            must("a config", "be plain data", "nests too deeply", "`nnu config template`")
        ) from None


def _tuples(value: Any) -> Any:
    """Return ``value`` with tuples for its lists: the models are strict, and do not change."""
    if isinstance(value, dict):
        return {key: _tuples(item) for key, item in value.items()}
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def _with_default_kinds(mapping: dict[str, Any], section: type[BaseModel]) -> dict[str, Any]:
    """Let `network: {hidden: [60]}` mean the default kind of network."""
    filled = dict(mapping)
    for name, field in section.model_fields.items():
        if isinstance(field.default, BaseModel) and isinstance(filled.get(name), dict):
            kind = getattr(field.default, "kind", None)
            if kind is not None:
                filled[name] = {"kind": kind, **filled[name]}
            filled[name] = _with_default_kinds(filled[name], type(field.default))
    return filled


def _explain(error: ValidationError) -> str:
    errors = error.errors(include_url=False)
    # An unknown key is usually the cause of what else is wrong.
    first = min(errors, key=lambda e: e["type"] != "extra_forbidden")
    more = f" ({len(errors) - 1} more)" if len(errors) > 1 else ""
    return _explain_one(first) + more


def _explain_one(error: ErrorDetails) -> str:
    key, section = _locate(error["loc"])
    if not key:
        return must("a key", "be readable text", "is not", "`nnu config template`")
    remedy = _default_remedy(key, section)
    if error["type"] == "extra_forbidden":
        parent, _, last = key.rpartition(".")
        known = list(section.model_fields) if section else []
        close = difflib.get_close_matches(last, known, n=1)
        guess = f"{parent}.{close[0]}" if parent and close else "".join(close)
        remedy = f"`{guess}`" if guess else "one of " + ", ".join(known)
        return must(f"`{key}`", "be a known key", "there is no such key", remedy)
    if error["type"] == "missing":
        in_list = any(part.isdigit() for part in key.split("."))  # out of reach of an override
        remedy = f"adding {key.rpartition('.')[2]}: VALUE" if in_list else f"{key}=VALUE"
        return must(f"`{key}`", "be given", "is missing", remedy)
    requirement = error["msg"].removeprefix("Input should ").replace("a valid i", "an i")
    requirement = requirement.replace("valid ", "")
    if error["type"] == "string_pattern_mismatch":
        requirement = f"match {error['ctx']['pattern']}"
    if error["type"] in ("model_type", "model_attributes_type"):
        requirement = "be a mapping"
    requirement = requirement.replace("a tuple", "a list")
    actual = f"is {_shown(error['input'])}"
    if error["type"].startswith("union_tag"):
        context = error.get("ctx", {})
        expected = context.get("expected_tags")
        requirement = f"be one of {expected}" if expected else "be given"
        key = f"{key}.{context['discriminator'].strip(chr(39))}"
        actual = f"is {context['tag']!r}" if expected else "is missing"
    return must(f"`{key}`", requirement, actual, remedy)


def _default_remedy(key: str, section: type[BaseModel] | None) -> str:
    while key.rpartition(".")[2].isdigit():  # an item of a list
        key = key.rpartition(".")[0]
    field = section.model_fields.get(key.rpartition(".")[2]) if section else None
    if field is None or field.is_required() or isinstance(field.default, BaseModel):
        return "`nnu config template`"
    default = field.default
    text = default if isinstance(default, str) else json.dumps(default, separators=(",", ":"))
    return f"{key}={text}"


def _shown(value: Any) -> str:
    """Return the start of what a person has written."""
    try:
        text = json.dumps(value) if isinstance(value, tuple) else repr(value)
    except (ValueError, TypeError, RecursionError):  # a number of thousands of digits, say
        text = f"a {type(value).__name__}"
    return text if len(text) <= 80 else text[:77] + "..."


def _locate(location: tuple[int | str, ...]) -> tuple[str, type[BaseModel] | None]:
    """Return the dotted key of a pydantic location, and the section that it lies in.

    Between the keys, pydantic puts the tag of a discriminated union and the type tried of a plain
    one; neither is a key of the user's.
    """
    names: list[str] = []
    section: type[BaseModel] | None = RunConfig
    holder = section
    below: dict[str | None, type[BaseModel]] = {}
    for part in location:
        if part in below:
            section = below[str(part)]
            below = {}
        elif isinstance(part, int):
            names.append(str(part))
        elif section is not None:
            section = below.get(None, section)
            holder = section
            names.append(part)
            field = section.model_fields.get(part)
            below = _sections(field.annotation) if field else {}
            if field and not below:
                section = None
    return ".".join(names), holder


def _sections(annotation: Any) -> dict[str | None, type[BaseModel]]:
    """Return the sections in an annotation: by tag in a union, under None if there is one only."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return {None: annotation}
    members = [found for arg in get_args(annotation) for found in _sections(arg).values()]
    return {tag: member for member in members for tag in _tags(member)}


def _tags(section: type[BaseModel]) -> tuple[str, ...]:
    """Return the values of the key that tells the sections of a union apart, their first."""
    first = next(iter(section.model_fields.values()))
    return get_args(first.annotation)
