"""What a hidden layer of a net lies between, over samples: the loss as its neurons change it."""

from __future__ import annotations

from typing import NamedTuple

import jax

from nnuniverse.losses import boundary_loss
from nnuniverse.networks.activation import Activations, of_layers
from nnuniverse.networks.propagation import Parameters, preactivations
from nnuniverse.observables.measurement import Samples


class Surroundings(NamedTuple):
    """What a layer of a net lies between, over samples.

    ``below``: states of the layer below, (samples, n_(l-1)); ``above``: arguments of the layer
    above, (samples, n_(l+1)); ``rest``: the layers over those; ``targets``: (samples, n_L);
    ``activations``: f of the layer itself and of every layer above it.
    """

    below: jax.Array
    above: jax.Array
    rest: Parameters
    targets: jax.Array
    activations: Activations

    @classmethod
    def of(
        cls, parameters: Parameters, l: int, samples: Samples, activation: Activations
    ) -> Surroundings:
        """Return those of hidden layer ``l``, from 0 on, in the precision of ``parameters``."""
        precision = parameters[0].bias.dtype
        f = of_layers(activation, len(parameters))
        inputs, targets = samples.inputs.astype(precision), samples.targets.astype(precision)
        arguments = preactivations(parameters[: l + 2], inputs, f[: l + 2])
        below = f[l - 1].function(arguments[l - 1]) if l > 0 else inputs
        return cls(below, arguments[l + 1], parameters[l + 2 :], targets, f[l:])

    def outputs(self, above: jax.Array) -> jax.Array:
        """Return the states of the outputs at the arguments ``above`` of the layer above."""
        f = of_layers(self.activations, len(self.rest) + 2)[1:]
        state = f[0].function(above)
        if self.rest:
            state = f[-1].function(preactivations(self.rest, state, f[1:])[-1])
        return state

    def loss(self, above: jax.Array) -> jax.Array:
        """Return the mean boundary loss at those arguments."""
        return boundary_loss(self.outputs(above), self.targets).mean()

    def states(self, incoming: jax.Array) -> jax.Array:
        """Return x of a neuron of the layer with those incoming weights, (samples,)."""
        return of_layers(self.activations, len(self.rest) + 2)[0].function(self.below @ incoming)
