"""`evolve`: an ensemble of one trained net, restarted with independent noise and followed."""

from typing import Annotated, Literal

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt

from nnuniverse.config.model import ConfigModel, NamesPath

LEAST_MEMBERS = 32
"""Replicas below which an ensemble tells nothing."""


class Displaced(ConfigModel):
    """Replicas start off the trained state along the coordinates, close together."""

    kind: Literal["displaced"] = "displaced"
    """Where the replicas start."""
    amount: float = 5.0
    """Distance of their mean along every coordinate, in standard deviations of its equilibrium."""
    width: Annotated[float, Field(ge=0.0)] = 0.1
    """Spread about it, in the same."""


class Trained(ConfigModel):
    """All replicas start at the trained state."""

    kind: Literal["trained"]
    """Where the replicas start."""


class CurvatureCoordinates(ConfigModel):
    """Eigenvectors of the Hessian of the loss, evenly spaced in the log of their relaxation."""

    kind: Literal["curvature"] = "curvature"
    """The kind of coordinates."""
    count: PositiveInt = 8
    """How many."""
    relaxation: tuple[PositiveFloat, PositiveFloat] = (20.0, 1000.0)
    """Least and largest relaxation time 1/(eta h) of plain descent of those chosen, steps."""


class ParameterCoordinates(ConfigModel):
    """Single weights and biases, which mix directions of different rates."""

    kind: Literal["parameters"]
    """The kind of coordinates."""
    names: Annotated[tuple[str, ...], Field(min_length=1)] = ("weights_1[0,0]",)
    """Which: weights_1[receiving neuron, sending neuron], bias_2[neuron]."""


class PrincipalCoordinates(ConfigModel):
    """Principal components of the fluctuations of a pilot ensemble."""

    kind: Literal["principal"]
    """The kind of coordinates."""
    count: PositiveInt = 4
    """How many, the largest first."""
    steps: PositiveInt = 500
    """Steps that the pilot takes from the trained state."""


class GradientCoordinates(ConfigModel):
    """The direction of a gradient at the trained state."""

    kind: Literal["gradient"]
    """The kind of coordinates."""
    of: Literal["loss", "free_energy"] = "free_energy"
    """Whose gradient: of the loss that is lowered, or of the canonical F."""
    beta: PositiveFloat = 1.0
    """Inverse temperature of the free energy."""


CoordinatesConfig = Annotated[
    CurvatureCoordinates | ParameterCoordinates | PrincipalCoordinates | GradientCoordinates,
    Field(discriminator="kind"),
]


class EvolveConfig(ConfigModel):
    """An ensemble of one trained net, restarted with independent noise; `nnu evolve`."""

    run: Annotated[str | None, NamesPath()] = None
    """Run folder with the trained net; null: the net of this config, trained first."""
    replica: NonNegativeInt = 0
    """Which replica of that run."""
    snapshot: NonNegativeInt | Literal["last"] = "last"
    """Epoch of its weights: the last, 0, or one at which observe.weights kept them."""
    members: Annotated[int, Field(ge=LEAST_MEMBERS, le=2**20)] = 256
    """Replicas of that net, each with its own noise."""
    steps: PositiveInt | Literal["auto"] = "auto"
    """Steps to follow; auto: as many as `window` relaxation times of the slowest coordinate."""
    max_steps: PositiveInt = 20000
    """The most that auto may come to."""
    window: PositiveFloat = 4.0
    """Relaxation times to follow."""
    records: Annotated[int, Field(ge=3, le=100_000)] = 25
    """Times at which the coordinates are stored, evenly from the start to the end, both included;
    and one step later."""
    sampling: Literal["independent", "shuffled"] = "independent"
    """How mini-batches are drawn: with replacement, or by epochs in a new order each."""
    start: Annotated[Displaced | Trained, Field(discriminator="kind")] = Displaced()
    coordinates: Annotated[tuple[CoordinatesConfig, ...], Field(min_length=1)] = (
        CurvatureCoordinates(),
    )
    """What the ensemble is seen through."""
