"""The energy of a mask: a loss of the masked net, or the free energy of its active neurons."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal, get_args

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from nnuniverse.losses import boundary_loss
from nnuniverse.losses.bulk.layered import bulk_minimum_above
from nnuniverse.networks.activation import Activations, of_layers
from nnuniverse.networks.active_masks import (
    ActiveMask,
    active_neurons,
    by_layers,
    flattened,
    masked,
)
from nnuniverse.networks.coupling import Blocks, coupling_blocks
from nnuniverse.networks.propagation import Parameters
from nnuniverse.observables.measurement import Samples, Settings
from nnuniverse.physics.grand_canonical.proposals import switched_energies
from nnuniverse.precision import in_float64

EnergyKind = Literal["boundary", "bulk", "free_energy"]
"""The losses, as means over samples, and the free energy of the states."""

ENERGIES: tuple[EnergyKind, ...] = get_args(EnergyKind)

Energy = Callable[[Parameters, ActiveMask], Float[Array, ""]]
"""E of the net with a mask, a scalar; it is given all weights, and masks them itself."""


def build_energy(
    kind: EnergyKind, settings: Settings, probe: Samples, temperature: float | Float[Array, ""]
) -> Energy:
    """Return the energy of a ``kind``; the free energy is that at beta = 1/T.

    ``settings``: the architecture, f, and how the net is measured; ``probe``: the samples that E is
    measured on; ``temperature``: T > 0, in units of the energy.
    """
    if kind == "boundary":
        return boundary_energy(settings, probe)
    if kind == "bulk":
        return bulk_energy(settings, probe)
    return canonical_energy(settings, probe, 1.0 / temperature)


def boundary_energy(settings: Settings, probe: Samples) -> Energy:
    """Return E of a mask, the mean over the ``probe`` of the boundary loss of the masked net.

    ``settings``: how the net is measured.  E: (), float64, dimensionless, >= 0.

    Source: 2004.09280 (2.11).
    """

    @in_float64
    def energy(parameters: Parameters, mask: ActiveMask) -> jax.Array:
        arguments = _arguments(parameters, mask, probe.inputs, settings.activation)
        last = of_layers(settings.activation, len(parameters))[-1]
        return boundary_loss(last.function(arguments[-1]), probe.targets).mean()

    return energy


def bulk_energy(settings: Settings, probe: Samples) -> Energy:
    """Return E of a mask, the mean over the ``probe`` of the bulk loss of the masked net.

    ``settings``: how the net is measured; it has one activation, else TypeError.  E: (), float64,
    dimensionless.

    Source: 2004.09280 (3.1), (3.4).
    """

    @in_float64
    def energy(parameters: Parameters, mask: ActiveMask) -> jax.Array:
        inputs = probe.inputs.astype(jnp.float64)
        targets = None if settings.outputs == "free" else probe.targets
        first = _arguments(parameters[:1], (), inputs, settings.activation)[0]
        return bulk_minimum_above(
            jnp.where(mask[0], first, 0.0) if mask else first,
            masked(parameters, mask)[1:],
            settings.only_activation,
            targets,
            settings.local.acting_on_hidden(settings.architecture, inputs, targets),
            settings.bulk_effort,
        ).loss.mean()

    return energy


def canonical_energy(settings: Settings, probe: Samples, beta: float | Float[Array, ""]) -> Energy:
    """Return E of a mask, the free energy of the states of its active neurons.

    ``F = sum_i [log(c + beta lambda_i) - log 2 pi]/(2 beta)`` over the eigenvalues of G of the net
    without its dormant neurons, inputs and outputs counted, ``c = 1 - beta m``; without the mean
    state.  f' is that of the masked net, so it changes with the mask.

    ``settings``: where f' is taken, and m; ``beta``: > 0, (); ``probe``: over which f' is averaged.
    E: (), float64, NaN where no c + beta lambda > 0.  exp(-beta (E - mu N)) is what the joint
    ensemble of states and masks leaves of the masks.

    Source: 2004.09280 (5.9), (6.5), 2012.05082 (4.1).
    """

    @in_float64
    def energy(parameters: Parameters, mask: ActiveMask) -> jax.Array:
        arguments = _arguments(parameters, mask, probe.inputs, settings.activation)
        slopes = settings.slopes(arguments)
        blocks = coupling_blocks(masked(parameters, mask), slopes)
        first = parameters[0].weights.astype(jnp.float64)  # of all masks in common
        sent = jnp.where(mask[0], slopes[0], 0.0) if mask else slopes[0]
        products = sent[:, None] * (first @ first.T) * sent
        hidden = active_neurons(mask).sum() if mask else 0
        inputs, outputs = blocks[0].shape[1], len(blocks[-1])
        dormant = sum(len(block) for block in blocks[:-1]) - hidden
        stiffness = 1.0 - beta * settings.local.mass
        determinant = _log_determinant(blocks, products, beta, stiffness)
        determinant -= dormant * jnp.log(stiffness + beta)
        neurons = inputs + hidden + outputs
        return (determinant - neurons * math.log(2.0 * math.pi)) / (2.0 * beta)

    return energy


def flip_energies(energy: Energy, parameters: Parameters, mask: ActiveMask) -> Float[Array, " R"]:
    """Return E of the R masks in which one hidden neuron is the other way round, (R,), float64.

    ``parameters``: of all neurons; ``mask``: L - 2 arrays, (n_l,); in the order of `flattened`.

    ``energy``: E as a function of parameters and masks.
    """
    sizes = [len(layer) for layer in mask]
    return switched_energies(
        lambda flat: energy(parameters, by_layers(flat, sizes)), flattened(mask)
    )


@in_float64
def _arguments(
    parameters: Parameters,
    mask: ActiveMask,
    inputs: jax.Array,
    activation: Activations,
) -> list[jax.Array]:
    """Return y_l of all neurons, (samples, n_l), dormant ones listening but sending nothing.

    The first layer's do not depend on the mask, so many masks have them in common.
    """
    parameters = jax.tree.map(lambda array: array.astype(jnp.float64), parameters)
    arguments, state = [], inputs.astype(jnp.float64)
    for l, f in enumerate(of_layers(activation, len(parameters))):
        arguments.append(state @ parameters[l].weights.T + parameters[l].bias)
        if l < len(mask):
            state = jnp.where(mask[l], f.function(arguments[-1]), 0.0)
    return arguments


def _log_determinant(
    blocks: Blocks,
    products: jax.Array,
    beta: jax.Array | float,
    stiffness: jax.Array | float,
) -> jax.Array:
    """Return ``log det(c + beta B B^T)`` with B = I - A, ``blocks`` A_l; NaN unless positive.

    It is block tridiagonal, (1 + A_l A_l^T) on the diagonal and -A_l beside it, and eliminated
    layer by layer, inputs first: ``S_l = c + beta + A_l (beta - beta^2 S_{l-1}^-1) A_l^T``.
    ``products``: A_1 A_1^T.
    """
    inputs = blocks[0].shape[1]
    determinant = inputs * jnp.log(stiffness + beta)
    # The inputs' S is a number times the identity, and so is what they hand on.
    product = (beta - beta**2 / (stiffness + beta)) * products
    for l, block in enumerate(blocks):
        matrix = product + (stiffness + beta) * jnp.eye(len(block))
        above = blocks[l + 1] if l + 1 < len(blocks) else jnp.zeros((0, len(block)))
        logarithm, product = _eliminated(matrix, beta * above, beta * above @ above.T)
        determinant += logarithm
    return determinant


def _eliminated(
    matrix: jax.Array, beside: jax.Array, corner: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """Return log det S and ``C - X S^-1 X^T`` of a positive S: ``matrix``, ``beside``, ``corner``.

    Pivot by pivot, for many at once: LAPACK's solver of many triangles and its Cholesky roots of
    many wait inside for threads that wait for them, where two devices share them.
    """
    whole = jnp.block([[matrix, beside.T], [beside, corner]])

    def eliminate(k: jax.Array, at: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        logarithm, rest = at
        pivot = rest[k, k]
        return logarithm + jnp.log(pivot), rest - jnp.outer(rest[:, k], rest[k] / pivot)

    size = len(matrix)
    start = jnp.zeros((), whole.dtype), whole
    logarithm, rest = jax.lax.fori_loop(0, size, eliminate, start)
    return logarithm, rest[size:, size:]
