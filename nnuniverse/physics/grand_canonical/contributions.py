"""What every hidden neuron adds to the free energy and to the boundary loss of a layered net.

No command prints it: `benchmarks.neurons.free_energies` and `benchmarks.neurons.moves` do.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from scipy.stats import spearmanr

from nnuniverse.networks.active_masks import all_active
from nnuniverse.networks.coupling import coupling_blocks
from nnuniverse.networks.propagation import Parameters, layers_of, preactivations_of_many
from nnuniverse.observables import Samples, Settings
from nnuniverse.observables.neuron_free_energy import neuron_free_energies
from nnuniverse.physics.grand_canonical.energies import (
    boundary_energy,
    canonical_energy,
    flip_energies,
)
from nnuniverse.physics.grand_canonical.removal import (
    compensated,
    image_shares,
    removal_energies,
    states_of_layer,
)
from nnuniverse.precision import in_float64
from nnuniverse.spectra import layered_removal_log_determinants


class Contributions(NamedTuple):
    """Of the hidden neurons, layer by layer, (R,) each, float64.

    ``layer``: which hidden layer, from 0 on; ``fixed`` and ``recomputed``: F(N) - F(N-1) with the
    slopes f' of all other neurons as they are, and as they are without the neuron; ``cost`` and
    ``compensated_cost``: what its removal adds to the boundary loss, by itself and with its image
    taken over.
    """

    layer: np.ndarray
    fixed: np.ndarray
    recomputed: np.ndarray
    cost: np.ndarray
    compensated_cost: np.ndarray


class Summary(NamedTuple):
    """How the neurons of one net agree, at one beta; all numbers, but ``ranks``, (hidden layers,).

    ``isolated``: F(N) - F(N-1) of an isolated neuron; means and standard deviations over the
    neurons of both forms; ``spread``: the latter of the recomputed one over T = 1/beta;
    ``difference``: the largest between the two forms, over T; ``agreement``: their rank
    correlation; ``ranks``: of the recomputed form and minus the cost, NaN in a layer of one neuron.
    """

    isolated: float
    fixed_mean: float
    fixed_deviation: float
    recomputed_mean: float
    recomputed_deviation: float
    spread: float
    difference: float
    agreement: float
    ranks: np.ndarray


def contributions(
    settings: Settings,
) -> Callable[[Parameters, Samples, float], Contributions]:
    """Return the function that finds the `Contributions` of nets, which is compiled once.

    Which f' is meant is part of what F is as a function of the neurons that are there: either all
    of them are those of the whole net, or all are those of the net in hand.  The two differ by as
    much as neurons do.

    ``settings``: where f' is taken, and m.  The function is given a layered net's parameters, the
    samples that f' and the losses are means over, and beta = 1/T > 0.

    Source: 2012.05082 (4.2) (C14, C15).
    """

    def of_neurons(
        parameters: Parameters, probe: Samples, beta: jax.Array
    ) -> tuple[jax.Array, ...]:
        mask = all_active(layers_of(parameters))
        free, loss = canonical_energy(settings, probe, beta), boundary_energy(settings, probe)
        arguments = preactivations_of_many(parameters, probe.inputs, settings.activation)
        blocks = coupling_blocks(parameters, settings.slopes(arguments))
        stiffness = 1.0 - beta * settings.local.mass
        changes = layered_removal_log_determinants(blocks, beta, stiffness)
        compensated_losses = [
            removal_energies(parameters, mask, l, loss, compensated(parameters[l + 1], image))
            for l in range(len(mask))
            for x in [states_of_layer(parameters, l, probe.inputs, settings.activation)]
            for image in [image_shares(x, mask[l])]
        ]
        flipped, whole = flip_energies(loss, parameters, mask), loss(parameters, mask)
        return (
            neuron_free_energies(changes[: len(flipped)], beta),
            free(parameters, mask) - flip_energies(free, parameters, mask),
            flipped - whole,
            jnp.concatenate(compensated_losses) - whole,
        )

    compiled = jax.jit(in_float64(of_neurons))

    @in_float64
    def found(parameters: Parameters, probe: Samples, beta: float) -> Contributions:
        hidden = layers_of(parameters).sizes[1:-1]
        layer = np.repeat(np.arange(len(hidden)), hidden)
        return Contributions(layer, *map(np.asarray, compiled(parameters, probe, beta)))

    return found


def summary(found: Contributions, beta: float, mass: float = 0.0) -> Summary:
    """Return how the neurons of a net agree; ``beta``, ``mass``: as `contributions` had them.

    ``found``: what each neuron contributes.
    """
    isolated = (math.log(1.0 - beta * mass + beta) - math.log(2.0 * math.pi)) / (2.0 * beta)
    deviation = found.recomputed.std(ddof=1)
    ranks = [
        _rank_correlation(found.recomputed[layer], -found.cost[layer])
        for layer in (found.layer == l for l in np.unique(found.layer))
    ]
    return Summary(
        isolated,
        found.fixed.mean(),
        found.fixed.std(ddof=1),
        found.recomputed.mean(),
        deviation,
        beta * deviation,
        beta * np.abs(found.fixed - found.recomputed).max(),
        _rank_correlation(found.fixed, found.recomputed),
        np.asarray(ranks),
    )


def _rank_correlation(first: np.ndarray, second: np.ndarray) -> float:
    """Return Spearman's, NaN of fewer than two or of equal numbers."""
    if min(map(np.ptp, (first, second)), default=0.0) == 0.0:
        return math.nan
    return float(spearmanr(first, second).statistic)
