"""What the verdict on a coordinate says, and the names in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from nnuniverse.intervals import Estimate

Model = Literal["fokker_planck", "schroedinger", "hamilton_jacobi", "kramers", "bridge"]
"""An equation for p(t, q): one of the papers' three mechanics, or one of their classical rivals."""

MECHANICS: tuple[Model, ...] = ("fokker_planck", "schroedinger", "hamilton_jacobi")

RIVALS: tuple[Model, ...] = ("kramers", "bridge")
"""Classical models that can pass for quantum ones: of momentum, and of shuffled epochs."""

MODELS: tuple[Model, ...] = MECHANICS + RIVALS

Winner = Literal[
    "fokker_planck", "schroedinger", "hamilton_jacobi", "kramers", "bridge", "undecided"
]


@dataclass(frozen=True)
class Judgement:
    """What was found of one coordinate.

    ``label``: of the coordinate; ``signed``: the number A of the family, q^4 / step^2, with its
    interval; ``ratios``: a = A / 4 D^2 by the name of the D that it is of (``measured`` in one-step
    pairs, ``linear`` theory's of plain descent, its others by their names, ``given``), only where
    that D is above 0 by 4 standard errors; ``diffusions``: the D by name, q^2 / step, of continuous
    time; ``held_out``: by model, the log-likelihood
    of each replica of the second half, mean over its records, (replica,); ``parameters``: by model,
    what was fitted, by name; ``winner``: what is named; ``margin``: by how much the winner, if
    none is named the likeliest mechanics, is ahead of the likeliest other model that neither
    contains it nor is contained in it (a rival: ahead of the likeliest mechanics), nats per replica
    and record; ``margin_error``: its standard error; ``reason``: why nothing is named, else "";
    ``barred``: whether no verdict is given whatever the fits say: a mixture, or a coordinate that
    relaxes too slowly or too fast; ``diverged``: replicas left out; ``curves``: by model, its mean
    and variance at the steps asked for, (2, time); ``without``: by ratio, what it is without each
    replica kept, (replica,), by which coordinates of the same replicas are pooled.
    """

    label: str
    signed: Estimate
    ratios: Mapping[str, Estimate]
    diffusions: Mapping[str, Estimate]
    held_out: Mapping[Model, np.ndarray]
    parameters: Mapping[Model, Mapping[str, float]]
    winner: Winner
    margin: float
    margin_error: float
    reason: str = ""
    diverged: int = 0
    curves: Mapping[Model, np.ndarray] = field(default_factory=dict)
    without: Mapping[str, np.ndarray] = field(default_factory=dict)
    barred: bool = False
