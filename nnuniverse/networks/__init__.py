"""The neural septuple: architecture, initialisation, activation, state, and ``A = f'w``."""

from nnuniverse.networks.activation import ACTIVATIONS, Activation
from nnuniverse.networks.architecture import Layered
from nnuniverse.networks.coupling import coupling_blocks, coupling_matrix
from nnuniverse.networks.initialisation import INITIALISERS, initialise
from nnuniverse.networks.state import Layer, Parameters, forward, preactivations

__all__ = [
    "ACTIVATIONS",
    "INITIALISERS",
    "Activation",
    "Layer",
    "Layered",
    "Parameters",
    "coupling_blocks",
    "coupling_matrix",
    "forward",
    "initialise",
    "preactivations",
]
