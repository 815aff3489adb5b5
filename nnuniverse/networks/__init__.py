"""The neural septuple: architecture, initialisation, activation, state, and ``A = f'w``."""

from nnuniverse.architecture import Layered
from nnuniverse.networks.activation import ACTIVATIONS, Activation, Kink
from nnuniverse.networks.coupling import coupling_blocks, coupling_matrix
from nnuniverse.networks.graph import Graph, GraphParameters, build_graph
from nnuniverse.networks.graph_initialisation import (
    as_given,
    initialise_graph,
    require_single_weights,
)
from nnuniverse.networks.graph_state import GraphState, graph_state
from nnuniverse.networks.initialisation import INITIALISERS, initialise
from nnuniverse.networks.state import Layer, Parameters, Trainable, forward, preactivations

__all__ = [
    "ACTIVATIONS",
    "INITIALISERS",
    "Activation",
    "Graph",
    "GraphParameters",
    "GraphState",
    "Kink",
    "Layer",
    "Layered",
    "Parameters",
    "Trainable",
    "as_given",
    "build_graph",
    "coupling_blocks",
    "coupling_matrix",
    "forward",
    "graph_state",
    "initialise",
    "initialise_graph",
    "preactivations",
    "require_single_weights",
]
