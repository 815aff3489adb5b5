"""What is not trained yet as sweeps, which are resumable and compute only what is missing."""

from __future__ import annotations

from collections.abc import Sequence

from nnuniverse.claims.reproduction.needed_ensembles import ensemble_of_net
from nnuniverse.claims.reproduction.needed_runs import NeededPoint
from nnuniverse.claims.reproduction.trained_runs import TrainedRuns
from nnuniverse.config import RunConfig, SweepConfig, parse_sweep

AXIS = "config"
OF_SWEEP = ("name", "seed", "replicas")
"""The keys of a config at its top that a sweep sets itself."""

SECTIONS = tuple(key for key in RunConfig.model_fields if key not in OF_SWEEP)
"""The others, which a point of a sweep may set."""

Missing = tuple[NeededPoint, tuple[int, ...]]
"""A point and the seeds that are to be trained of it."""


def sweep_name(paper: str) -> str:
    """Return the name of the sweep that trains what is missing of a paper."""
    return f"reproduce-{paper}"


def missing_ensembles(missing: Sequence[Missing], trained: TrainedRuns) -> list[Missing]:
    """Return each ensemble that is ``missing``, of the nets that are ``trained`` by now."""
    found = []
    for point, seeds in missing:
        if point.nets is not None:
            nets = trained.of(point.nets)
            there = ((seed, net) for seed in seeds if (net := nets.net(seed)) is not None)
            found += [ensemble_of_net(point, seed, *net) for seed, net in there]
    return [(one, one.seeds) for one in found]


def missing_sweeps(paper: str, missing: Sequence[Missing]) -> list[SweepConfig]:
    """Return the sweeps that train what is ``missing``, one for every set of seeds.

    They share a name and with it a folder, where each finds the runs that it has begun before.  A
    config that two entries ask for is trained once.

    ``paper``: which one.
    """
    by_seeds: dict[tuple[int, ...], dict[str, NeededPoint]] = {}
    for point, seeds in missing:
        if seeds:
            by_seeds.setdefault(seeds, {}).setdefault(point.config.hash(), point)
    return [_sweep(paper, list(points.values()), seeds) for seeds, points in by_seeds.items()]


def _sweep(paper: str, points: list[NeededPoint], seeds: tuple[int, ...]) -> SweepConfig:
    contents = [_content(point.config) for point in points]
    first = contents[0]
    differing = [name for name in SECTIONS if any(c[name] != first[name] for c in contents)]
    keys = {name: [content[name] for content in contents] for name in differing or ["observe"]}
    axis = {"kind": "zip", "keys": keys, "labels": [str(point) for point in points]}
    base = {name: first[name] for name in SECTIONS}
    return parse_sweep(
        {"name": sweep_name(paper), "base": base, "axes": {AXIS: axis}, "seeds": list(seeds)}
    )


def _content(config: RunConfig) -> dict[str, object]:
    return config.model_dump(mode="json")
