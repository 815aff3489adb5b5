"""`network`: the architecture, the activation and the initial weights."""

from typing import Literal

from pydantic import PositiveFloat, PositiveInt

from nnuniverse.config.section import Section


class Initialiser(Section):
    """How the initial weights are drawn; biases start at zero."""

    kind: Literal[
        "glorot_uniform",
        "glorot_normal",
        "he_uniform",
        "he_normal",
        "truncated_normal",
        "orthogonal",
    ] = "glorot_uniform"
    """The distribution."""
    gain: PositiveFloat = 1.0
    """Factor on every weight drawn."""


class LayeredNetwork(Section):
    """A feedforward net; the data set the numbers of input and output neurons."""

    kind: Literal["layered"] = "layered"
    """The kind of network."""
    hidden: tuple[PositiveInt, ...] = (40, 20)
    """Neurons per hidden layer, first to last; [] connects inputs to outputs."""
    activation: Literal["tanh", "relu", "logistic", "identity"] = "tanh"
    """Activation function of all hidden and output neurons."""
    initialiser: Initialiser = Initialiser()


NetworkConfig = LayeredNetwork
