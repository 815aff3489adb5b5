"""`network`: the architecture, the activation and the initial weights."""

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, PositiveInt

from nnuniverse.config.graph import GraphNetwork
from nnuniverse.config.initialiser import ActivationName, Initialiser
from nnuniverse.config.model import ConfigModel, NamesPath
from nnuniverse.config.network_size import NetworkSize


class LayeredNetwork(ConfigModel):
    """A feedforward net; the data set the numbers of input and output neurons."""

    kind: Literal["layered"] = "layered"
    """The kind of network."""
    hidden: tuple[PositiveInt, ...] = (40, 20)
    """Neurons per hidden layer, first to last; [] connects inputs to outputs."""
    activation: ActivationName | Annotated[tuple[ActivationName, ...], Field(min_length=1)] = "tanh"
    """Activation function of all hidden and output neurons; or a list, one per layer of them."""
    initialiser: Initialiser = Initialiser()
    start: Annotated[str | None, NamesPath()] = None
    """Run folder, or file of weights and biases, npz or safetensors; null: they are drawn."""

    def size(self, inputs: int, outputs: int) -> NetworkSize:
        """Return how large the net is with so many ``inputs`` and ``outputs``."""
        sizes = (inputs, *self.hidden, outputs)
        weights = sum(a * b for a, b in pairwise(sizes))
        return NetworkSize(weights, min(sum(sizes), 2 * sum(sizes[1:])))


NetworkConfig = Annotated[LayeredNetwork | GraphNetwork, Field(discriminator="kind")]
