"""What the next step of a replica of an ensemble depends on."""

from __future__ import annotations

from typing import NamedTuple

import jax
import optax

from nnuniverse.networks.propagation import Trainable
from nnuniverse.training.neurons import Neurons


class EvolutionState(NamedTuple):
    """Everything that the next step depends on; every array has a leading replica axis.

    ``parameters``: those that take part in training; ``optimiser``: the state of optax; ``key``:
    raw key data, into which a step folds its number; ``silent_weights``, ``neurons``: where neurons
    come and go, else None.
    """

    parameters: Trainable
    optimiser: optax.OptState
    key: jax.Array
    silent_weights: jax.Array | None = None
    neurons: Neurons | None = None
