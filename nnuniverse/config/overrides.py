"""Dotted overrides on the command line, ``train.learning_rate=0.05``."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence

from nnuniverse.config.yaml_reader import read_yaml
from nnuniverse.errors import ConfigError

MAX_PARTS = 20
"""Parts of a dotted key; no config is as deep."""


def apply_overrides(mapping: dict[str, object], overrides: Iterable[str]) -> dict[str, object]:
    """Return ``mapping`` with every ``dotted.key=value`` set; values are YAML, never code.

    Whether a key exists and a value fits is for the model to say.  Raises ConfigError for an
    override that is not of that form.

    ``overrides``: ``dotted.key=value`` each.
    """
    result = copy.deepcopy(mapping)
    for override in overrides:
        set_key(result, *parse_override(override))
    return result


def parse_override(override: str) -> tuple[list[str], object]:
    """Return the parts of the key and the value; raises ConfigError if it has no such form.

    ``override``: ``dotted.key=value``.

    >>> from nnuniverse.config.overrides import parse_override
    >>> parse_override("train.learning_rate=0.05")
    (['train', 'learning_rate'], 0.05)
    """
    key, equals, value = override.partition("=")
    parts = key.strip().split(".")
    if len(parts) > MAX_PARTS:
        raise ConfigError(f"`{key[:60]}...`", "be a known key", "is not", "`nnu config template`")
    if not equals or not all(parts):
        raise ConfigError(
            "an override",
            "look like KEY=VALUE with a dotted key",
            f"is {override!r}",
            "train.learning_rate=0.05",
        )
    return parts, read_yaml(value, f"the value of `{key.strip()}`")


def set_key(mapping: dict[str, object], parts: Sequence[str], value: object) -> None:
    """Set the key of these ``parts``, making the sections on the way that are not there.

    ``mapping``: the config as it stands; ``value``: of the key.
    """
    for part in parts[:-1]:
        child = mapping.get(part)
        if not isinstance(child, dict):
            child = mapping[part] = {}
        mapping = child
    mapping[parts[-1]] = value
