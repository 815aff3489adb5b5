"""Terms of the objective that are functions of the spectrum of ``log G``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from nnuniverse.nets import log_spectrum
from nnuniverse.networks.propagation import Trainable
from nnuniverse.observables import Settings
from nnuniverse.observables.complexity import complexity
from nnuniverse.observables.moments import trace_of_power
from nnuniverse.precision import in_float64
from nnuniverse.thermodynamics import (
    WINDOWS,
    Ensemble,
    Spectrum,
    canonical_entropy,
    entropy,
    free_energy,
    mean_loss,
    negative_laplacian,
)


class Term(NamedTuple):
    """``weight`` times a spectral observable.

    ``beta`` > 0, ``mass`` m and ``window``, a name in `WINDOWS`: the ensemble of thermodynamic
    observables; ``n``: of the complexity C_n.  What an observable does not use is ignored.
    """

    observable: str
    weight: float
    beta: float | jax.Array = 1.0
    mass: float = 0.0
    window: str = "unit"
    n: int = 20


SpectralFunction = Callable[[Spectrum, Term], Float[Array, ""]]
"""A scalar function of the spectrum, differentiable in it."""


def _of_ensemble(function: Callable[[Spectrum, Ensemble], jax.Array]) -> SpectralFunction:
    def value(spectrum: Spectrum, term: Term) -> jax.Array:
        return function(spectrum, Ensemble(term.beta, term.mass, WINDOWS[term.window]))

    return value


def _moment(k: int) -> SpectralFunction:
    return lambda spectrum, term: trace_of_power(spectrum.log_eigenvalues, k)


def _mean_power(k: int) -> SpectralFunction:
    return lambda spectrum, term: jnp.mean(spectrum.log_eigenvalues**k)


def _complexity(spectrum: Spectrum, term: Term) -> jax.Array:
    return complexity(spectrum.log_eigenvalues, spectrum.neurons, (term.n,))[0]


def free_energy_laplacian(spectrum: Spectrum, ensemble: Ensemble) -> Float[Array, " ..."]:
    """Return ``Laplacian F = -(beta/2) sum_i (c + beta lambda_i)^-2 < 0`` in the eigenvalues.

    The principle of minimum entropy destruction wants it as close to zero as possible, so a term
    that follows the principle has a negative weight.

    ``spectrum``: the eigenvalues of G, with any leading shape; ``ensemble``: beta > 0, m and the
    window; beta has the leading shape of the spectrum, or none.

    Source: 2004.09280 (8.10).
    """
    return -negative_laplacian(spectrum, ensemble)


SPECTRAL_FUNCTIONS: dict[str, SpectralFunction] = {
    "mu2": _moment(2),
    "mu3": _moment(3),
    "mu2_per_eigenvalue": _mean_power(2),
    "mu3_per_eigenvalue": _mean_power(3),
    "complexity": _complexity,
    "free_energy": _of_ensemble(free_energy),
    "mean_loss": _of_ensemble(mean_loss),
    "entropy": _of_ensemble(entropy),
    "canonical_entropy": _of_ensemble(canonical_entropy),
    "free_energy_laplacian": _of_ensemble(free_energy_laplacian),
}
"""What a term may be, by name.

Thermodynamic ones leave the exponential factor of 2004.09280 (5.9), that of the mean state, out,
as (5.13) does.  C_n has a gradient where the n-th and the next eigenvalue differ.
"""

BatchTerms = Callable[[Trainable, Float[Array, "samples n_1"]], Float[Array, ""]]
"""Parameters and the inputs of a batch, (samples, n_1), to the weighted sum of the terms, ()."""


def batch_terms(settings: Settings, terms: Sequence[Term]) -> BatchTerms:
    """Return the weighted sum of ``terms`` as a function of a net and a batch, in float64.

    ``sum_t weight_t O_t(log lambda)``, the spectrum being that of ``A = f'w`` with f' taken as
    ``settings.slope`` says over the *batch*, which estimates the mean over all training samples.
    Its gradient also goes through f', on a graph by implicit differentiation of the fixed points;
    take it in JAX's 64-bit mode.  Outside the domain of an ensemble, c + beta lambda <= 0, it is
    NaN.  Where a graph's G is singular, thermodynamic functions and their gradients are their
    limits for lambda -> 0, and moments of log G are infinite, as is a C_n that counts such an
    eigenvalue: a replica that comes there has diverged.  Nothing is taken over the other
    eigenvalues only, which would have a jump there.

    Source: 2004.09280 (5.4), (5.6); the observables name theirs.
    """

    @in_float64
    def value(parameters: Trainable, inputs: jax.Array) -> jax.Array:
        units = settings.architecture.unit_eigenvalues
        spectrum = Spectrum(log_spectrum(settings, parameters, inputs), units)
        return sum(
            (term.weight * SPECTRAL_FUNCTIONS[term.observable](spectrum, term) for term in terms),
            start=jnp.float64(0.0),
        )

    return value
