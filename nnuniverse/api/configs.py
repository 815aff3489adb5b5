"""Configs from what a user of Python has: a file, a mapping, or a model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from nnuniverse.config import (
    RunConfig,
    SweepConfig,
    load_config,
    load_sweep,
    parse_config,
    parse_sweep,
)

ConfigLike = RunConfig | Mapping[str, object] | str | Path
SweepLike = SweepConfig | Mapping[str, object] | str | Path


def run_config(config: ConfigLike, overrides: Iterable[str] = ()) -> RunConfig:
    """Return the config of a run; paths in what is no file start at the current folder.

    Raises ConfigError.

    ``overrides``: ``dotted.key=value`` each.
    """
    if isinstance(config, str | Path):
        return load_config(config, overrides)
    mapping = config.model_dump(mode="json") if isinstance(config, RunConfig) else dict(config)
    return parse_config(mapping, overrides)


def sweep_config(config: SweepLike, overrides: Iterable[str] = ()) -> SweepConfig:
    """Return the config of a sweep, as `run_config` does of a run.

    ``overrides``: ``dotted.key=value`` each.
    """
    if isinstance(config, str | Path):
        return load_sweep(config, overrides)
    mapping = config.model_dump(mode="json") if isinstance(config, SweepConfig) else dict(config)
    return parse_sweep(mapping, overrides)
