"""`network`: the architecture, the activation and the initial weights."""

from typing import Annotated, Literal

from pydantic import Field, PositiveInt

from nnuniverse.config.graph import GraphNetwork
from nnuniverse.config.initialiser import ActivationName, Initialiser
from nnuniverse.config.section import Section


class LayeredNetwork(Section):
    """A feedforward net; the data set the numbers of input and output neurons."""

    kind: Literal["layered"] = "layered"
    """The kind of network."""
    hidden: tuple[PositiveInt, ...] = (40, 20)
    """Neurons per hidden layer, first to last; [] connects inputs to outputs."""
    activation: ActivationName = "tanh"
    """Activation function of all hidden and output neurons."""
    initialiser: Initialiser = Initialiser()


NetworkConfig = Annotated[LayeredNetwork | GraphNetwork, Field(discriminator="kind")]
