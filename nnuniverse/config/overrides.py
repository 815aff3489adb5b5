"""Dotted overrides on the command line, ``train.learning_rate=0.05``."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any

from nnuniverse.config.yaml_reader import read_yaml
from nnuniverse.errors import ConfigError, must

MAX_PARTS = 20
"""Parts of a dotted key; no config is as deep."""


def apply_overrides(mapping: dict[str, Any], overrides: Iterable[str]) -> dict[str, Any]:
    """Return ``mapping`` with every ``dotted.key=value`` set; values are YAML, never code.

    Whether a key exists and a value fits is for the model to say.  Raises ConfigError for an
    override that is not of that form.
    """
    result = copy.deepcopy(mapping)
    for override in overrides:
        key, equals, value = override.partition("=")
        parts = key.strip().split(".")
        if len(parts) > MAX_PARTS:
            raise ConfigError(
                must(f"`{key[:60]}...`", "be a known key", "is not", "`nnu config template`")
            )
        if not equals or not all(parts):
            raise ConfigError(
                must(
                    "an override",
                    "look like KEY=VALUE with a dotted key",
                    f"is {override!r}",
                    "train.learning_rate=0.05",
                )
            )
        target = result
        for part in parts[:-1]:
            child = target.get(part)
            if not isinstance(child, dict):
                child = target[part] = {}
            target = child
        target[parts[-1]] = read_yaml(value, f"the value of `{key.strip()}`")
    return result
