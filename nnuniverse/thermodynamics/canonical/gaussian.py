"""The ensemble in Gaussian form: the loss to second order, and windows in place of the range."""

from __future__ import annotations

import math
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from nnuniverse.networks.activation import Activation
from nnuniverse.precision import in_float64
from nnuniverse.thermodynamics import (
    FLAT,
    WINDOWS,
    Ensemble,
    Spectrum,
    Window,
    canonical_entropy,
    entropy,
    in_domain,
    log_partition,
    mean_loss,
)
from nnuniverse.thermodynamics.canonical.canonical_state import CanonicalState
from nnuniverse.thermodynamics.canonical.system import System, linearised

TERMS = ("determinant", "mean state", "residual")
"""What of log Z a form keeps: (5.13), (5.9), and the errors at <x> as well, each with those before
it."""


class Expansion(NamedTuple):
    """The errors to first order in the state, ``e(x) = e(<x>) + J (x - <x>)``, G = J^T J.

    ``spectrum``: of log G and of <x> along its eigenvectors; ``along``: ``e(<x>) - J <x>`` along
    the left singular vectors of J, (n,); ``rest``: the square of what remains of it.

    Source: 2004.09280 (5.2)-(5.6); the paper sets e(<x>) = 0, right only at a fixed point (A7).
    """

    spectrum: Spectrum
    along: np.ndarray
    rest: float
    right: np.ndarray


class GaussianState(NamedTuple):
    """U, log Z and both entropies of a Gaussian form; NaN outside its domain (A12).

    ``canonical_entropy``: log Z + beta U; ``entropy``: -<log p> with the window in p (A17).
    """

    mean_loss: float
    log_partition: float
    canonical_entropy: float
    entropy: float


@in_float64
def expand(system: System, activation: Activation, state: Float[np.ndarray, " n"]) -> Expansion:
    """Return the errors to first order about ``state``, that of the free neurons, (n,).

    For a whole net J = I - A with A = f'w at ``wx + b``, 2004.09280 (5.4), (5.6); clamped neurons
    leave out their columns.

    ``system``: the free neurons, and what is clamped around them; ``activation``: f with its
    derivative and range.
    """
    at = np.asarray(state, np.float64)
    error, jacobian = map(np.asarray, linearised(system, activation, jnp.asarray(at)))
    left, singular, right = np.linalg.svd(jacobian, full_matrices=False)
    offset = error - jacobian @ at
    along = left.T @ offset
    with np.errstate(divide="ignore"):
        log_eigenvalues = 2.0 * np.log(singular)
    spectrum = Spectrum(log_eigenvalues, 0, (right @ at) ** 2, np.zeros(()))
    return Expansion(spectrum, along, max(0.0, float(offset @ offset - along @ along)), right)


def gaussian_state(
    expansion: Expansion, beta: float, mass: float, window: Window, terms: str
) -> GaussianState:
    """Return the thermodynamics of a Gaussian form at ``beta``.

    ``terms``: one of `TERMS`.  Source: 2004.09280 (5.9), (5.13), and `quadratic_state`.

    ``expansion``: the errors e and their derivative J about a state; ``mass``: m of the local
    objective; ``window``: the Gaussian per neuron.
    """
    ensemble = Ensemble(np.asarray(beta), mass, window)
    spectrum = expansion.spectrum
    if not in_domain(spectrum, ensemble):
        return GaussianState(*[math.nan] * 4)
    shannon = float(entropy(spectrum, ensemble))
    if terms == "residual":
        log_z, u, _ = quadratic_state(expansion, ensemble)
        return GaussianState(u, log_z, log_z + beta * u, shannon)
    if terms == "determinant":
        spectrum = spectrum._replace(mean_squares=None)
    return GaussianState(
        float(mean_loss(spectrum, ensemble)),
        float(log_partition(spectrum, ensemble)),
        float(canonical_entropy(spectrum, ensemble)),
        shannon,
    )


def quadratic_state(
    expansion: Expansion, ensemble: Ensemble
) -> tuple[float, float, Float[np.ndarray, " n"]]:
    """Return log Z, U and the mean state with the errors to first order, none of them dropped.

    ``log Z = N (log h + 1/2 log 2 pi) - 1/2 log det(c + beta G) - Q`` with
    ``Q = min_x (beta/2) |e(<x>) + J (x - <x>)|^2 + (c/2) x^T x``, c the ensemble's stiffness; the
    mean state is where the minimum lies.  With e(<x>) = 0 it is 2004.09280 (5.9).  For identity
    with the window `FLAT` it is exact.

    ``expansion``: the errors e and their derivative J about a state.
    """
    beta, c, mass = float(ensemble.beta), float(ensemble.stiffness), ensemble.mass
    spectrum = expansion.spectrum._replace(mean_squares=None)
    s = np.exp(0.5 * spectrum.log_eigenvalues)
    least = -beta * s * expansion.along / (c + beta * s**2)
    squared_error = expansion.rest + float(((expansion.along + s * least) ** 2).sum())
    square = float(least @ least)
    log_z = float(log_partition(spectrum, ensemble)) - 0.5 * (beta * squared_error + c * square)
    u = float(mean_loss(spectrum, ensemble)) + 0.5 * (squared_error - mass * square)
    return log_z, u, expansion.right.T @ least


def windowed_state(state: CanonicalState, neurons: int, window: Window) -> GaussianState:
    """Return what `integrate_windowed` found as a form among those that approximate it.

    ``state``: as found; ``neurons``: N; ``window``: the Gaussian per neuron.
    """
    weight = 0.5 * window.stiffness * state.mean_square - neurons * window.log_height
    return GaussianState(
        state.mean_loss, state.log_partition, state.entropy, state.entropy + weight
    )


def closed_form(system: System, activation: Activation, beta: float) -> CanonicalState:
    """Return the ensemble of a net whose activation is the identity: a Gaussian, exactly.

    ``U = H_min + n/(2 beta)``.  The net has to have passed `check_normalisable`.

    ``system``: the free neurons, and what is clamped around them.
    """
    expansion = expand(system, activation, np.zeros(system.neurons))
    log_z, u, mean = quadratic_state(expansion, Ensemble(beta, system.mass, FLAT))
    variance = 0.5 * system.neurons / beta**2
    return CanonicalState(beta, u, 0.0, variance, mean, log_z, 0.0, entropy_error=0.0)


FORMS = {
    f"{name}{suffix}": (window, terms)
    for name, window in WINDOWS.items()
    for suffix, terms in zip((" (5.13)", " (5.9)", ", residual"), TERMS, strict=True)
}
"""The Gaussian forms by name: the window and the terms kept."""

WINDOWED = {f"{name} (5.8)": window for name, window in WINDOWS.items()}
"""What the Gaussian forms approximate, the loss as it is under a window, by name."""
