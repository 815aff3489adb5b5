"""What a hidden layer of a net lies between, over samples: the loss as its neurons change it."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from nnuniverse.losses import boundary_loss
from nnuniverse.networks.activation import Activations, of_layers
from nnuniverse.networks.propagation import Layer, Parameters, preactivations
from nnuniverse.observables.measurement import Samples
from nnuniverse.physics.grand_canonical.leading_sites import of_leading


class Surroundings(NamedTuple):
    """What a layer of a net lies between, over samples.

    ``below``: states of the layer below, (samples, n_(l-1)); ``own``: arguments of the layer
    itself, (samples, n_l), of dormant neurons zero; ``above``: those of the layer above,
    (samples, n_(l+1)); ``rest``: the layers over it; ``targets``: (samples, n_L); ``activations``:
    f of the layer itself and of every layer above it.
    """

    below: jax.Array
    own: jax.Array
    above: jax.Array
    rest: Parameters
    targets: jax.Array
    activations: Activations

    @classmethod
    def of(
        cls, parameters: Parameters, l: int, samples: Samples, activation: Activations
    ) -> Surroundings:
        """Return those of hidden layer ``l``, from 0 on, in the precision of ``parameters``.

        ``samples``: inputs, (samples, n_1), and targets, (samples, n_L); ``activation``: f, of all
        layers or of each.
        """
        precision = parameters[0].bias.dtype
        f = of_layers(activation, len(parameters))
        inputs, targets = samples.inputs.astype(precision), samples.targets.astype(precision)
        first = _first_arguments(parameters[0], inputs)
        above = preactivations(parameters[1 : l + 2], f[0].function(first), f[1 : l + 2])
        arguments = [first, *above]
        below = f[l - 1].function(arguments[l - 1]) if l > 0 else inputs
        return cls(below, arguments[l], arguments[l + 1], parameters[l + 2 :], targets, f[l:])

    @property
    def upwards(self) -> Surroundings:
        """Those of the next hidden layer: what is below it is not computed again."""
        f = of_layers(self.activations, len(self.rest) + 2)
        states = f[1].function(self.above)
        next_up = states @ self.rest[0].weights.T + self.rest[0].bias
        below = f[0].function(self.own)
        return Surroundings(below, self.above, next_up, self.rest[1:], self.targets, f[1:])

    @property
    def own_states(self) -> Float[Array, "samples n_l"]:
        """X of the layer itself, (samples, n_l)."""
        return of_layers(self.activations, len(self.rest) + 2)[0].function(self.own)

    def changed(
        self,
        neuron: Int[Array, ""],
        own: Float[Array, " samples"],
        above: Float[Array, "samples n_above"],
    ) -> Surroundings:
        """Return them with other arguments of one neuron, (samples,), which change those above.

        ``own``: y of the neuron, (samples,).
        """
        return self._replace(own=self.own.at[:, neuron].set(own), above=self.above + above)

    def if_accepted(self, accepted: Bool[Array, ""], before: Surroundings) -> Surroundings:
        """Return these, or those ``before`` a change of the layer that was not ``accepted``."""
        return before._replace(
            own=jnp.where(accepted, self.own, before.own),
            above=jnp.where(accepted, self.above, before.above),
        )

    def narrowed(self, count: int) -> Surroundings:
        """Return them with the first ``count`` neurons of the layer above alone.

        The same, if all others are dormant: f(0) = 0, and they say nothing.  Asked of a layer that
        has a hidden one above it.
        """
        first, *others = self.rest
        rest = (Layer(first.weights[:, :count], first.bias), *others)
        return self._replace(above=self.above[:, :count], rest=rest)

    def outputs(self, above: Float[Array, "samples n_above"]) -> Float[Array, "samples n_L"]:
        """Return the states of the outputs at the arguments ``above`` of the layer above."""
        f = of_layers(self.activations, len(self.rest) + 2)[1:]
        state = f[0].function(above)
        if self.rest:
            state = f[-1].function(preactivations(self.rest, state, f[1:])[-1])
        return state

    def loss(self, above: Float[Array, "samples n_above"]) -> Float[Array, ""]:
        """Return the mean boundary loss at those arguments.

        ``above``: y of the layer above, (samples, n).
        """
        return boundary_loss(self.outputs(above), self.targets).mean()

    @property
    def energy(self) -> Float[Array, ""]:
        """The mean boundary loss, summed in float64."""
        losses = boundary_loss(self.outputs(self.above), self.targets)
        return losses.mean(dtype=jnp.float64)

    def states(self, incoming: Float[Array, " n_below"]) -> Float[Array, " samples"]:
        """Return x of a neuron of the layer with those incoming weights, (samples,)."""
        return of_layers(self.activations, len(self.rest) + 2)[0].function(self.below @ incoming)


def _first_arguments(layer: Layer, inputs: jax.Array) -> jax.Array:
    """Return y of the first hidden layer, (samples, n_2), of isolated neurons zero."""

    def among(count: int) -> jax.Array:
        arguments = inputs @ layer.weights[:count].T + layer.bias[:count]
        return jnp.pad(arguments, ((0, 0), (0, len(layer.bias) - count)))

    return of_leading((layer.weights != 0).any(axis=1) | (layer.bias != 0), among)
