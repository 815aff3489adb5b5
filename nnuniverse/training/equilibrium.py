"""How far a net is from the learning equilibrium: the derivatives of the mean loss."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from nnuniverse.networks.propagation import Trainable
from nnuniverse.observables import Settings
from nnuniverse.observables.weights import named_weights
from nnuniverse.precision import in_float64
from nnuniverse.training.terms import Term, batch_terms


class EquilibriumResidual(NamedTuple):
    """The derivatives of U at one ``beta``, which vanish in equilibrium.

    ``mean_loss``: U; ``by_weights`` and ``by_biases``: norms of dU/dw and dU/db; ``relative``:
    ``|w| |dU/dw| / U``, the relative change of U per relative change of the weights along the
    steepest way, without dimension and the same in all units of w.
    """

    beta: float
    mean_loss: float
    by_weights: float
    by_biases: float
    relative: float


@in_float64
def equilibrium_residuals(
    settings: Settings,
    parameters: Trainable,
    inputs: Float[Array, "samples n_1"],
    betas: Sequence[float],
) -> list[EquilibriumResidual]:
    """Return the size of ``dU/dw_ij`` and ``dU/db_i`` of a net at each beta > 0.

    U of the Gaussian ensemble with m = 0 and the unit window, without the factor of the mean state:
    ``U = 1/2 sum_i lambda_i / (1 + beta lambda_i)``.  Its derivatives go through f' as well, taken
    over the ``inputs``, (samples, n_1).  The paper expects them to vanish after long training
    because that lowers U; but training lowers the boundary loss, of which U is no function.

    ``settings``: the architecture, f, and how the net is measured; ``parameters``: weights and
    biases of the net; ``betas``: > 0.

    Source: 2004.09280 (6.2), with (6.1) and (5.14).
    """
    net = jax.tree.map(lambda array: jnp.asarray(array, jnp.float64), parameters)
    weights = _norm(settings, net, "weights")

    @jax.jit
    @jax.value_and_grad
    def mean_loss(net: Trainable, beta: jax.Array) -> jax.Array:
        return batch_terms(settings, [Term("mean_loss", 1.0, beta=beta)])(net, inputs)

    residuals = []
    for beta in betas:
        value, gradient = mean_loss(net, beta)
        by_weights, by_biases = (_norm(settings, gradient, part) for part in ("weights", "bias"))
        relative = weights * by_weights / float(value)
        residuals.append(EquilibriumResidual(beta, float(value), by_weights, by_biases, relative))
    return residuals


def _norm(settings: Settings, parameters: Trainable, part: str) -> float:
    """Return the norm of all weights, or of all biases."""
    named = named_weights(settings.architecture, parameters)
    chosen = [array.ravel() for name, array in named.items() if name.startswith(part)]
    return float(jnp.linalg.norm(jnp.concatenate(chosen)))
