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
    if parts[0] not in SweepConfig.model_fields:
        parts = ["set", *parts]
    first, *rest = parts
    if rest:
        section = _mapping(content, first)
        # Keys of these two are dotted themselves.
        rest = [".".join(rest)] if first == "set" else rest
        rest = _axis_parts(section, rest) if first == "axes" else rest
    set_key(content, [first, *rest], value)


def _mapping(content: dict[str, Any], section: str) -> dict[str, Any]:
    """Return a section whose keys an override may set."""
    found = content.setdefault(section, {})
    if not isinstance(found, dict):
        raise ConfigError(must(f"`{section}`", "be a mapping", f"is {found!r:.60}", SWEEP_HELP))
    return found


def _axis_parts(axes: dict[str, Any], parts: list[str]) -> list[str]:
    """Return ``parts`` with those of the name of an axis, itself a dotted key, as one."""
    for end in range(len(parts), 0, -1):
        name = ".".join(parts[:end])
        if name in axes:
            return [name, *parts[end:]]
    return [".".join(parts)]
