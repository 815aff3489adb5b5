"""An epoch of the active neurons alone, gathered into a smaller net of one of a few widths."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int

from nnuniverse.networks.active_masks import ActiveMask
from nnuniverse.networks.propagation import Layer, Parameters, layers_only
from nnuniverse.training.epoch import Losses
from nnuniverse.training.neurons import Neurons
from nnuniverse.training.slots import map_slots
from nnuniverse.training.train_state import TrainState

SHARES = (0.1, 0.2, 0.3, 0.45, 0.6, 0.8, 1.0)
"""Of a reservoir: each is compiled on its own, which takes about as long as the rest of a run."""

LANES = 8
"""Neurons that a processor computes at a time."""

Widths = tuple[int, ...]
"""Neurons per hidden layer."""

Train = Callable[[TrainState], tuple[TrainState, Losses]]
"""An epoch of one replica."""


def widths_of(sizes: Sequence[int]) -> list[Widths]:
    """Return the widths that the active neurons of a net may be gathered into, narrowest first.

    ``sizes``: neurons per layer of the reservoir, inputs and outputs included.  The hidden layer
    with the most products gets the shares `SHARES` of its neurons, in whole `LANES`.  The others
    are wider, by half of what is left out: they cost little, and to be narrow in each of several
    layers at a time, all neurons need room in each.
    """
    hidden = sizes[1:-1]
    products = [
        size * (before + after)
        for size, before, after in zip(hidden, sizes, sizes[2:], strict=False)
    ]
    heaviest = products.index(max(products))
    choices = [
        tuple(
            _in_lanes(size, share if layer == heaviest else (1 + share) / 2)
            for layer, size in enumerate(hidden)
        )
        for share in SHARES
    ]
    return sorted(set(choices))


def _in_lanes(size: int, share: float) -> int:
    return min(size, math.ceil(size * share / LANES) * LANES)


def train_active(
    train: Train, state: TrainState, neurons: Neurons, choices: Sequence[Widths]
) -> tuple[TrainState, Losses]:
    """Return ``train`` of the active neurons of ``state``, scattered back to their places.

    ``choices``: widths, the least costly first, the last those of the reservoir, which is trained
    as it is.  The first that all active neurons find room in is taken; the room that is left is
    filled with dormant ones, whose weights stay as they are.  Which it is depends on the numbers
    of active neurons alone; sums over neurons are taken in another order than of the reservoir.
    """
    if len(choices) == 1:
        return train(state)
    active = jnp.stack([layer.sum() for layer in neurons.mask])
    fits = (np.asarray(choices) >= active).all(axis=1)
    branches = [partial(_train_within, train, neurons.mask, widths) for widths in choices[:-1]]
    return jax.lax.switch(jnp.argmax(fits), [*branches, train], state)


def _train_within(
    train: Train, mask: ActiveMask, widths: Widths, state: TrainState
) -> tuple[TrainState, Losses]:
    """Train as many neurons per layer as ``widths``, the active ones among them."""
    places = [
        jnp.argsort(~layer, stable=True)[:width] for layer, width in zip(mask, widths, strict=True)
    ]
    gather, scatter = partial(_gathered, places), partial(_scattered, places)
    parameters = layers_only(state.parameters)
    narrow = state._replace(
        parameters=gather(parameters),
        optimiser=map_slots(gather, parameters, state.optimiser),
        neurons=None,
    )
    after, losses = train(narrow)
    trained = layers_only(after.parameters)
    wide = after._replace(
        parameters=scatter(trained, parameters),
        optimiser=map_slots(scatter, trained, after.optimiser, state.optimiser),
        neurons=state.neurons,
    )
    return wide, losses


def _gathered(places: Sequence[jax.Array], parameters: Parameters) -> Parameters:
    """Return the net of the hidden neurons at ``places``."""
    return tuple(
        Layer(layer.weights[rows][:, columns], layer.bias[rows])
        for layer, (columns, rows) in zip(parameters, _ends(places), strict=True)
    )


def _scattered(
    places: Sequence[jax.Array], narrow: Parameters, parameters: Parameters
) -> Parameters:
    """Return ``parameters`` with the ``narrow`` net in the hidden neurons at ``places``."""
    return tuple(
        Layer(
            _with_block(layer.weights, rows, columns, new.weights),
            layer.bias.at[rows].set(new.bias),
        )
        for layer, new, (columns, rows) in zip(parameters, narrow, _ends(places), strict=True)
    )


Places = Int[Array, " _"] | slice


def _with_block(weights: jax.Array, rows: Places, columns: Places, block: jax.Array) -> jax.Array:
    if isinstance(rows, slice):
        return weights.at[:, columns].set(block)
    if isinstance(columns, slice):
        return weights.at[rows].set(block)
    return weights.at[rows[:, None], columns].set(block)


def _ends(places: Sequence[jax.Array]) -> Iterator[tuple[Places, Places]]:
    """Return where the sending and the receiving neurons of every layer are."""
    return pairwise([slice(None), *places, slice(None)])
