"""The gradient of the canonical free energy by the trainable variables of a net."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from nnuniverse.nets import net_of
from nnuniverse.networks.propagation import Trainable
from nnuniverse.observables import Settings
from nnuniverse.precision import in_float64
from nnuniverse.thermodynamics import Ensemble, Spectrum, free_energy


class FreeEnergySlopes(NamedTuple):
    """``dF/dq`` of the trainable variables q, in two parts, (beta, K) each.

    ``by_weights``: through w at a frozen f'; ``by_slopes``: through f' alone.
    """

    by_weights: jax.Array
    by_slopes: jax.Array

    @property
    def whole(self) -> Float[Array, "*beta K"]:
        """dF/dq."""
        return self.by_weights + self.by_slopes


@in_float64
def free_energy_slopes(
    settings: Settings,
    restore: Callable[[Float[Array, " K"]], Trainable],
    flat: Float[Array, " K"],
    inputs: Float[Array, "samples n_1"],
    ensemble: Ensemble,
) -> FreeEnergySlopes:
    """Return the gradient of F by the trainable variables, at every beta.

    ``F = (1/2 beta) sum_i log(c + beta lambda_i) + const`` of the eigenvalues of
    ``G = (1 - A)^T (1 - A)``, ``A = f'w``, f' where ``settings`` take it over the ``inputs``,
    (samples, n_1).  The exponential factor of 2004.09280 (5.9) is left out, as (5.13) does, and so
    is what does not depend on q.

    ``restore``: the net of the K trainable variables ``flat``, (K,), float64; ``ensemble``: its
    beta has shape (beta,).

    Source: 2004.09280 (5.4), (5.13), (6.5); 2008.01540 (4.2).
    """
    net = net_of(settings.architecture)
    units = settings.architecture.unit_eigenvalues

    def slopes_of(flat: jax.Array) -> list[jax.Array]:
        return net.slopes(settings, restore(flat), inputs)

    def spectrum_of(flat: jax.Array, slopes: list[jax.Array]) -> jax.Array:
        return net.log_eigenvalues(restore(flat), slopes)

    slopes, back_from_slopes = jax.vjp(slopes_of, flat)
    log_eigenvalues, back_from_spectrum = jax.vjp(spectrum_of, flat, slopes)

    def at(beta: jax.Array) -> FreeEnergySlopes:
        def value(logs: jax.Array) -> jax.Array:
            return free_energy(Spectrum(logs, units), ensemble._replace(beta=beta))

        by_weights, by_slopes = back_from_spectrum(jax.grad(value)(log_eigenvalues))
        return FreeEnergySlopes(by_weights, back_from_slopes(by_slopes)[0])

    return jax.lax.map(at, jnp.asarray(ensemble.beta, jnp.float64))
