"""Configs to read: the effective one, a commented template, a JSON Schema for editors."""

from __future__ import annotations

from typing import get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from nnuniverse.config.examples import example_of
from nnuniverse.config.keys import choices_of, installed_names, sections_in
from nnuniverse.config.model import ConfigModel
from nnuniverse.config.run import RunConfig
from nnuniverse.config.yaml_reader import write_yaml


def config_yaml(config: ConfigModel) -> str:
    """Return a complete effective config or sweep as YAML, every default filled in."""
    return write_yaml(config.model_dump(mode="json"))


def config_schema() -> dict[str, object]:
    """Return the JSON Schema (draft 2020-12) of a config, which editors use to complete keys."""
    schema = RunConfig.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def config_template(*, alternatives: bool = False) -> str:
    """Return a valid config that holds every key at its default, each with a comment.

    ``alternatives``: whether what may stand in the place of a section follows it as a comment, and
    the words that a key may have follow its own.  Where a key has no default there is an example.
    """
    whose = "All keys are optional; these are their defaults."
    lines = [f"# {_first_line(RunConfig.__doc__)}  {whose}"]
    if alternatives:
        lines += ["# What begins with `or:` may stand instead of what is before it, without its #."]
    return "\n".join([*lines, *_section_lines(RunConfig(), 0, alternatives)]) + "\n"


def _section_lines(section: BaseModel, depth: int, alternatives: bool) -> list[str]:
    indent = "  " * depth
    lines = []
    for name, field in type(section).model_fields.items():
        value = getattr(section, name)
        if isinstance(value, ConfigModel):
            lines += [f"{indent}{name}:  # {_first_line(field.description or type(value).__doc__)}"]
            lines += _section_lines(value, depth + 1, alternatives)
        else:
            text = write_yaml(section.model_dump(mode="json")[name], flow=True).splitlines()[0]
            comment = _comment(field, alternatives)
            lines.append(f"{indent}{name}: {text}" + (f"  # {comment}" if comment else ""))
        if alternatives:
            lines += [f"{indent}# {line}" for line in _alternative_lines(name, field, value)]
    return lines


def _comment(field: FieldInfo, alternatives: bool) -> str:
    """Return what a key is; with ``alternatives`` also its words, or that it needs a value.

    And which names installed packages declare for it.
    """
    words = choices_of(field.annotation)
    parts = [_first_line(field.description)]
    if alternatives and len(words) > 1:
        parts.append(f"[{' | '.join(words)}]")
    elif alternatives and field.is_required() and not words:
        parts.append("(needed)")
    if theirs := installed_names(field):
        parts.append(f"[also {', '.join(map(str, theirs))}]")
    return "  ".join(filter(None, parts))


def _alternative_lines(name: str, field: FieldInfo, value: object) -> list[str]:
    """Return what may stand in the place of a key: other sections, or a list with one in it."""
    lines = []
    in_list = get_origin(field.annotation) is tuple
    for member in sections_in(field.annotation):
        if isinstance(value, member):
            continue
        lines.append(f"{name}:  # or: {_first_line(member.__doc__)}")
        inside = _section_lines(example_of(member), 2 if in_list else 1, alternatives=True)
        if in_list:
            inside[0] = inside[0].replace("    ", "  - ", 1)
        lines += inside
    return lines


def _first_line(text: str | None) -> str:
    return (text or "").strip().partition("\n")[0]
