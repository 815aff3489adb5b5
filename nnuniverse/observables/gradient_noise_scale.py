"""The size of mini-batches at which their noise equals the gradient: a scale of samples."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from nnuniverse.losses import boundary_loss
from nnuniverse.networks.activation import Activations, of_layers
from nnuniverse.networks.propagation import Parameters, preactivations
from nnuniverse.observables.declaration import Observable
from nnuniverse.observables.layered_measurement import LayeredMeasurement
from nnuniverse.observables.measurement import Samples, Settings, only_of
from nnuniverse.precision import in_float64
from nnuniverse.variables import Variable


class NoiseAndSignal(NamedTuple):
    """Unbiased estimates: ``noise`` = tr Sigma of single samples; ``signal`` = |G|^2, any sign."""

    noise: jax.Array
    signal: jax.Array

    @property
    def scale(self) -> Float[Array, "*replica"]:
        """``B_simple = tr Sigma / |G|^2``, NaN where the estimate of |G|^2 is not positive."""
        return jnp.where(self.signal > 0.0, self.noise / self.signal, jnp.nan)


def noise_and_signal(
    squares: Float[Array, "*replica"],
    square_of_mean: Float[Array, "*replica"],
    groups: int,
    group: int,
) -> NoiseAndSignal:
    """Return the estimates of tr Sigma and |G|^2 from gradients of groups of samples.

    ``squares``: sum over so many ``groups`` of the squared norm of the gradient of the mean loss of
    its ``group`` samples; ``square_of_mean``: that of the mean over the groups.  Sigma is the
    covariance of the gradients of single samples, and G their mean, over the distribution from
    which the samples are independent draws: tr Sigma is ``group (squares - groups square_of_mean) /
    (groups - 1)``, and |G|^2 is ``square_of_mean - tr Sigma / (groups group)``.

    Source: McCandlish et al. (2018), 1812.06162 (2.9), (A.2).
    """
    noise = group * (squares - groups * square_of_mean) / (groups - 1)
    return NoiseAndSignal(noise, square_of_mean - noise / (groups * group))


@in_float64
def gradient_noise_scale(
    parameters: Parameters, samples: Samples, activation: Activations
) -> NoiseAndSignal:
    """Return tr Sigma and |G|^2 of the boundary loss and all weights and biases, each ().

    Over all ``samples``, each of which is a group.  The gradient of a sample by the weights of a
    layer is the product of what arrives there and the slope of its loss by the arguments, so that
    norms need no gradients of single samples.

    ``parameters``: W_l, (n_l, n_(l-1)), and b_l, (n_l,), of every layer; ``activation``: f, of all
    layers or of each.

    Source: McCandlish et al. (2018), 1812.06162 (2.9); 2004.09280 (2.11).
    """
    inputs = samples.inputs.astype(jnp.float64)
    count, layers = len(inputs), of_layers(activation, len(parameters))

    def total(biases: list[jax.Array]) -> tuple[jax.Array, list[jax.Array]]:
        net = tuple(
            layer._replace(bias=bias) for layer, bias in zip(parameters, biases, strict=True)
        )
        arguments = preactivations(net, inputs, activation)
        losses = boundary_loss(layers[-1].function(arguments[-1]), samples.targets)
        return losses.sum(), arguments

    # As if every sample had biases of its own.
    own = [jnp.broadcast_to(layer.bias, (count, len(layer.bias))) for layer in parameters]
    slopes, arguments = jax.grad(total, has_aux=True)(own)
    sent = [inputs, *(f.function(y) for f, y in zip(layers, arguments[:-1], strict=False))]
    squares = jnp.float64(0.0)
    square_of_mean = jnp.float64(0.0)
    for slope, state in zip(slopes, sent, strict=True):
        squares += ((slope**2).sum(axis=1) * (1.0 + (state**2).sum(axis=1))).sum()
        square_of_mean += ((slope.T @ state / count) ** 2).sum()
        square_of_mean += (slope.mean(axis=0) ** 2).sum()
    return noise_and_signal(squares, square_of_mean, count, 1)


def _applies(settings: Settings) -> bool:
    return not settings.recurrent and settings.outputs != "free"


GRADIENT_NOISE_SCALE = Observable(
    Variable(
        "gradient_noise_scale",
        (),
        "samples of a mini-batch whose gradient's noise is as large as the gradient; missing where "
        "the samples do not tell the gradient from noise",
        "1812.06162 (2.9)",
        units="sample",
        equation="tr Sigma / |G|^2, both estimated without bias over the training samples",
        symbol="B_simple",
        computed_by=(gradient_noise_scale,),
    ),
    only_of(
        LayeredMeasurement,
        lambda m: gradient_noise_scale(m.parameters, m.train, m.settings.activation).scale,
    ),
    cost="large",
    applies=_applies,
)
