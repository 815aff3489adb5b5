"""The ratio a over the coordinates of an ensemble, as one number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nnuniverse.intervals import Estimate
from nnuniverse.physics.mechanics.estimators.jackknife import Replicates
from nnuniverse.physics.mechanics.verdict.judgement import Judgement

VALUES = (-1, 0, 1)
"""Of a: Fokker-Planck's, Hamilton-Jacobi's, and Schroedinger's as Nelson has it."""


@dataclass(frozen=True)
class PooledRatio:
    """The mean of a over coordinates, and how far they are from the value of each mechanics.

    ``coordinates``: how many; ``estimate``: with its interval; ``chi2``: of their distances from
    each of `VALUES`, as many degrees of freedom as coordinates where that value is the true one.
    """

    coordinates: int
    estimate: Estimate
    chi2: tuple[float, ...]


def pooled_ratios(judgements: Sequence[Judgement]) -> Mapping[str, PooledRatio]:
    """Return a = A / (4 D^2) over coordinates, by the name of its D.

    The mean over coordinates, each with the same weight: the error of a grows with |a|, and
    weights by it would favour what came out small.  Coordinates share their replicas: the error is
    that of leaving each replica out of all of them at once, and ``chi2 = (a - v)^T C^-1 (a - v)``
    has the covariance C of the same.

    ``judgements``: of coordinates on which a verdict can be given.
    """
    names = dict.fromkeys(name for judgement in judgements for name in judgement.without)
    return {name: _pooled([j for j in judgements if name in j.without], name) for name in names}


def _pooled(judgements: Sequence[Judgement], name: str) -> PooledRatio:
    value = np.array([float(judgement.ratios[name].value) for judgement in judgements])
    without = np.stack([judgement.without[name] for judgement in judgements], axis=1)
    covariance = Replicates(value, without).covariance
    distances = value[:, None] - np.array(VALUES)
    chi2 = (distances * np.linalg.solve(covariance, distances)).sum(axis=0)
    pooled = Replicates(np.asarray(value.mean()), without.mean(axis=1))
    return PooledRatio(len(judgements), pooled.estimate, tuple(chi2.tolist()))
