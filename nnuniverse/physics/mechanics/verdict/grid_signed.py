"""The signed number A of a density on a grid, from the family with A free."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnuniverse.intervals import Estimate
from nnuniverse.physics.mechanics.estimators.jackknife import Replicates
from nnuniverse.physics.mechanics.verdict.grid_fit import (
    GridFit,
    at_replicas,
    fit_on_grid,
    information,
    log_densities,
    slopes,
    stage_of,
)
from nnuniverse.physics.mechanics.verdict.grid_models import NEGATIVE, POSITIVE, signed_of
from nnuniverse.physics.mechanics.verdict.grid_sample import GridSample
from nnuniverse.physics.mechanics.verdict.grid_starts import as_negative, as_positive
from nnuniverse.physics.mechanics.verdict.signed_number import above_fokker_planck

RIDGE = 1e-10
"""Added to the information, scaled to a diagonal of 1: its own condition is 1e5 to 1e8."""

DIFFERENCE = 1e-6


@dataclass(frozen=True)
class FreeNumber:
    """A of all replicas.

    ``signed``: with its interval, q^4/step^2;  ``replicates``: the same without each replica, None
    where A is 0 to what the grid resolves;  ``loss``: of the likelier branch.
    """

    signed: Estimate
    replicates: Replicates | None
    loss: float

    def above_fokker_planck(self, diffusion: Replicates) -> Estimate:
        """Return A + 4 D^2, which is 0 for Fokker-Planck's equation.

        ``diffusion``: D and its resampled values, units of q^2 per step.
        """
        if self.replicates is not None:
            return above_fokker_planck(self.replicates, diffusion).estimate
        _, low, high = diffusion.estimate
        return Estimate(
            self.signed.value + 4.0 * diffusion.value**2,
            self.signed.low + 4.0 * np.minimum(low**2, high**2),
            self.signed.high + 4.0 * np.maximum(low**2, high**2),
        )


def free_number(sample: GridSample, diffusion: GridFit, flow: GridFit, wave: GridFit) -> FreeNumber:
    """Return A of the family, fitted to all replicas with nothing else fixed.

    For A > 0 a wave, with W of degree 6 and a first phase of degree 4.  For A < 0 the equations
    have no initial-value problem, and the general solution is ``p = phi phi'`` with phi given at
    the end and phi' by p at the beginning (Schroedinger's bridge): W of degree 6, ``log phi`` of
    degree 4, which contains Fokker-Planck with a U of degree 4 exactly.  The likelier branch is
    taken, with the sandwich over replicas and the delta method; but if the flow, A = 0, is likelier
    than both, although they can be as near to it as the grid resolves, A is 0 and its interval
    reaches from one branch's A to the other's.

    ``diffusion``, ``flow``, ``wave``: fits of Fokker-Planck, Hamilton-Jacobi and Schroedinger to
    the same replicas; at the first and last the searches begin.

    ``sample``: the replicas of one coordinate, in cells.
    """
    below = fit_on_grid(NEGATIVE, sample, [as_negative(diffusion.theta, stage_of(sample))])
    above = fit_on_grid(POSITIVE, sample, [as_positive(wave.theta)])
    branch = min((below, above), key=lambda found: found.loss)
    if branch.loss < flow.loss:
        replicates = _signed(branch, sample)
        return FreeNumber(replicates.estimate, replicates, branch.loss)
    low, high = (
        _unit(sample) * signed_of(x.model, x.theta, stage_of(sample)) for x in (below, above)
    )
    around = Estimate(np.asarray(0.0), np.asarray(low), np.asarray(high))
    return FreeNumber(around, None, branch.loss)


def _unit(sample: GridSample) -> float:
    return sample.length**4 / sample.time**2


def _signed(found: GridFit, sample: GridSample) -> Replicates:
    """Return A and, to first order, A without each replica.

    Each pulls by ``(dA/dtheta) F^-1 s_r/M``, F Fisher's information and s_r its score.
    """
    stage, theta = stage_of(sample), found.theta
    of_log = slopes(found.model, theta, stage)
    scores = at_replicas(of_log, sample).sum(axis=-1)
    fisher = information(of_log, log_densities(found.model, theta, stage), stage)
    scale = np.sqrt(np.diag(fisher) + 1e-12)
    bounded = fisher / np.outer(scale, scale) + RIDGE * np.eye(len(scale))
    of_signed = np.array(
        [
            signed_of(found.model, theta + step, stage)
            - signed_of(found.model, theta - step, stage)
            for step in DIFFERENCE * np.eye(len(theta))
        ]
    ) / (2.0 * DIFFERENCE)
    pulled = (np.linalg.solve(bounded, of_signed / scale) / scale) @ scores
    value = signed_of(found.model, theta, stage)
    without = value - (pulled - pulled.mean()) / (len(pulled) - 1.0)
    return Replicates(_unit(sample) * np.asarray(value), _unit(sample) * without)
