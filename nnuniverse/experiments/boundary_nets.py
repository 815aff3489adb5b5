"""The nets of a run, mapped to nets of their boundary neurons alone, and what these are worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
import scipy.sparse as sp

from nnuniverse.errors import RunError
from nnuniverse.experiments import assemble
from nnuniverse.experiments.chosen_nets import stored_net
from nnuniverse.experiments.net_matrix import MatrixOfNet, NetMatrix
from nnuniverse.experiments.reopen import IdentifiedRun
from nnuniverse.losses import boundary_loss
from nnuniverse.nets import net_of
from nnuniverse.networks.graph import Graph, GraphParameters
from nnuniverse.networks.graph_state import graph_forward
from nnuniverse.networks.propagation import Trainable
from nnuniverse.observables import Samples, Settings
from nnuniverse.physics.holography.boundary_maps import (
    net_of_linear_bulk,
    printed_net,
    shuffled_net,
)
from nnuniverse.physics.holography.boundary_net import BoundaryNet, boundary_net
from nnuniverse.physics.holography.found_duals import (
    PRINTED,
    SHUFFLED,
    SPLITS,
    STARTS,
    TANGENT,
    WEIGHTS,
)
from nnuniverse.precision import as_float64, in_float64
from nnuniverse.runs import open_results
from nnuniverse.threads import single_threaded_blas


@dataclass(frozen=True)
class BoundaryNetsOfRun:
    """Boundary nets by the name of their map, one of every replica each, inputs first.

    ``seeds``: of the replicas; ``facts``: losses of the nets that are mapped, and errors of the
    maps, by name.
    """

    seeds: np.ndarray
    starts: Mapping[str, list[BoundaryNet]]
    facts: Mapping[str, np.ndarray]

    @classmethod
    @in_float64
    def of(cls, run: IdentifiedRun, graph: Graph, shuffling: int) -> BoundaryNetsOfRun:
        """Map the last nets of a ``run`` onto the edges of a ``graph`` of its boundary neurons.

        ``shuffling``: seed of the map whose weights are in random places.  Raises ConfigError for
        nets that cannot be mapped, RunError for ones that have diverged, or have no map.
        """
        settings = assemble.build_settings(run.config, run.dataset)
        samples = [
            assemble.encode_samples(run.config, run.dataset, getattr(run.dataset, split))
            for split in SPLITS
        ]
        with open_results(run.folder.results) as file:
            seeds = file["seed"][()]
            nets = [
                as_float64(stored_net(file, str(run.folder), settings.architecture, replica, None))
                for replica in range(len(seeds))
            ]
        matrix_of = MatrixOfNet.build(run.config, settings, samples[0].inputs)
        starts: dict[str, list[BoundaryNet]] = {}
        for net, seed in zip(nets, seeds, strict=True):
            random = np.random.default_rng([shuffling, int(seed)])
            matrix = matrix_of(net)
            with single_threaded_blas():
                state = net_of(settings.architecture).mean_state(
                    net, np.asarray(samples[0].inputs, np.float64), settings.activation
                )
            for name, mapped in _maps(matrix, state, random).items():
                starts.setdefault(name, []).append(mapped)
        return cls(seeds, starts, _facts(settings, nets, graph, starts, samples))


def _maps(net: NetMatrix, state: np.ndarray, random: np.random.Generator) -> dict[str, BoundaryNet]:
    """Return the boundary nets of a net by name; ``state``: its mean, (N,)."""
    weights, boundary = sp.csr_array(net.weights), np.concatenate([net.inputs, net.outputs])
    try:
        tangent = net_of_linear_bulk(weights, net.bias, net.slopes, state, boundary)
        maps = {
            TANGENT: tangent,
            WEIGHTS: boundary_net(weights, net.bias, boundary),
            PRINTED: printed_net(weights, net.bias, boundary),
        }
    except RuntimeError:
        remedy = "another --replica of it, or a run that has learned otherwise"
        raise RunError("the boundary net", "exist", "has none: 1 - w is singular", remedy) from None
    outputs = len(net.inputs) + np.arange(len(net.outputs))
    return {**maps, SHUFFLED: shuffled_net(tangent, outputs, random)}


def on_edges(net: BoundaryNet, graph: Graph) -> tuple[np.ndarray, np.ndarray]:
    """Return the weights, (E,), and biases, (n_free,), that a ``graph`` has of a boundary net."""
    return net.weights[graph.rows, graph.columns], net.bias[graph.free]


def _facts(
    settings: Settings,
    nets: list[Trainable],
    graph: Graph,
    starts: Mapping[str, list[BoundaryNet]],
    samples: list[Samples],
) -> dict[str, np.ndarray]:
    """Return losses of the ``nets``, and how far the outputs of their maps are from theirs."""
    names = settings.activation
    last = names[-1] if isinstance(names, tuple) else names
    forward = jax.jit(net_of(settings.architecture).forward, static_argnames="activation")
    of_boundary = jax.jit(graph_forward, static_argnames="activation")
    inputs = [jnp.asarray(one.inputs, jnp.float64) for one in samples]
    targets = [np.asarray(one.targets, np.float64) for one in samples]
    outputs = [
        [np.asarray(forward(net, split, activation=names)) for split in inputs] for net in nets
    ]
    errors = np.full((len(nets), len(STARTS)), np.nan)
    for name, maps in starts.items():
        for replica, (mapped, (own, _)) in enumerate(zip(maps, outputs, strict=True)):
            weights, bias = map(jnp.asarray, on_edges(mapped, graph))
            net = GraphParameters(weights, bias, graph)
            seen = np.asarray(of_boundary(net, inputs[0], activation=last))
            with np.errstate(divide="ignore", invalid="ignore"):  # of a net that answers nothing
                error = np.sqrt(np.mean((seen - own) ** 2) / np.mean(own**2))
            errors[replica, STARTS.index(name)] = error
    constant = targets[0].mean(axis=0)
    return {
        "deep_loss": np.array(
            [[_loss(*pair) for pair in zip(x, targets, strict=True)] for x in outputs]
        ),
        "constant_loss": np.array(
            [_loss(np.broadcast_to(constant, one.shape), one) for one in targets]
        ),
        "map_error": errors,
    }


def _loss(outputs: np.ndarray, targets: np.ndarray) -> float:
    return float(boundary_loss(jnp.asarray(outputs), jnp.asarray(targets)).mean())
