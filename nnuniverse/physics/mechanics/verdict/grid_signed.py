"""The signed number A of a density on a grid, from the family with A free."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

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
from nnuniverse.physics.mechanics.verdict.influence import InfluencedEstimate

RIDGE = 1e-10
"""Added to the information, scaled to a diagonal of 1: its own condition is 1e5 to 1e8."""

DIFFERENCE = 1e-6


class FreeNumber(NamedTuple):
    """``branch``: the likelier fit, of A above 0 or below;  ``signed``: its A, q^4/step^2."""

    branch: GridFit
    signed: InfluencedEstimate


def free_number(sample: GridSample, diffusion: GridFit, wave: GridFit) -> FreeNumber:
    """Return A of the family, fitted to all replicas with nothing else fixed.

    For A > 0 a wave, with W of degree 6 and a first phase of degree 4.  For A < 0 the equations
    have no initial-value problem, and the general solution is ``p = phi phi'`` with phi given at
    the end and phi' by p at the beginning (Schroedinger's bridge): W of degree 6, ``log phi`` of
    degree 4, which contains Fokker-Planck with a U of degree 4 exactly.  The likelier branch is
    taken, and the error is the sandwich over replicas with the delta method.

    ``diffusion``, ``wave``: fits of Fokker-Planck and Schroedinger to the same replicas, at which
    the searches begin.
    """
    below = fit_on_grid(NEGATIVE, sample, [as_negative(diffusion.theta, stage_of(sample))])
    above = fit_on_grid(POSITIVE, sample, [as_positive(wave.theta)])
    branch = min((below, above), key=lambda found: found.loss)
    return FreeNumber(branch, _signed(branch, sample))


def _signed(found: GridFit, sample: GridSample) -> InfluencedEstimate:
    """Return A with the pull of each replica, ``(dA/dtheta) F^-1 s_r``, F Fisher's information."""
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
    unit = sample.length**4 / sample.time**2
    value = signed_of(found.model, theta, stage)
    return InfluencedEstimate(unit * value, unit * (pulled - pulled.mean()))
