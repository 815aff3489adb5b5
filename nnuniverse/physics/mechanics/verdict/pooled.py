"""The signed number over several coordinates and runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import block_diag

from nnuniverse.intervals import Estimate, students_t
from nnuniverse.physics.mechanics.estimators.jackknife import Replicates
from nnuniverse.physics.mechanics.verdict.judgement import Judgement

VALUES: Mapping[str, float] = {"fokker_planck": -1.0, "hamilton_jacobi": 0.0, "nelson": 1.0}
"""What a is; Schroedinger's equation allows any a > 0, Nelson's mechanics one."""


@dataclass(frozen=True)
class PooledRatio:
    """The ratio a = A / 4 D^2 of all coordinates together.

    ``mean``: over coordinates, each with the same weight, with its interval; ``chi_squared``: about
    each of `VALUES`, sum over coordinates of (a - value)^2 in units of the errors and their
    correlation; ``freedom``: how many coordinates, what chi_squared is on average about the truth.
    """

    mean: Estimate
    chi_squared: Mapping[str, float]
    freedom: int


def pooled(ensembles: Sequence[Sequence[Judgement]], name: str = "measured") -> PooledRatio:
    """Return a of all coordinates of which a verdict is given and that have this ratio.

    ``mean = sum a_i / n``, variance ``sum_ij C_ij / n^2``: the error of a grows with |a|, and
    weights by it would favour what came out small.  ``chi_squared = (a - value)^T C^-1 (a -
    value)``.  Coordinates of one ensemble have the same replicas: their covariance C is that of
    their jackknives; different ensembles have none.

    ``ensembles``: the judgements of each; ``name``: of the diffusion.  NaN of no coordinates.
    """
    told = [
        [judgement for judgement in judgements if name in judgement.ratios and not judgement.barred]
        for judgements in ensembles
    ]
    parts = [_replicates(judgements, name) for judgements in told if judgements]
    if not parts:
        return PooledRatio(Estimate(*np.full(3, np.nan)), dict.fromkeys(VALUES, np.nan), 0)
    ratios = np.concatenate([part.value for part in parts])
    covariance = block_diag(*(part.covariance for part in parts))
    mean, error = ratios.mean(), np.sqrt(covariance.sum()) / len(ratios)
    half = students_t(min(len(part.without) for part in parts) - 1.0) * error
    off = {label: ratios - value for label, value in VALUES.items()}
    chi_squared = {label: float(r @ np.linalg.solve(covariance, r)) for label, r in off.items()}
    return PooledRatio(Estimate(mean, mean - half, mean + half), chi_squared, len(ratios))


def _replicates(judgements: Sequence[Judgement], name: str) -> Replicates:
    """Return the ratios of one ensemble, (coordinate,), and without each replica."""
    values = np.array([judgement.ratios[name].value for judgement in judgements])
    return Replicates(values, np.stack([judgement.without[name] for judgement in judgements], 1))
