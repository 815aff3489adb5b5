"""The bulk loss as it would be if the states answered errors linearly, of a mask."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from nnuniverse.networks.activation import of_layers
from nnuniverse.networks.active_masks import ActiveMask, masked
from nnuniverse.networks.propagation import Parameters, preactivations
from nnuniverse.observables.measurement import Samples, Settings
from nnuniverse.physics.grand_canonical.energies import Energy
from nnuniverse.precision import in_float64


def linearised_bulk_energy(settings: Settings, probe: Samples) -> Energy:
    """Return E of a mask, the mean over the ``probe`` of the linearised bulk loss.

    ``1/2 r^T (1 + J J^T)^-1 r``, r = target - output and J the derivative of the outputs by the
    errors of the hidden neurons, at the forward pass: by ``C_l = 1 + f'_l W_l C_{l-1} W_l^T f'_l``
    from C of the first hidden layer, 1, to that of the outputs.  Exact of a linear net; of trained
    ones up to 25 % off, which `bulk_energy` is not.  E: (), float64.

    ``settings``: the architecture, f, and how the net is measured.

    Source: 2004.09280 (3.4) (A4).
    """

    def of_sample(
        parameters: Parameters, arguments: list[jax.Array], target: jax.Array
    ) -> jax.Array:
        functions = of_layers(settings.activation, len(parameters))
        spread = jnp.eye(len(arguments[0]))
        for layer, f, y in zip(parameters[1:], functions[1:], arguments[1:], strict=True):
            answered = f.slope(y)[:, None] * layer.weights
            spread = jnp.eye(len(y)) + answered @ spread @ answered.T
        error = target - functions[-1].function(arguments[-1])
        return 0.5 * error @ jnp.linalg.solve(spread, error)

    @in_float64
    def energy(parameters: Parameters, mask: ActiveMask) -> jax.Array:
        exact = jax.tree.map(lambda array: array.astype(jnp.float64), masked(parameters, mask))
        inputs = jnp.asarray(probe.inputs, jnp.float64)
        targets = jnp.asarray(probe.targets, jnp.float64)
        arguments = preactivations(exact, inputs, settings.activation)
        losses = jax.vmap(of_sample, (None, 0, 0))(exact, arguments, targets)
        return losses.mean()

    return energy
