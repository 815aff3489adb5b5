"""The configuration of a run: YAML in, validated pydantic models out.  No JAX here."""

from nnuniverse.config.keys import config_keys, config_values
from nnuniverse.config.load import load_config, parse_config
from nnuniverse.config.run import RunConfig
from nnuniverse.config.template import config_schema, config_template, config_yaml

__all__ = [
    "RunConfig",
    "config_keys",
    "config_schema",
    "config_template",
    "config_values",
    "config_yaml",
    "load_config",
    "parse_config",
]
