"""Configs to read: the effective one, a commented template, a JSON Schema for editors."""

from __future__ import annotations

from pydantic import BaseModel

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


def config_template() -> str:
    """Return a valid config that holds every key at its default, each with a comment."""
    lines = [f"# {RunConfig.__doc__}  All keys are optional; these are their defaults."]
    return "\n".join([*lines, *_section_lines(RunConfig(), 0)]) + "\n"


def _section_lines(section: BaseModel, depth: int) -> list[str]:
    indent = "  " * depth
    lines = []
    for name, field in type(section).model_fields.items():
        value = getattr(section, name)
        comment = field.description
        if isinstance(value, ConfigModel):
            lines += [f"{indent}{name}:  # {comment or type(value).__doc__}"]
            lines += _section_lines(value, depth + 1)
        else:
            text = write_yaml(section.model_dump(mode="json")[name], flow=True).splitlines()[0]
            lines.append(f"{indent}{name}: {text}" + (f"  # {comment}" if comment else ""))
    return lines
