"""What is done to nets before they are retrained: noise, neurons deleted, data exchanged."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np

from nnuniverse.networks.architecture import Architecture
from nnuniverse.networks.layered import Layered
from nnuniverse.physics.structure.perturbed import DELETE, KINDS, NOISE, Perturbation

Arrays = Mapping[str, np.ndarray]
"""Weights and biases of one net, by the names of its architecture."""

STRENGTHS = 1e9
"""Strengths that differ by less share their random numbers."""


def random_of(
    perturbation: Perturbation, repeat: int, seed: int, net: int = 0
) -> np.random.Generator:
    """Return random numbers of a perturbation, its ``repeat`` and a ``net``, by its own seed."""
    kind = KINDS.index(perturbation.kind)
    return np.random.default_rng(
        [seed, net, kind, round(perturbation.strength * STRENGTHS), repeat]
    )


def noise_unit(arrays: Arrays) -> float:
    """Return the root of the mean square of the weights that are not zero; 0 if all are.

    ``arrays``: weights and biases by name.
    """
    weights = np.concatenate([array.ravel() for name, array in arrays.items() if _weighs(name)])
    present = weights[weights != 0].astype(np.float64)
    return float(np.sqrt((present**2).mean())) if present.size else 0.0


def perturbed(
    arrays: Arrays,
    architecture: Architecture,
    perturbation: Perturbation,
    random: np.random.Generator,
) -> dict[str, np.ndarray]:
    """Return the weights and biases of a net after a ``perturbation``, in float64.

    Noise: ``w + sigma rms xi`` on every edge of the mask, rms that of the weights that are not
    zero, xi standard normal.  Deletion: a share of the hidden neurons that have an edge, at least
    one, lose all their edges and their bias.  Others leave the net as it is.

    ``arrays``: weights and biases by name; ``architecture``: the neurons and what connects them;
    ``random``: where its numbers are drawn from.
    """
    exact = {name: np.array(array, np.float64) for name, array in arrays.items()}
    if perturbation.kind == NOISE:
        scale = perturbation.strength * noise_unit(arrays)
        for name, array in exact.items():
            if _weighs(name):
                array += scale * random.standard_normal(array.shape)
    elif perturbation.kind == DELETE and perturbation.strength > 0.0:
        alive = _connected(exact, architecture)
        count = max(1, round(perturbation.strength * len(alive)))
        _delete(exact, architecture, random.permutation(alive)[:count])
    return exact


def exchanged_inputs(features: int, share: float, random: np.random.Generator) -> np.ndarray:
    """Return which input neuron takes whose data, (features,): a ``share`` exchange theirs.

    The inputs that are drawn, at least two unless the share is 0, pass theirs on in one cycle, so
    that none of them keeps its own and all others do.

    ``random``: where its numbers are drawn from.
    """
    taken = np.arange(features)
    if share > 0.0 and features > 1:
        chosen = random.permutation(features)[: max(2, round(share * features))]
        taken[chosen] = np.roll(chosen, 1)
    return taken


def _weighs(name: str) -> bool:
    return name.startswith("weights")


def _connected(arrays: Arrays, architecture: Architecture) -> np.ndarray:
    """Return the hidden neurons that have an edge whose weight is not zero."""
    touched = np.zeros(architecture.neurons, bool)
    for name, ends in _ends(architecture).items():
        present = np.flatnonzero(arrays[name].ravel())
        for neurons in ends:
            touched[neurons.ravel()[present]] = True
    hidden: np.ndarray = architecture.hidden[touched[architecture.hidden]]
    return hidden


def _delete(arrays: Arrays, architecture: Architecture, neurons: np.ndarray) -> None:
    """Set the edges of ``neurons`` and their biases to zero, in place."""
    for name, ends in _ends(architecture).items():
        for one in ends:
            arrays[name][np.isin(one, neurons)] = 0.0
    for name, owners in _biases(architecture).items():
        arrays[name][np.isin(owners, neurons)] = 0.0


def _ends(architecture: Architecture) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return the receiving and the sending neuron of every weight, by the name of its array."""
    if isinstance(architecture, Layered):
        return {
            f"weights_{l}": (
                np.repeat(receiving, len(sending)).reshape(len(receiving), -1),
                np.tile(sending, len(receiving)).reshape(len(receiving), -1),
            )
            for l, (sending, receiving) in enumerate(pairwise(_layers(architecture)), start=1)
        }
    weights, _ = architecture.weight_arrays
    (_, rows), (_, columns) = weights.coordinates
    return {weights.name: (rows, columns)}


def _biases(architecture: Architecture) -> dict[str, np.ndarray]:
    """Return the neuron of every bias, by the name of its array."""
    if isinstance(architecture, Layered):
        return {f"bias_{l}": of for l, of in enumerate(_layers(architecture)) if l}
    _, bias = architecture.weight_arrays
    return {bias.name: bias.axes[0].values}


def _layers(architecture: Layered) -> list[np.ndarray]:
    """Return the neurons of every layer."""
    return np.split(np.arange(architecture.neurons), np.cumsum(architecture.sizes)[:-1])
