"""`network` of kind graph: any mask of weights, any input and output neurons."""

from typing import Annotated, Literal

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt

from nnuniverse.config.initialiser import ActivationName, Initialiser
from nnuniverse.config.model import ConfigModel, NamesPath
from nnuniverse.config.network_size import NetworkSize


class FullMask(ConfigModel):
    """Every neuron is connected to every other."""

    kind: Literal["full"]
    """The kind of mask."""
    self_loops: bool = False
    """Whether to itself too."""


class RandomMask(ConfigModel):
    """Random edges."""

    kind: Literal["random"]
    """The kind of mask."""
    links: PositiveInt = 10
    """Edges into every neuron, from different others."""
    probability: Annotated[float, Field(ge=0.0, le=1.0)] | None = None
    """Probability of every edge, instead of links."""
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    """Seed of the edges, the same for all replicas."""


class LatticeMask(ConfigModel):
    """Edges in both directions between neighbours on a lattice."""

    kind: Literal["lattice"]
    """The kind of mask."""
    shape: Annotated[tuple[PositiveInt, ...], Field(min_length=1)]
    """Sites per axis: [N] for a ring or chain, [rows, columns] in two dimensions."""
    periodic: bool = True
    """Whether the ends of every axis are joined."""
    neighbours: PositiveInt = 1
    """Reach along every axis, in sites."""


class PermutationMask(ConfigModel):
    """Disjoint directed cycles."""

    kind: Literal["permutation"]
    """The kind of mask."""
    cycles: Annotated[tuple[PositiveInt, ...], Field(min_length=1)]
    """Neurons per cycle."""
    weight: float | None = 1.0
    """Weight of every edge; null: drawn."""


class BlockMask(ConfigModel):
    """Full connections between blocks of neurons."""

    kind: Literal["block"]
    """The kind of mask."""
    sizes: Annotated[tuple[PositiveInt, ...], Field(min_length=1)]
    """Neurons per block."""
    connections: tuple[tuple[NonNegativeInt, NonNegativeInt], ...] | None = None
    """[from, to] blocks, counted from 0; null: each to the next, as in a layered net."""


class LayersMask(ConfigModel):
    """Connections from each layer of neurons to the next, all of them or random ones."""

    kind: Literal["layers"]
    """The kind of mask."""
    sizes: Annotated[tuple[PositiveInt, ...], Field(min_length=2)]
    """Neurons per layer."""
    links: PositiveInt | None = None
    """Edges into every neuron, from different ones of the layer before; null: from all."""
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    """Seed of random links, the same for all replicas."""


class NpzMask(ConfigModel):
    """A matrix in a NumPy archive: `weights`, or what scipy.sparse.save_npz writes."""

    kind: Literal["npz"]
    """The kind of mask."""
    path: Annotated[str, NamesPath()]
    """The archive."""


class GraphmlMask(ConfigModel):
    """A graph in GraphML, with the attribute `weight` of its edges if they have one."""

    kind: Literal["graphml"]
    """The kind of mask."""
    path: Annotated[str, NamesPath()]
    """The file."""


MaskConfig = Annotated[
    FullMask
    | RandomMask
    | LatticeMask
    | PermutationMask
    | BlockMask
    | LayersMask
    | NpzMask
    | GraphmlMask,
    Field(discriminator="kind"),
]

Neurons = tuple[NonNegativeInt, ...]

LINKS = 100
"""Edges into a neuron, at the most, where it is guessed how many weights a mask has."""

DENSE_NEURONS = 2000
"""Neurons up to which all eigenvalues are taken."""


class GraphNetwork(ConfigModel):
    """Any graph of neurons; its state is a fixed point of x = f(w x + b), found by iteration."""

    kind: Literal["graph"]
    """The kind of network."""
    neurons: PositiveInt | None = None
    """Number of neurons N; null: as many as the mask has."""
    mask: MaskConfig
    """Which neurons are connected."""
    inputs: Neurons | None = None
    """Input neurons; null: those of the mask's file, or the first, as many as the data have."""
    outputs: Neurons | None = None
    """Output neurons; null: those of the mask's file, or the last, one per class."""
    activation: ActivationName = "tanh"
    """Activation function of all neurons that are not inputs."""
    initialiser: Initialiser = Initialiser()
    start: Annotated[str | None, NamesPath()] = None
    """Run folder, or file of weights and biases, npz or safetensors; null: they are drawn."""
    iterations: Annotated[int, Field(ge=1, lt=2**31)] = 100
    """Steps in which the state has to settle."""
    tolerance: PositiveFloat = 1e-6
    """Largest change of a neuron in a step, relative to the largest state or 1, when settled."""

    def size(self, inputs: int, outputs: int) -> NetworkSize:
        """Return about how large the net is with so many ``inputs`` and ``outputs``."""
        neurons = self.neurons or inputs + outputs
        return NetworkSize(neurons * min(neurons, LINKS), min(neurons, DENSE_NEURONS))
