"""The configuration of a run: YAML in, validated pydantic models out.  No JAX here."""

from nnuniverse.config.keys import (
    config_choices,
    config_default,
    config_descriptions,
    config_keys,
    config_values,
    flattened,
)
from nnuniverse.config.load import load_config, parse_config
from nnuniverse.config.load_sweep import load_sweep, parse_sweep
from nnuniverse.config.paths import path_keys
from nnuniverse.config.resuming import require_changeable
from nnuniverse.config.run import RunConfig
from nnuniverse.config.sweep import SweepConfig
from nnuniverse.config.template import config_schema, config_template, config_yaml

__all__ = [
    "RunConfig",
    "SweepConfig",
    "config_choices",
    "config_default",
    "config_descriptions",
    "config_keys",
    "config_schema",
    "config_template",
    "config_values",
    "config_yaml",
    "flattened",
    "load_config",
    "load_sweep",
    "parse_config",
    "parse_sweep",
    "path_keys",
    "require_changeable",
]
