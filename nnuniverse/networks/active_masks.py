"""Which hidden neurons of a layered net are active: a net with a mask has isolated neurons."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import jax.numpy as jnp
from jaxtyping import Array, Bool, Int

from nnuniverse.networks.layered import Layered
from nnuniverse.networks.propagation import Layer, Parameters

ActiveMask = tuple[Bool[Array, "*replica _"], ...]
"""Whether each hidden neuron is active: bool, (n_l,), per hidden layer, first to last."""


def all_active(architecture: Layered) -> ActiveMask:
    """Return the mask in which every hidden neuron is active.

    ``architecture``: the numbers of neurons per layer.

    >>> [layer.tolist() for layer in all_active(Layered((4, 2, 3)))]
    [[True, True]]
    """
    return tuple(jnp.ones(size, bool) for size in architecture.sizes[1:-1])


def masked(parameters: Parameters, mask: ActiveMask) -> Parameters:
    """Return the net whose dormant neurons are isolated: ``m_l W_l m_(l-1)`` and ``m_l b_l``.

    ``parameters``: of all neurons, L - 1 layers; ``mask``: L - 2 arrays m_l, (n_l,).  With
    f(0) = 0 (A2) a dormant neuron has the state 0, the bulk error 0 and an eigenvalue of G that is
    exactly one; its weights have no gradient.

    >>> from nnuniverse.networks.propagation import Layer
    >>> net = (Layer(jnp.ones((2, 1)), jnp.ones(2)), Layer(jnp.ones((1, 2)), jnp.ones(1)))
    >>> [layer.weights.tolist() for layer in masked(net, (jnp.array([True, False]),))]
    [[[1.0], [0.0]], [[1.0, 0.0]]]
    """
    inputs = jnp.ones(parameters[0].weights.shape[1], bool)
    outputs = jnp.ones(len(parameters[-1].bias), bool)
    ends = pairwise((inputs, *mask, outputs))
    return tuple(
        Layer(
            jnp.where(receiving[:, None] & sending, layer.weights, 0),
            jnp.where(receiving, layer.bias, 0),
        )
        for layer, (sending, receiving) in zip(parameters, ends, strict=True)
    )


def not_isolated(parameters: Parameters) -> ActiveMask:
    """Return which hidden neurons have a weight at all: the mask of a net that was `masked`.

    ``parameters``: W_l, (n_l, n_(l-1)), and b_l, (n_l,), of every layer.

    >>> from nnuniverse.networks.propagation import Layer
    >>> net = (
    ...     Layer(jnp.array([[1.0], [0.0]]), jnp.zeros(2)),
    ...     Layer(jnp.array([[1.0, 0.0]]), jnp.zeros(1)),
    ... )
    >>> [layer.tolist() for layer in not_isolated(net)]
    [[True, False]]
    """
    return tuple(
        jnp.any(below.weights != 0, axis=1) | jnp.any(above.weights != 0, axis=0)
        for below, above in pairwise(parameters)
    )


def active_neurons(mask: ActiveMask) -> Int[Array, " layers"]:
    """Return N of every hidden layer, int32, (hidden layers,).

    ``mask``: which hidden neurons are active, (n_l,) of every layer.

    >>> active_neurons((jnp.array([True, False]), jnp.array([True]))).tolist()
    [1, 1]
    """
    return jnp.stack([layer.sum(dtype=jnp.int32) for layer in mask])


def flattened(mask: ActiveMask) -> Bool[Array, " neurons"]:
    """Return the mask of all hidden neurons, layer by layer, bool, (R,).

    >>> flattened((jnp.array([True, False]), jnp.array([True]))).tolist()
    [True, False, True]
    """
    return jnp.concatenate(mask)


def by_layers(flat: Bool[Array, " neurons"], sizes: Sequence[int]) -> ActiveMask:
    """Undo `flattened`; ``sizes``: neurons of every hidden layer.

    ``flat``: values of all hidden neurons, (n,).

    >>> [layer.tolist() for layer in by_layers(jnp.array([True, False, True]), [2, 1])]
    [[True, False], [True]]
    """
    ends = [sum(sizes[:l]) for l in range(1, len(sizes))]
    return tuple(jnp.split(flat, ends))
