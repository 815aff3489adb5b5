"""Densities on a grid by each mechanics, with a potential that is a polynomial."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
import scipy.linalg
from jaxtyping import Float
from numpy.polynomial import chebyshev
from scipy.special import ndtr

from nnuniverse.physics.mechanics.solvers.characteristics import (
    density_of_flow,
    edges,
    evolve_flow,
)
from nnuniverse.physics.mechanics.solvers.relaxation_modes import relaxation_modes
from nnuniverse.physics.mechanics.solvers.stationary_states import stationary_states

POTENTIAL_DEGREE, PHASE_DEGREE = 4, 3
"""Of the potential and of the first phase of the three mechanics."""

FREE_POTENTIAL_DEGREE, FREE_PHASE_DEGREE = 6, 4
"""Of the family with A free: Fokker-Planck's ``W = -U'^2/2 + D U''`` and ``log phi = -U/2D``."""

FLOW_STEPS = 100
"""Steps of a flow from first to last record: the error is below that of the grid."""

FASTEST = 0.6
"""Wave number that a phase may reach, over the highest of the grid."""

WIDTHS = 3.0
"""Standard deviations from its mean to which a first density reaches for that."""

LARGEST, LARGEST_LOG = 1e5, 15.0
"""Parameters beyond these, of polynomials and logarithms, belong to no solution."""


@dataclass(frozen=True)
class Stage:
    """Where and when densities are wanted: ``places`` x, (points,), ``times``, (record,)."""

    places: np.ndarray
    times: np.ndarray

    @cached_property
    def spacing(self) -> float:
        """Distance of neighbouring points."""
        return float(self.places[1] - self.places[0])

    @cached_property
    def middle(self) -> float:
        """The middle of the grid."""
        return float(self.places.mean())

    @cached_property
    def reach(self) -> float:
        """Half the length of the grid, whose ends are half a cell beyond its outermost points."""
        return 0.5 * self.spacing * len(self.places)

    def polynomial(
        self, coefficients: Float[np.ndarray, " degree"]
    ) -> Float[np.ndarray, " points"]:
        """Return ``sum_n c_n T_n``, n from 1, of Chebyshev's, the grid as (-1, 1), (points,).

        ``coefficients``: c_n, (degree,).
        """
        scaled = (self.places - self.middle) / self.reach
        return chebyshev.chebval(scaled, [0.0, *coefficients])

    def slope(
        self, coefficients: Float[np.ndarray, " degree"]
    ) -> Callable[[Float[np.ndarray, "*places"]], Float[np.ndarray, "*places"]]:
        """Return the derivative of `polynomial` by x, a function of places; constant beyond.

        ``coefficients``: c_n, (degree,).
        """
        derived = chebyshev.cheb2poly(chebyshev.chebder([0.0, *coefficients])) / self.reach

        def at(places: np.ndarray) -> np.ndarray:
            scaled = np.clip((places - self.middle) / self.reach, -1.0, 1.0)
            value = np.full(len(places), derived[-1])
            for coefficient in derived[-2::-1]:
                value = value * scaled + coefficient
            return value

        return at


@dataclass(frozen=True)
class GridModel:
    """``densities``: of parameters and a stage, (record, points);  ``names``: of the parameters."""

    densities: Callable[[np.ndarray, Stage], np.ndarray]
    names: tuple[str, ...]

    def has(self, theta: Float[np.ndarray, " parameter"]) -> bool:
        """Return whether parameters are of a size that a solution may have.

        ``theta``: the parameters of the model, (parameter,), in the units of the fits.
        """
        is_log = np.array([name.startswith("log_") for name in self.names])
        return bool((np.abs(theta) < np.where(is_log, LARGEST_LOG, LARGEST)).all())


def first_density(mean: float, log_width: float, stage: Stage) -> Float[np.ndarray, " points"]:
    """Return the mean over each cell of a Gaussian, (points,): a start may be narrower than one.

    ``log_width``: log of its width, in x; ``stage``: the places and times of the grid.
    """
    held = np.diff(ndtr((edges(stage.places) - mean) / np.exp(log_width)))
    with np.errstate(divide="ignore", invalid="ignore"):  # a search may leave the grid
        return held / (held.sum() * stage.spacing)


def _fokker_planck(theta: np.ndarray, stage: Stage) -> np.ndarray:
    start = first_density(theta[0], theta[1], stage)
    potential = stage.polynomial(theta[2 : 2 + POTENTIAL_DEGREE])
    return relaxation_modes(stage.places, potential, np.exp(theta[-1])).later(start, stage.times)


def _flow(theta: np.ndarray, stage: Stage) -> np.ndarray:
    ends = edges(stage.places)
    masses = first_density(theta[0], theta[1], stage) * stage.spacing
    potential, phase = np.split(theta[2:], [POTENTIAL_DEGREE])
    velocities, force = stage.slope(phase)(ends), stage.slope(-potential)
    paths = evolve_flow(ends, velocities, force, stage.times, 1.0 / FLOW_STEPS)
    return density_of_flow(paths, masses, stage.places)


def _wave(theta: np.ndarray, stage: Stage, degree: int) -> np.ndarray:
    start = first_density(theta[0], theta[1], stage)
    coefficients, phase, _ = np.split(theta[2:], [degree, len(theta) - 3])
    hbar = hbar_of(theta, degree, stage)
    states = stationary_states(stage.places, stage.polynomial(coefficients), hbar=hbar)
    wave = np.sqrt(start) * np.exp(1j * stage.polynomial(phase) / hbar)
    return np.abs(states.later(wave, stage.times)) ** 2


def _bridge_of_ends(theta: np.ndarray, stage: Stage) -> np.ndarray:
    """A < 0: ``p = phi phi'``, phi given at the end, phi' at the beginning by p there."""
    start = first_density(theta[0], theta[1], stage)
    coefficients, last_phase, last = np.split(theta[2:], [FREE_POTENTIAL_DEGREE, len(theta) - 3])
    alpha = np.exp(last[0])
    stiffness = 0.5 * alpha / stage.spacing**2
    diagonal = np.full(len(start), 2.0 * stiffness)
    diagonal[[0, -1]] = stiffness
    rates, states = scipy.linalg.eigh_tridiagonal(
        diagonal - stage.polynomial(coefficients) / alpha, np.full(len(start) - 1, -stiffness)
    )
    final = stage.polynomial(last_phase)
    rest = np.exp(-np.outer(stage.times[-1] - stage.times, rates - rates[0]))
    phi = (rest * (np.exp(final - final.max()) @ states)) @ states.T
    gone = np.exp(-np.outer(stage.times, rates - rates[0]))
    other = (gone * ((start / np.maximum(phi[0], 1e-300)) @ states)) @ states.T
    densities = phi * other
    return densities / (densities.sum(axis=1, keepdims=True) * stage.spacing)


def hbar_of(theta: Float[np.ndarray, " parameter"], degree: int, stage: Stage) -> float:
    """Return hbar/m of a wave's parameters: what the grid resolves of its first phase, and more.

    ``theta``: the parameters of the model, (parameter,), in the units of the fits; ``degree``:
    of the polynomial before that of the phase; ``stage``: the places and times of the grid.
    """
    where = theta[0] + np.exp(theta[1]) * np.linspace(-WIDTHS, WIDTHS, 9)
    fastest = np.abs(stage.slope(theta[2 + degree : -1])(where)).max()
    return float(fastest * stage.spacing / (FASTEST * np.pi) + np.exp(theta[-1]))


def signed_of(model: GridModel, theta: Float[np.ndarray, " parameter"], stage: Stage) -> float:
    """Return A, x^4/T^2, of the parameters of the family.

    ``model``: whose densities are fitted; ``theta``: the parameters of the model, (parameter,),
    in the units of the fits; ``stage``: the places and times of the grid.
    """
    if model is NEGATIVE:
        return -float(np.exp(2.0 * theta[-1]))
    return hbar_of(theta, FREE_POTENTIAL_DEGREE, stage) ** 2


def _names(potential: int, phase: int, last: tuple[str, ...]) -> tuple[str, ...]:
    return (
        "mean",
        "log_width",
        *[f"potential_{n}" for n in range(1, potential + 1)],
        *[f"phase_{n}" for n in range(1, phase + 1)],
        *last,
    )


FOKKER_PLANCK = GridModel(_fokker_planck, _names(POTENTIAL_DEGREE, 0, ("log_diffusion",)))
HAMILTON_JACOBI = GridModel(_flow, _names(POTENTIAL_DEGREE, PHASE_DEGREE, ()))
SCHROEDINGER = GridModel(
    partial(_wave, degree=POTENTIAL_DEGREE),
    _names(POTENTIAL_DEGREE, PHASE_DEGREE, ("log_hbar",)),
)
POSITIVE = GridModel(
    partial(_wave, degree=FREE_POTENTIAL_DEGREE),
    _names(FREE_POTENTIAL_DEGREE, FREE_PHASE_DEGREE, ("log_hbar",)),
)
NEGATIVE = GridModel(
    _bridge_of_ends, _names(FREE_POTENTIAL_DEGREE, FREE_PHASE_DEGREE, ("log_alpha",))
)
