"""From a sweep file and overrides to a validated sweep."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from nnuniverse.config.load import read_mapping, validate
from nnuniverse.config.overrides import parse_override, set_key
from nnuniverse.config.sweep import SweepConfig
from nnuniverse.errors import ConfigError, must

SWEEP_HELP = "configs/sweeps/depth.yaml as an example"


def load_sweep(path: str | Path, overrides: Iterable[str] = ()) -> SweepConfig:
    """Read the sweep at ``path``, with its base written out; raises ConfigError.

    ``overrides``: of keys of the sweep itself, or else of its runs, which go to `set`.
    """
    path = Path(path)
    content = read_mapping(path, "SWEEP", SWEEP_HELP)
    for override in overrides:
        _apply(content, *parse_override(override))
    sweep = validate(SweepConfig, content, SWEEP_HELP)
    if isinstance(sweep.base, str):
        base = read_mapping(path.parent / sweep.base, "`base`", "the path of a config")
        sweep = sweep.model_copy(update={"base": base})
    return sweep


def _apply(content: dict[str, Any], parts: list[str], value: Any) -> None:
    if parts[0] in SweepConfig.model_fields:
        set_key(content, parts, value)
        return
    changed = content.setdefault("set", {})
    if not isinstance(changed, dict):
        raise ConfigError(must("`set`", "be a mapping", f"is {changed!r:.60}", SWEEP_HELP))
    changed[".".join(parts)] = value
