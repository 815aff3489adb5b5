"""The weights and biases themselves, for runs that keep them at every snapshot."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np

from nnuniverse.networks.graph import Graph, GraphParameters
from nnuniverse.networks.layered import Layered
from nnuniverse.networks.propagation import Trainable
from nnuniverse.observables.declaration import Dimension, Observable
from nnuniverse.observables.measurement import Measurement, Settings

EDGE_ENDS = ("edge_row", "edge_column")
"""Where an edge j -> i ends, i, and starts, j: ``w[edge_row, edge_column] = weights``."""


def layer_dimension(architecture: Layered, l: int) -> Dimension:
    """Return the axis of the neurons of layer ``l``, 0 being the inputs."""
    size = architecture.sizes[l]
    return Dimension(f"layer_{l}", f"neuron of layer {l}", lambda _: np.arange(size))


def weight_dimensions(settings: Settings) -> list[Dimension]:
    """Return the axes of weights and biases: the layers, or edges and free neurons."""
    architecture = settings.architecture
    if isinstance(architecture, Graph):
        return list(_graph_dimensions(architecture))
    return [layer_dimension(architecture, l) for l in range(architecture.depth)]


def weight_observables(settings: Settings) -> list[Observable]:
    """Declare the weights and biases at a snapshot, float32.

    ``snapshot_weights_l`` (row = receiving neuron) and ``snapshot_bias_l`` of layer l; on a graph
    ``snapshot_weights`` of the edges and ``snapshot_bias`` of the free neurons.
    """
    architecture = settings.architecture
    if isinstance(architecture, Graph):
        edge, neuron = _graph_dimensions(architecture)
        ends = " ".join(EDGE_ENDS)
        return [
            _declare("weights", "", "weights of the edges", (edge,), {"coordinates": ends}),
            _declare("bias", "", "biases of the free neurons", (neuron,)),
        ]
    declared = []
    for l in range(1, architecture.depth):
        rows, columns = layer_dimension(architecture, l), layer_dimension(architecture, l - 1)
        declared += [
            _declare("weights", f"_{l}", f"weights into layer {l}", (rows, columns)),
            _declare("bias", f"_{l}", f"biases of layer {l}", (rows,)),
        ]
    return declared


def named_weights(parameters: Trainable) -> dict[str, Any]:
    """Return weights and biases under the names of `weight_observables`, without "snapshot_".

    Those of a graph come with the `EDGE_ENDS`.
    """
    if isinstance(parameters, GraphParameters):
        graph = parameters.graph
        ends = dict(zip(EDGE_ENDS, (graph.rows, graph.columns), strict=True))
        return {**ends, "weights": parameters.weights, "bias": parameters.bias}
    return {
        f"{name}_{l}": array
        for l, layer in enumerate(parameters, start=1)
        for name, array in layer._asdict().items()
    }


def _graph_dimensions(graph: Graph) -> tuple[Dimension, Dimension]:
    return (
        Dimension("edge", "number of the edge", lambda _: np.arange(graph.edges)),
        Dimension("neuron", "neuron that is not an input", lambda _: graph.free),
    )


def _declare(
    part: Literal["weights", "bias"],
    suffix: str,
    meaning: str,
    dims: tuple[Dimension, ...],
    attributes: Mapping[str, int | str] | None = None,
) -> Observable:
    return Observable(
        f"snapshot_{part}{suffix}",
        f"{meaning} at the snapshot",
        "2004.09280 (2.5)",
        partial(_part, name=f"{part}{suffix}"),
        dims=dims,
        dtype="float32",
        attributes=lambda _: dict(attributes or {}),
    )


def _part(measurement: Measurement, name: str) -> jax.Array:
    array: jax.Array = named_weights(measurement.trainable)[name].astype(jnp.float32)
    return array
