"""Where the searches for parameters on a grid begin."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float
from numpy.polynomial import chebyshev

from nnuniverse.physics.mechanics.verdict.grid_models import (
    FREE_PHASE_DEGREE,
    FREE_POTENTIAL_DEGREE,
    PHASE_DEGREE,
    POTENTIAL_DEGREE,
    Stage,
)
from nnuniverse.physics.mechanics.verdict.grid_sample import GridSample

DIFFUSIONS = (0.3, 1.0)
"""Shares of the diffusion between records at which Fokker-Planck's search begins."""

DEEPEST = 40.0
"""Largest first guess of the range of U over D, which may not be 72 for a solution by modes."""

HBARS = (0.3, 1.0)
"""First guesses of hbar/m, in the units of the fit, in which widths and times are about one."""

LAGS = (2, 4)
"""Records from one quantile to the next: of independent draws, one record's noise hides a force."""


def fokker_planck_starts(sample: GridSample, stage: Stage) -> list[Float[np.ndarray, " parameter"]]:
    """Return starts with ``-U'`` fitted to the velocities between records.

    ``sample``: the replicas of one coordinate, in cells; ``stage``: the places and times of the
    grid.
    """
    starts = []
    for paths in (sample.positions, np.sort(sample.positions, axis=0)):
        places, velocities, gaps = _velocities(paths, sample.times)
        potential, rest = _regressed(-velocities, places, POTENTIAL_DEGREE, stage)
        depth = float(np.ptp(stage.polynomial(potential)))
        diffusion = max(0.5 * float(np.mean(rest**2 * gaps)), depth / DEEPEST)
        starts += [
            np.array([*_first(sample), *potential, np.log(share * diffusion)])
            for share in DIFFUSIONS
        ]
    return starts


def flow_starts(sample: GridSample, stage: Stage) -> list[Float[np.ndarray, " parameter"]]:
    """Return starts with ``-W'`` fitted to accelerations and ``S'`` to the first velocities.

    ``sample``: the replicas of one coordinate, in cells; ``stage``: the places and times of the
    grid.
    """
    starts = []
    for paths, times in _flows(sample):
        velocities = np.diff(paths, axis=1) / np.diff(times)
        middles = 0.5 * (times[1:] + times[:-1])
        pulls = np.diff(velocities, axis=1) / np.diff(middles)
        potential, _ = _regressed(-pulls.ravel(), paths[:, 1:-1].ravel(), POTENTIAL_DEGREE, stage)
        phase, _ = _regressed(velocities[:, 0], paths[:, 0], PHASE_DEGREE, stage)
        starts.append(np.array([*_first(sample), *potential, *phase]))
    return starts


def wave_starts(flows: list[Float[np.ndarray, " _"]]) -> list[Float[np.ndarray, " _"]]:
    """Return starts with the potentials and phases of ``flows``, and several hbar."""
    return [np.append(flow, np.log(hbar)) for flow in flows for hbar in HBARS]


def as_positive(wave: Float[np.ndarray, " parameter"]) -> Float[np.ndarray, " more"]:
    """Return Schroedinger's parameters as those of the family with A > 0.

    ``wave``: Schroedinger's parameters.
    """
    first, potential, phase, last = np.split(wave, [2, 2 + POTENTIAL_DEGREE, len(wave) - 1])
    more = np.zeros(FREE_POTENTIAL_DEGREE - POTENTIAL_DEGREE)
    further = np.zeros(FREE_PHASE_DEGREE - PHASE_DEGREE)
    return np.concatenate([first, potential, more, phase, further, last])


def as_negative(
    density: Float[np.ndarray, " parameter"], stage: Stage
) -> Float[np.ndarray, " more"]:
    """Return Fokker-Planck's parameters as those of the family with A < 0.

    ``alpha = 2 D, W = -U'^2/2 + D U'', log phi = -U/2D``: exactly it.

    ``density``: Fokker-Planck's parameters; ``stage``: the places and times of the grid.
    """
    first, potential, last = np.split(density, [2, 2 + POTENTIAL_DEGREE])
    diffusion, whole = np.exp(last[0]), [0.0, *potential]
    slope = chebyshev.chebder(whole) / stage.reach
    bent = chebyshev.chebder(whole, 2) / stage.reach**2
    W = chebyshev.chebadd(-0.5 * chebyshev.chebmul(slope, slope), diffusion * bent)
    phase = -potential / (2.0 * diffusion)
    return np.concatenate([first, W[1:], phase, [np.log(2.0 * diffusion)]])


def _flows(sample: GridSample) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield paths and times: of replicas, and of quantiles, which move with v = S'."""
    yield sample.positions, sample.times
    quantiles = np.sort(sample.positions, axis=0)
    for lag in LAGS:
        if len(sample.times) > 3 * lag:
            yield quantiles[:, ::lag], sample.times[::lag]


def _first(sample: GridSample) -> tuple[float, float]:
    start = sample.positions[:, 0]
    return float(start.mean()), float(np.log(start.std()))


def _velocities(paths: np.ndarray, times: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return places, velocities and time steps between records, each (replica x record,)."""
    gaps = np.broadcast_to(np.diff(times), (len(paths), len(times) - 1))
    return paths[:, :-1].ravel(), (np.diff(paths, axis=1) / gaps).ravel(), gaps.ravel()


def _regressed(
    slopes: np.ndarray, places: np.ndarray, degree: int, stage: Stage
) -> tuple[np.ndarray, np.ndarray]:
    """Return the polynomial whose derivative comes nearest to ``slopes``, and what is left."""
    basis = np.stack([stage.slope(one)(places) for one in np.eye(degree)], axis=1)
    ridge = 1e-3 * np.sqrt(len(places)) * np.diag(np.linalg.norm(basis, axis=0) / len(places))
    coefficients = np.linalg.lstsq(
        np.vstack([basis, ridge]), np.append(slopes, np.zeros(degree)), rcond=None
    )[0]
    return coefficients, slopes - basis @ coefficients
