"""From a sweep file and overrides to a validated sweep."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from pathlib import Path

from nnuniverse.config.load import mapping_or_raise, read_mapping, validate
from nnuniverse.config.overrides import parse_override, set_key
from nnuniverse.config.paths import with_absolute_path, with_absolute_paths
from nnuniverse.config.run import RunConfig
from nnuniverse.config.sweep import AxisConfig, Choice, RandomAxis, SweepConfig, ValuesAxis, ZipAxis
from nnuniverse.errors import ConfigError

SWEEP_HELP = "configs/sweeps/depth.yaml as an example"


def load_sweep(
    path: str | Path, overrides: Iterable[str] = (), relative_to: Path | None = None
) -> SweepConfig:
    """Read the sweep at ``path``, with its base and all paths written out.

    ``path``: of a YAML file.  ``overrides``: of keys of the sweep itself, or else of its runs,
    which go to `set`.  ``relative_to``: where paths in the sweep's own file start; None: at its
    folder.  Other relative paths start at the folder of the file that names them, those of the
    overrides at the current one.

    Returns a `SweepConfig`, which `nnuniverse.sweep` takes.  Raises ConfigError, in one line that
    names the key.

    >>> quick = nnuniverse.load_sweep("configs/sweeps/quick.yaml", ["seeds=5"])
    >>> sorted(quick.axes), quick.seeds
    (['depth', 'train.learning_rate'], 5)
    """
    path = Path(path)
    content = read_mapping(path, "SWEEP", SWEEP_HELP)
    _require_no_config(content, path)
    folder = path.parent if relative_to is None else relative_to
    return _parse(content, overrides, path.parent, folder)


def parse_sweep(mapping: object, overrides: Iterable[str] = ()) -> SweepConfig:
    """Return the sweep that a mapping describes, as `load_sweep` does that of a file.

    ``mapping``: with ``name``, ``base``, a config or the path of one, and ``axes``; see
    docs/sweeps.md.  ``overrides``: ``dotted.key=value`` each, of the sweep or of its runs.

    All relative paths start at the current folder.  Returns a `SweepConfig`, which
    `nnuniverse.sweep` takes.  Raises ConfigError, in one line that names the key.

    >>> rates = {"kind": "values", "values": [0.1, 0.2]}
    >>> sweep = nnuniverse.parse_sweep(
    ...     {"name": "rates", "base": {}, "axes": {"train.learning_rate": rates}}, ["seeds=5"]
    ... )
    >>> sweep.axes["train.learning_rate"].values, sweep.seeds
    ((0.1, 0.2), 5)
    """
    return _parse(deepcopy(mapping_or_raise(mapping)), overrides, Path(), Path())


def _parse(
    content: dict[str, object], overrides: Iterable[str], base_folder: Path, folder: Path
) -> SweepConfig:
    """Return a sweep whose base lies relative to ``base_folder``, other paths to ``folder``."""
    for override in overrides:
        _apply(content, *parse_override(override))
    sweep = validate(SweepConfig, content, SWEEP_HELP)
    base = sweep.base
    if isinstance(base, str):
        named = base_folder / base
        base = read_mapping(named, "`base`", "the path of a config")
        base = with_absolute_paths(base, named.parent)
    return sweep.model_copy(
        update={
            "base": with_absolute_paths(base, folder),
            "set": {key: with_absolute_path(of, folder, key) for key, of in sweep.set.items()},
            "axes": {name: _with_paths(axis, name, folder) for name, axis in sweep.axes.items()},
        }
    )


def _require_no_config(content: dict[str, object], path: Path) -> None:
    """Raise ConfigError if ``content`` has keys of a run's config, and none of a sweep's alone."""
    of_sweep = SweepConfig.model_fields.keys() - RunConfig.model_fields.keys()
    of_run = RunConfig.model_fields.keys() - SweepConfig.model_fields.keys()
    if content.keys() & of_run and not content.keys() & of_sweep:
        actual, remedy = (
            "is the config of a run",
            f"`nnu train {path}`, or `base: {path}` in a sweep",
        )
        raise ConfigError(f"SWEEP {str(path)!r}", "be a sweep", actual, remedy)


def _with_paths(axis: AxisConfig, name: str, folder: Path) -> AxisConfig:
    """Return ``axis`` with the paths among its values absolute."""

    def absolute(key: str, values: tuple[object, ...]) -> tuple[object, ...]:
        return tuple(with_absolute_path(value, folder, key) for value in values)

    if isinstance(axis, ValuesAxis):
        return axis.model_copy(update={"values": absolute(axis.key or name, axis.values)})
    if isinstance(axis, ZipAxis):
        keys = {key: absolute(key, values) for key, values in axis.keys.items()}
        return axis.model_copy(update={"keys": keys})
    if isinstance(axis, RandomAxis):
        choices = {
            key: drawn.model_copy(update={"values": absolute(key, drawn.values)})
            for key, drawn in axis.keys.items()
            if isinstance(drawn, Choice)
        }
        return axis.model_copy(update={"keys": {**axis.keys, **choices}})
    return axis


def _apply(content: dict[str, object], parts: list[str], value: object) -> None:
    if parts[0] not in SweepConfig.model_fields:
        value = with_absolute_path(value, Path(), ".".join(parts))
        parts = ["set", *parts]
    first, *rest = parts
    if rest:
        section = _mapping(content, first)
        # Keys of these two are dotted themselves.
        rest = [".".join(rest)] if first == "set" else rest
        rest = _axis_parts(section, rest) if first == "axes" else rest
    set_key(content, [first, *rest], value)


def _mapping(content: dict[str, object], section: str) -> dict[str, object]:
    """Return a section whose keys an override may set."""
    found = content.setdefault(section, {})
    if not isinstance(found, dict):
        raise ConfigError(f"`{section}`", "be a mapping", f"is {found!r:.60}", SWEEP_HELP)
    return found


def _axis_parts(axes: dict[str, object], parts: list[str]) -> list[str]:
    """Return ``parts`` with those of the name of an axis, itself a dotted key, as one."""
    for end in range(len(parts), 0, -1):
        name = ".".join(parts[:end])
        if name in axes:
            return [name, *parts[end:]]
    return [".".join(parts)]
