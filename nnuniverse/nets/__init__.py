"""The nets of every architecture, behind one interface.

A further architecture is a class like `Layered` in `networks`, its trainable variables and what is
computed of them in files of their own in `networks`, `losses`, `spectra` and `observables`, a `Net`
here that names these, and an entry in `NETS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from nnuniverse.nets.graph_net import GraphNet
from nnuniverse.nets.layered_net import LayeredNet
from nnuniverse.nets.net import Net, SettledSlopes
from nnuniverse.networks.architecture import Architecture
from nnuniverse.networks.graph import Graph
from nnuniverse.networks.layered import Layered
from nnuniverse.networks.propagation import Trainable
from nnuniverse.observables import Measurement, Samples, Settings
from nnuniverse.precision import in_float64

# Any: which parameters go with which architecture is known by the net alone.
NETS: Mapping[type[Architecture], Callable[[Any], Net[Any]]] = {
    Layered: LayeredNet,
    Graph: GraphNet,
}
"""What is computed of the nets of an architecture, by its class: the only place that tells."""


def net_of(architecture: Architecture) -> Net[Trainable]:
    """Return what is computed of the nets of ``architecture``."""
    return NETS[type(architecture)](architecture)


def take_measurement(
    settings: Settings,
    parameters: Trainable,
    train: Samples,
    test: Samples,
    mask: tuple[Bool[Array, " _"], ...] | None = None,
) -> Measurement:
    """Return the measurement of a net; ``train`` and ``test``: its samples.

    ``mask``: which hidden neurons are active, per layer, where others are dormant.

    ``settings``: the architecture, f, and how the net is measured; ``parameters``: weights and
    biases of the net.
    """
    measurement = net_of(settings.architecture).measure(settings, parameters, train, test)
    measurement.mask = mask
    return measurement


@in_float64
def log_spectrum(
    settings: Settings, parameters: Trainable, inputs: Float[Array, "samples n_1"]
) -> Float[Array, " n_dyn"]:
    """Return the dynamical log-eigenvalues of G of a net, descending, (n_dyn,), in float64.

    ``G = (1 - A)^T (1 - A)``, ``A = f'w`` with f' where ``settings`` take it, over the ``inputs``,
    (samples, n_1).  Minus infinity where an eigenvalue is zero up to rounding; differentiable in
    the ``parameters``, also through f', see `Net.log_eigenvalues`.

    Source: 2004.09280 (5.4), (5.6).
    """
    net = net_of(settings.architecture)
    parameters = jax.tree.map(lambda array: array.astype(jnp.float64), parameters)
    return net.log_eigenvalues(parameters, net.slopes(settings, parameters, inputs))


__all__ = ["NETS", "Net", "SettledSlopes", "log_spectrum", "net_of", "take_measurement"]
