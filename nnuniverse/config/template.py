"""Configs to read: the effective one, a commented template, a JSON Schema for editors."""

from __future__ import annotations

from typing import Any

import yaml
from pydantic import BaseModel

from nnuniverse.config.run import RunConfig
from nnuniverse.config.section import Section


def config_yaml(config: RunConfig) -> str:
    """Return the complete effective config as YAML, every default filled in."""
    text: str = yaml.safe_dump(
        config.model_dump(mode="json"), sort_keys=False, default_flow_style=None
    )
    return text


def config_schema() -> dict[str, Any]:
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
        if isinstance(value, Section):
            lines += [f"{indent}{name}:  # {comment or type(value).__doc__}"]
            lines += _section_lines(value, depth + 1)
        else:
            text = yaml.safe_dump(
                section.model_dump(mode="json")[name], default_flow_style=True
            ).splitlines()[0]
            lines.append(f"{indent}{name}: {text}" + (f"  # {comment}" if comment else ""))
    return lines
