"""The weights and biases themselves, for runs that keep them at every snapshot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from nnuniverse.networks.graph import Graph, GraphParameters
from nnuniverse.networks.layered import Layered
from nnuniverse.networks.propagation import Trainable
from nnuniverse.observables.declaration import Dimension, Observable
from nnuniverse.observables.measurement import Measurement, Settings
from nnuniverse.variables import Variable

EDGE_ENDS = tuple(
    Variable(name, ("edge",), f"neuron where the edge {what}", "2004.09280 (2.5)", dtype="int64")
    for name, what in (("edge_row", "ends"), ("edge_column", "starts"))
)
"""Where an edge j -> i ends, i, and starts, j: ``w[edge_row, edge_column] = weights``."""


@dataclass(frozen=True)
class WeightArray:
    """The weights or the biases into a part of the net: one array, float32.

    ``name``: that of the trained array, and after "snapshot_" of that at a snapshot.
    """

    name: str
    meaning: str
    axes: tuple[Dimension, ...]
    attributes: Mapping[str, int | str] = field(default_factory=dict)

    def trained(self) -> Variable:
        """Return the array after the last epoch stored, over replicas."""
        return Variable(
            self.name,
            ("replica", *(axis.name for axis in self.axes)),
            f"{self.meaning} after the last epoch stored",
            "2004.09280 (2.5)",
            dtype="float32",
            attributes=self.attributes,
        )

    def at_snapshots(self) -> Observable:
        """Return the array as an observable."""
        return Observable(
            Variable(
                f"snapshot_{self.name}",
                (),
                f"{self.meaning} at the snapshot",
                "2004.09280 (2.5)",
                dtype="float32",
                equation="y = w x + b",
            ),
            partial(_measured, name=self.name),
            axes=self.axes,
            attributes=lambda _: dict(self.attributes),
        )


def weight_arrays(settings: Settings) -> list[WeightArray]:
    """Return what the trained variables of a net are stored as.

    ``weights_l`` (row = receiving neuron) and ``bias_l`` of layer l; on a graph ``weights`` of the
    edges and ``bias`` of the free neurons.
    """
    architecture = settings.architecture
    if isinstance(architecture, Graph):
        edge, neuron = _graph_dimensions(architecture)
        ends = " ".join(end.name for end in EDGE_ENDS)
        return [
            WeightArray("weights", "weights of the edges", (edge,), {"coordinates": ends}),
            WeightArray("bias", "biases of the free neurons", (neuron,)),
        ]
    arrays = []
    for l in range(1, architecture.depth):
        rows, columns = _layer_dimension(architecture, l), _layer_dimension(architecture, l - 1)
        arrays += [
            WeightArray(f"weights_{l}", f"weights into layer {l}", (rows, columns)),
            WeightArray(f"bias_{l}", f"biases of layer {l}", (rows,)),
        ]
    return arrays


def weight_observables(settings: Settings) -> list[Observable]:
    """Declare the weights and biases at a snapshot."""
    return [array.at_snapshots() for array in weight_arrays(settings)]


def weight_variables(settings: Settings) -> list[Variable]:
    """Declare the trained weights and biases; with those of a graph go the ends of its edges."""
    trained = [array.trained() for array in weight_arrays(settings)]
    return [*EDGE_ENDS, *trained] if settings.on_graph else trained


def weight_dimensions(settings: Settings) -> list[Dimension]:
    """Return the axes of weights and biases: the layers, or edges and free neurons."""
    architecture = settings.architecture
    if isinstance(architecture, Graph):
        return list(_graph_dimensions(architecture))
    return [_layer_dimension(architecture, l) for l in range(architecture.depth)]


def named_weights(parameters: Trainable) -> dict[str, jax.Array | np.ndarray]:
    """Return weights and biases under the names of `weight_variables`."""
    if isinstance(parameters, GraphParameters):
        graph = parameters.graph
        ends = (graph.rows, graph.columns)
        named = {end.name: neurons for end, neurons in zip(EDGE_ENDS, ends, strict=True)}
        return {**named, "weights": parameters.weights, "bias": parameters.bias}
    return {
        f"{name}_{l}": array
        for l, layer in enumerate(parameters, start=1)
        for name, array in layer._asdict().items()
    }


def _layer_dimension(architecture: Layered, l: int) -> Dimension:
    """Return the axis of the neurons of layer ``l``, 0 being the inputs."""
    size = architecture.sizes[l]
    return Dimension(f"layer_{l}", f"neuron of layer {l}", lambda _: np.arange(size))


def _graph_dimensions(graph: Graph) -> tuple[Dimension, Dimension]:
    return (
        Dimension("edge", "number of the edge", lambda _: np.arange(graph.edges)),
        Dimension("neuron", "neuron that is not an input", lambda _: graph.free),
    )


def _measured(measurement: Measurement, name: str) -> jax.Array:
    return jnp.asarray(named_weights(measurement.trainable)[name], jnp.float32)
