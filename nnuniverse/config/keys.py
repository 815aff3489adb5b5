"""The dotted keys of a config."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from nnuniverse.config.model import ConfigModel, NamesExtension
from nnuniverse.config.run import RunConfig
from nnuniverse.extensions import DeclaredName, installed


@cache
def config_keys() -> tuple[str, ...]:
    """Return every dotted key that some config has a value at; a list counts as one value."""
    return tuple(dict.fromkeys(key for key, _ in config_fields()))


def config_default(key: str) -> object:
    """Return the default of a dotted key, None if it has none."""
    for known, field in config_fields():
        if known == key and not field.is_required():
            return field.get_default()
    return None


def config_fields() -> Iterator[tuple[str, FieldInfo]]:
    """Yield every dotted key with its declaration; one that several kinds have, several times."""
    yield from _fields(RunConfig, "")


def config_descriptions() -> dict[str, str]:
    """Return what every dotted key is, by key; of one that several kinds have, the first's."""
    described: dict[str, str] = {}
    for key, field in config_fields():
        described.setdefault(key, field.description or "")
    return described


def config_choices(key: str) -> tuple[str, ...]:
    """Return the words that a dotted key may have as its value, as YAML writes them."""
    fields = [field for known, field in config_fields() if known == key]
    ours = [word for field in fields for word in choices_of(field.annotation)]
    theirs = [one.name for field in fields for one in installed_names(field)]
    return tuple(dict.fromkeys([*ours, *theirs]))


def choices_of(annotation: object) -> tuple[str, ...]:
    """Return the words among the values that ``annotation`` allows, other than in a list."""
    if annotation is bool:
        return ("true", "false")
    if annotation is type(None):
        return ("null",)
    if get_origin(annotation) is Literal:
        return tuple(str(value) for value in get_args(annotation))
    if get_origin(annotation) is tuple:
        return ()
    return tuple(word for argument in get_args(annotation) for word in choices_of(argument))


def installed_names(field: FieldInfo) -> list[DeclaredName]:
    """Return what installed packages declare that a key may have as its value.

    ``field``: its declaration.
    """
    marks = [*field.metadata, *_marks(field.annotation)]
    groups = {mark.group for mark in marks if isinstance(mark, NamesExtension)}
    return [one for group in sorted(groups) for one in installed(group).values()]


def _marks(annotation: object) -> list[object]:
    """Return what the parts of an ``annotation`` are marked with."""
    below = [mark for part in get_args(annotation) for mark in _marks(part)]
    return [*getattr(annotation, "__metadata__", ()), *below]


def config_values(config: RunConfig) -> dict[str, object]:
    """Return the values of ``config`` by dotted key, as plain data."""
    return flattened(config.model_dump(mode="json"))


def flattened(mapping: dict[str, object]) -> dict[str, object]:
    """Return the values of nested mappings by dotted key.

    ``mapping``: sections in sections.
    """
    return dict(_values(mapping, ""))


def _fields(section: type[BaseModel], prefix: str) -> Iterator[tuple[str, FieldInfo]]:
    for name, field in section.model_fields.items():
        below = _sections(field.annotation)
        if not below or type(None) in get_args(field.annotation):
            yield prefix + name, field
        for member in below:
            yield from _fields(member, f"{prefix}{name}.")


def sections_in(annotation: object) -> list[type[ConfigModel]]:
    """Return the sections that a value of this ``annotation`` may be, or may be a list of."""
    if isinstance(annotation, type) and issubclass(annotation, ConfigModel):
        return [annotation]
    return [section for part in get_args(annotation) for section in sections_in(part)]


def _sections(annotation: object) -> list[type[ConfigModel]]:
    """Return the sections that a value of this ``annotation`` may be, other than in a list."""
    if get_origin(annotation) is tuple:
        return []
    if isinstance(annotation, type):
        return sections_in(annotation)
    return [section for part in get_args(annotation) for section in _sections(part)]


def _values(mapping: dict[str, object], prefix: str) -> Iterator[tuple[str, object]]:
    for key, value in mapping.items():
        if isinstance(value, dict):
            yield from _values(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value
