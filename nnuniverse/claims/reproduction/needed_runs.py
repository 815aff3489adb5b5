"""The configs and seeds that a paper's numbers need, from its file, and where that may reach."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import nnuniverse
from nnuniverse.axis_labels import Label, labels_in_words
from nnuniverse.claims.reproduction.paper_files import PaperFile
from nnuniverse.claims.reproduction.printed_numbers import PrintedPaper, RunsOfConfig
from nnuniverse.config import (
    RunConfig,
    SweepConfig,
    config_values,
    load_config,
    load_sweep,
    parse_config,
    path_keys,
)
from nnuniverse.config.load import read_mapping
from nnuniverse.config.paths import with_absolute_path
from nnuniverse.errors import ConfigError
from nnuniverse.sweeps.grid import sweep_points

MOST_POINTS = 1000
"""More configs than that are a mistake; each is looked for among all runs."""


@dataclass(frozen=True)
class NeededPoint:
    """One config that numbers are measured on.

    ``of``: its name in `runs:`; ``labels``: its place in a sweep, none of a single config;
    ``seeds``: of the replicas that are asked for; ``nets``: of ensembles, the nets of which each
    seed has one.
    """

    of: str
    config: RunConfig
    seeds: tuple[int, ...]
    labels: Mapping[str, Label] = field(default_factory=dict)
    nets: NeededPoint | None = None

    def __str__(self) -> str:
        return f"{self.of}, {labels_in_words(self.labels)}" if self.labels else self.of


def shipped_configs() -> Path:
    """Return the folder of the configs that come with the package, or lie beside it in a clone."""
    package = Path(nnuniverse.__file__).parent
    inside = package / "configs"
    return inside if inside.is_dir() else package.parent / "configs"


def needed_points(
    file: PaperFile, names: list[str] | None = None, seeds: int | None = None
) -> list[NeededPoint]:
    """Return every config that the entries ``names`` of a paper's `runs` need, in their order.

    ``seeds``: how many replicas of each, in place of what the file says.  Raises ConfigError for a
    config that cannot be had, is wrong, or lies where a file from elsewhere may not reach.
    """
    points: list[NeededPoint] = []
    for name in _with_nets(file.paper, names):
        wanted = tuple(range(seeds or file.paper.seeds_of(name)))
        found = list(_points(file, name, file.paper.runs[name], wanted))
        _require_axes(file, name, found)
        points += found
    if len(points) > MOST_POINTS:
        raise ConfigError(
            "`runs`", f"have at most {MOST_POINTS} configs", f"have {len(points)}", "fewer points"
        )
    return points


def _with_nets(paper: PrintedPaper, names: list[str] | None) -> list[str]:
    """Return the entries of `runs` that are asked for, and the nets of which they are ensembles."""
    asked = set(paper.runs if names is None else names)
    nets = {paper.runs[name].ensembles_of for name in asked}
    return [name for name in paper.runs if name in asked | nets]


def protocol_points(file: PaperFile) -> list[NeededPoint]:
    """Return every point of the sweep over protocols; ``of`` is its label along the axis of runs.

    Raises ConfigError as `needed_points`, and for an axis that the sweep does not have.

    ``file``: the printed numbers of the paper, and where they stand.
    """
    protocols = file.paper.protocols
    if protocols is None:
        return []
    key = "protocols.sweep"
    sweep = _sweep(file, key, protocols.sweep, {})
    points = []
    for labels, config in _points_of_sweep(file, key, sweep):
        _require_axis("protocols.axis", protocols.axis, labels)
        others = {axis: label for axis, label in labels.items() if axis != protocols.axis}
        wanted = tuple(range(protocols.seeds))
        points.append(NeededPoint(str(labels[protocols.axis]), config, wanted, others))
    if not {point.of for point in points} & file.paper.runs.keys():
        raise ConfigError(
            "`protocols.axis`",
            "have names of `runs` as its labels",
            f"has {', '.join(dict.fromkeys(point.of for point in points)):.60}",
            ", ".join(file.paper.runs),
        )
    return points


def _require_axes(file: PaperFile, name: str, points: list[NeededPoint]) -> None:
    """Raise ConfigError if a number on the runs ``name`` groups them by what is no axis."""
    for number in file.paper.numbers:
        ranked = number.rank_correlation
        if ranked is not None and ranked.within is not None and number.run == name:
            key = f"numbers.{number.id}.rank_correlation.within"
            for point in points[:1]:
                _require_axis(key, ranked.within, point.labels)


def _require_axis(key: str, axis: str, labels: Mapping[str, Label]) -> None:
    if axis not in labels:
        known = ", ".join(labels) or "the runs of a sweep"
        raise ConfigError(f"`{key}`", "be an axis of the sweep", f"is {axis!r}", known)


def _points(
    file: PaperFile, name: str, runs: RunsOfConfig, seeds: tuple[int, ...]
) -> Iterator[NeededPoint]:
    if runs.config is not None:
        key = f"runs.{name}.config"
        path = reachable(file, key, runs.config)
        config = load_config(path, _overrides(runs.set, path.parent))
        _require_reachable(file, key, config)
        yield NeededPoint(name, config, seeds)
        return
    if runs.ensembles_of is not None:
        (nets,) = _points(file, runs.ensembles_of, file.paper.runs[runs.ensembles_of], seeds)
        yield _ensembles(file, name, runs, nets)
        return
    key = f"runs.{name}.sweep"
    sweep = _sweep(file, key, str(runs.sweep), runs.set)
    for labels, config in _points_of_sweep(file, key, sweep):
        yield NeededPoint(name, config, seeds, labels)


def _ensembles(file: PaperFile, name: str, runs: RunsOfConfig, nets: NeededPoint) -> NeededPoint:
    """Return the ensembles of ``nets``, one of each seed."""
    values = nets.config.model_dump(mode="json")
    values |= {"name": name, "seed": 0, "replicas": 1, "evolve": {}}
    folder = shipped_configs() if file.path is None else file.path.parent
    config = parse_config(values, _overrides(runs.set, folder))
    _require_reachable(file, f"runs.{name}.set", config)
    return NeededPoint(name, config, nets.seeds, nets=nets)


def _sweep(file: PaperFile, key: str, named: str, changed: Mapping[str, object]) -> SweepConfig:
    path = reachable(file, key, named)
    overrides = _overrides(changed, path.parent)
    base = read_mapping(path, "SWEEP", "a sweep file").get("base")
    if isinstance(base, str) and file.path is not None and not _is_shipped(path):
        found = reachable(replace(file, path=path), f"{key}: base", base, file.path.parent)
        overrides.append(f"base={json.dumps(str(found.absolute()))}")
    return load_sweep(path, overrides)


def _points_of_sweep(
    file: PaperFile, key: str, sweep: SweepConfig
) -> Iterator[tuple[Mapping[str, Label], RunConfig]]:
    for point in sweep_points(sweep):
        _require_reachable(file, key, point.config)
        yield point.labels, point.config


def _overrides(changed: Mapping[str, object], folder: Path) -> list[str]:
    """Return what is changed as overrides; relative paths start at ``folder``."""
    absolute = partial(with_absolute_path, folder=folder)
    return [f"{key}={json.dumps(absolute(value, key=key))}" for key, value in changed.items()]


# --- what a file may reach ------------------------------------------------------------------------


def reachable(file: PaperFile, key: str, named: str, below: Path | None = None) -> Path:
    """Return the path of the config that a file names.

    Of a person's own file, one that lies below its folder, by a relative name, else one of those
    that come with the package; of the package's own, one of these.  Raises ConfigError, which
    names ``key``.

    ``named``: as the file names it; ``below``: the folder that holds all; None: that of the file.
    """
    if file.path is not None:
        beside = file.path.parent / named
        if beside.exists() or Path(named).is_absolute() or ".." in Path(named).parts:
            _require_below(beside, below or file.path.parent, key, named)
            return beside
    shipped = shipped_configs() / named
    if not shipped.is_file() or not _is_shipped(shipped):
        known = ", ".join(sorted(path.name for path in shipped_configs().glob("*.yaml")))
        raise ConfigError(
            f"`{key}`",
            "name a config beside the file or of the package",
            f"is {named!r:.60}",
            known,
        )
    return shipped


def _is_shipped(path: Path) -> bool:
    return path.resolve().is_relative_to(shipped_configs().resolve())


def _require_below(path: Path, folder: Path, key: str, named: str) -> None:
    """Raise ConfigError unless ``path`` is given relative to ``folder`` and lies below it."""
    if Path(named).is_absolute() or not path.resolve().is_relative_to(folder.resolve()):
        raise ConfigError(
            f"`{key}`", "lie below the folder of the file", f"is {named!r:.60}", "a path beside it"
        )


def _require_reachable(file: PaperFile, key: str, config: RunConfig) -> None:
    """Raise ConfigError if a config of somebody's own file reads what does not lie beside it."""
    if file.path is None:
        return
    values = config_values(config)
    for name in path_keys():
        value = values.get(name)
        if isinstance(value, str):
            outside = "://" in value or not Path(value).resolve().is_relative_to(
                file.path.parent.resolve()
            )
            if outside:
                raise ConfigError(
                    f"`{name}` of `{key}`",
                    "lie below the folder of the file",
                    f"is {value!r:.60}",
                    "a path beside it",
                )
    if values.get("data.download"):
        raise ConfigError(
            f"`data.download` of `{key}`", "be false", "is true", "`nnu data`, before"
        )
